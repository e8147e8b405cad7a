"""The pruner hears of each rung once, and is asked at each but the last."""

from __future__ import annotations

from typing import Any

import optuna
import pytest
from builders import measurement, tiny_sweep

from sweep.errors import SweepError
from sweep.study.pruning import Pruning


class Stopping(optuna.pruners.BasePruner):
    """Says to stop each trial."""

    def prune(self, study: optuna.Study, trial: optuna.trial.FrozenTrial) -> bool:
        return True


class Raising(optuna.pruners.BasePruner):
    def prune(self, study: optuna.Study, trial: optuna.trial.FrozenTrial) -> bool:
        raise KeyError("no luck")


def study_of(pruner: optuna.pruners.BasePruner) -> optuna.Study:
    return optuna.create_study(direction="maximize", pruner=pruner)


def known(trial: optuna.Trial) -> dict[int, float]:
    return dict(trial.study.trials[trial.number].intermediate_values)


def test_what_it_knows_is_not_told_again_also_by_the_next_driver() -> None:
    study, pruning = study_of(optuna.pruners.NopPruner()), Pruning(tiny_sweep())
    trial = study.ask()
    assert not pruning.stops(trial, measurement(50, 0.25))
    assert not pruning.stops(trial, measurement(50, 0.75))
    assert known(trial) == {50: 0.25}
    after = Pruning(tiny_sweep())
    after.resume(study.trials[0])
    assert not after.stops(trial, measurement(50, 0.75))
    assert known(trial) == {50: 0.25}
    after.forget(0)
    assert not after.stops(trial, measurement(100, 0.5))
    assert known(trial) == {50: 0.25, 100: 0.5}


def test_neither_the_baseline_nor_a_trial_at_its_end_is_stopped() -> None:
    study, pruning = study_of(Stopping()), Pruning(tiny_sweep())
    baseline, other = study.ask(), study.ask()
    assert not pruning.stops(baseline, measurement(50))
    assert pruning.stops(other, measurement(50))
    assert not pruning.stops(other, measurement(100))


def test_of_several_objectives_it_is_neither_told_nor_asked() -> None:
    objectives: dict[str, Any] = {"objective": ["val_accuracy", "parameters"]}
    trial = study_of(Raising()).ask()
    assert not Pruning(tiny_sweep(**objectives)).stops(trial, measurement(50))
    assert known(trial) == {}


def test_one_that_raises_is_one_message() -> None:
    with pytest.raises(SweepError, match="pruner"):
        Pruning(tiny_sweep()).stops(study_of(Raising()).ask(), measurement(50))
