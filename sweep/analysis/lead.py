"""How far the best trial so far is ahead of the baseline, and how far that may be chance."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from sweep.analysis.score_noise import validation_noise
from sweep.space.metrics import VAL
from sweep.study.records import StudyRecord, TrialRecord

TWO_SIDED_95 = 0.975
"""What lies below the upper end of a two-sided 95 % interval."""


@dataclass(frozen=True)
class Lead:
    """The best completed trial of a search. Get it with `lead_of`.

    Args:
        best: the trial.
        difference: its validation score minus the baseline's, by the study's metric; None if the baseline has none yet
            or is the best itself.
        reach: half the width of the difference's 95 % interval; None if the noise is not known.
    """

    best: TrialRecord
    difference: float | None = None
    reach: float | None = None

    @property
    def may_be_chance(self) -> bool:
        """Whether the 95 % interval of the difference has 0 in it."""
        return self.difference is not None and self.reach is not None and abs(self.difference) <= self.reach


def lead_of(study: StudyRecord, trials: Iterable[TrialRecord], *, maximizes: bool) -> Lead | None:
    """The best of some trials and its lead over the baseline; None if none has completed or there is no one best.

    Two scores are as noisy as `validation_noise` says, and are taken to be independent. The best of many is luckier
    than that: the confirming runs alone tell whether it is better.

    Args:
        study: the study's record, for its metric and its noise.
        trials: the trials so far, the baseline among them.
        maximizes: whether larger values of the objective are better.
    """
    trials = list(trials)
    name, sign = VAL + study.metric, -1 if maximizes else 1
    complete = [trial for trial in trials if trial.value is not None and name in trial.last]
    if not complete:
        return None
    best = min(complete, key=lambda trial: sign * float(trial.value or 0.0))
    baseline = next((trial for trial in trials if trial.is_baseline and trial.ended and name in trial.last), None)
    if baseline is None or baseline is best:
        return Lead(best)
    scores = [best.last[name], baseline.last[name]]
    noise = validation_noise(study, scores) if all(map(math.isfinite, scores)) else None
    reach = noise.quantile(TWO_SIDED_95) * math.hypot(*map(noise.sd, scores)) if noise else None
    return Lead(best, scores[0] - scores[1], reach)
