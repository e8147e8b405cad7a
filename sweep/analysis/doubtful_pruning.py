"""Which pruned trials stood higher than others that were let through and ended among the best."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from sweep.study.records import StudyRecord, TrialRecord

BEST_SHARE = 4
"""One of so many completed trials counts as one of the best; one is always."""


@dataclass(frozen=True)
class DoubtfulPruning:
    """A pruned trial that might have ended among the best. Get it with `doubtful_prunings`.

    Args:
        trial: its number.
        step: the rung where it was pruned, in percent of a trial's epochs.
        score: its validation score there.
        passed: number of each trial that stood lower there and ended among the best, with its rank.
    """

    trial: int
    step: float
    score: float
    passed: dict[int, int]


def doubtful_prunings(study: StudyRecord, ranks: Mapping[int, int]) -> list[DoubtfulPruning]:
    """The pruned trials that stood higher, where they were pruned, than a trial that ended among the best quarter.

    Such a pair shows that the rung could not tell them apart: what was ended there stood better than what came out on
    top. It happens as a trial is compared with those that were at the rung before it, and as the baseline is never
    pruned. The trials with the most such pairs come first.

    Args:
        study: the study's record.
        ranks: the rank of each completed trial by its number, the first rank first.
    """
    name, direction = next(iter(study.definition.directions.items()))
    sign = 1 if direction == "maximize" else -1
    best = dict(list(ranks.items())[: max(1, len(ranks) // BEST_SHARE)])
    doubts = []
    for trial in study.trials:
        if trial.state != "PRUNED" or not _is_finite(trial.last, name):
            continue
        step, score = trial.last["step"], trial.last[name]
        passed = {
            number: place
            for number, place in best.items()
            if (other := _at(study.trials[number], step, name)) is not None and sign * other < sign * score
        }
        if passed:
            doubts.append(DoubtfulPruning(trial.number, step, score, passed))
    return sorted(doubts, key=lambda doubt: (-len(doubt.passed), -sign * doubt.score))


def _at(trial: TrialRecord, step: float, name: str) -> float | None:
    """A trial's score at a rung; None if it was not measured there, or is no finite number."""
    return next((point[name] for point in trial.curve if point["step"] == step and _is_finite(point, name)), None)


def _is_finite(point: dict[str, float], name: str) -> bool:
    return math.isfinite(point.get(name, math.nan))
