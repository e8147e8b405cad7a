"""Asks a study's pruner whether a trial should stop."""

from __future__ import annotations

import optuna

from sweep.space.sweep import Sweep
from sweep.study.records import BASELINE
from sweep.study.sampling import failing_as
from sweep.training.messages import Measurement


class Pruning:
    """What the pruner of a study has heard of its trials, and what it says to that.

    Args:
        sweep: the sweep that the study is for. With several objectives nothing is pruned: Optuna takes no reports then.
    """

    def __init__(self, sweep: Sweep) -> None:
        self._objective = None if sweep.is_multi_objective else next(iter(sweep.directions))
        self._reported: dict[int, set[int]] = {}

    def resume(self, trial: optuna.trial.FrozenTrial) -> None:
        """Take up a trial of which an earlier driver has told the pruner."""
        self._reported[trial.number] = set(trial.intermediate_values)

    def stops(self, trial: optuna.Trial, measurement: Measurement) -> bool:
        """Tell the pruner what a trial measured at a rung, unless it knows; returns whether it says to stop.

        It never says so of the baseline or at the last rung.
        """
        if self._objective is None:
            return False
        reported = self._reported.setdefault(trial.number, set())
        if measurement.step not in reported:
            reported.add(measurement.step)
            trial.report(float(measurement.point[self._objective]), measurement.step)
        with failing_as("pruner"):
            stops = trial.should_prune()
        return stops and trial.number != BASELINE and measurement.step < 100

    def forget(self, number: int) -> None:
        """Keep nothing more of a trial, which has ended."""
        self._reported.pop(number, None)
