"""What `check` promises of a sweep's time."""

from __future__ import annotations

import optuna
import pytest
from builders import tiny_sweep

from sweep.cli.check import what_pruning_saves
from sweep.space.sweep import Sweep


def test_a_sweep_with_the_default_pruner_is_told_that_pruning_saves_time() -> None:
    assert what_pruning_saves(tiny_sweep()) == "if none is pruned; pruning usually saves a quarter"


@pytest.mark.parametrize("sweep", [tiny_sweep(objective=["val_accuracy", "parameters"]), tiny_sweep(rungs=())])
def test_where_nothing_is_pruned_nothing_is_promised(sweep: Sweep) -> None:
    assert what_pruning_saves(sweep) == "all of them to their end"


def test_of_a_pruner_of_the_users_own_nothing_is_promised() -> None:
    assert what_pruning_saves(tiny_sweep(pruner=optuna.pruners.NopPruner())) == "if none is pruned"
