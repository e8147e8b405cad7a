"""Why a trial was pruned: the rung that it was measured at last, and its place among all that reached this rung."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sweep.study.definition import Definition
from sweep.study.records import TrialRecord


@dataclass(frozen=True)
class PrunedPlace:
    """Where a pruned trial stood. Get it with `pruned_place`.

    Args:
        step: the rung, in percent of a trial's epochs.
        place: place of the trial by the objective at this rung, 1 is the best.
        of: number of trials that have been measured there, this one included.
    """

    step: float
    place: int
    of: int


def pruned_place(definition: Definition, trial: TrialRecord, trials: Iterable[TrialRecord]) -> PrunedPlace | None:
    """The place of a pruned trial among all that were measured at the same rung; None if it was not measured.

    Those that came there later count, too, so that the place is that of now.

    Args:
        definition: the study's definition, for its objective.
        trial: the pruned trial.
        trials: all trials so far.
    """
    name, direction = next(iter(definition.directions.items()))
    if name not in trial.last:
        return None
    step, sign = trial.last["step"], -1 if direction == "maximize" else 1
    points = (point for other in trials for point in other.curve if point["step"] == step and name in point)
    values = [sign * point[name] for point in points]
    return PrunedPlace(step, 1 + sum(value < sign * trial.last[name] for value in values), len(values))
