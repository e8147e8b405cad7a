"""What `check` promises of a sweep's time."""

from __future__ import annotations

from pathlib import Path

import optuna
import program
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


OWN = """
import helper_of_the_model
from sweep import Sweep

def space(trial):
    return {"units": trial.suggest_int("units", 4, 8)}

def model(params):
    import keras

    layers = keras.layers
    made = keras.Sequential([keras.Input((28, 28)), layers.Flatten(), layers.Dense(helper_of_the_model.CLASSES)])
    made.compile("adam", LOSS)
    return made

SWEEP = Sweep(space=space, baseline={"units": 4}, model=model, data="digits", trials=3, epochs=1)
"""
"""A search-space file with a model function that uses a module beside it."""


@pytest.mark.sweep
@pytest.mark.parametrize(
    ("loss", "status", "says"),
    [
        ("'sparse_categorical_crossentropy'", 0, "about"),
        ("lambda labels, scores: scores.nothing", 2, "the baseline must be buildable, but AttributeError: "),
    ],
)
def test_an_own_model_is_built_and_trained_for_a_step_wherever_the_command_is_typed(
    tmp_path: Path, loss: str, status: int, says: str
) -> None:
    (tmp_path / "helper_of_the_model.py").write_text("CLASSES = 10\n")
    (tmp_path / "mine.py").write_text(OWN.replace("LOSS", loss))
    (tmp_path / "elsewhere").mkdir()
    words = ["check", tmp_path / "mine.py", "--samples", "3"]
    ended, out, err = program.sweep(*words, cwd=tmp_path / "elsewhere")
    assert ended == status, err
    assert says in (err if status else out)
    assert "WARNING: trials may be pruned after 10 % of their epochs" in out.splitlines()[1]
    assert "mine.py: the space has 1 parameter, and the baseline lies inside it" in out
    assert out.count("infeasible") == (4 if status else 0)  # the same fault in the baseline and all samples
