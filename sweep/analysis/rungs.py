"""How well the first rung predicts the end: whether pruning there could tell good trials from bad."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

from scipy.stats import spearmanr

from sweep.analysis.noise import TWO_SIDED_95
from sweep.space.metrics import VAL
from sweep.study.records import StudyRecord

FEWEST = 4
"""With fewer pairs a rank correlation has no interval."""


@dataclass(frozen=True)
class RungAgreement:
    """The scores of completed trials at their first rung and at their end. Get it with `rung_agreement`.

    Args:
        step: the first rung, in percent of a trial's epochs.
        trials: numbers of the trials.
        first: validation score of each trial at the first rung.
        last: validation score of each trial at its end.
        rho: Spearman's rank correlation of the two; None if one side has no spread.
        low, high: ends of its 95 % interval; None if there are fewer than four trials.
        place: place at the first rung, from 1, of the trial that is best at the end.
    """

    step: float
    trials: list[int]
    first: list[float]
    last: list[float]
    rho: float | None
    low: float | None
    high: float | None
    place: int


def rung_agreement(study: StudyRecord) -> RungAgreement | None:
    """Compare the order of completed trials at their first rung with that at their end; None if fewer than two can be.

    Method: Spearman's rank correlation, with the interval of Bonett and Wright (2000, "Sample size requirements for
    estimating Pearson, Kendall and Spearman correlations", Psychometrika 65). Trials that were pruned have no end, so
    that the pairs are those which the pruner let pass: where they are few or alike, the correlation is lower than that
    of all trials would be.
    """
    name = VAL + study.metric
    pairs = {
        trial.number: (trial.curve[0], trial.last)
        for trial in study.trials
        if trial.state == "COMPLETE" and len(trial.curve) > 1
    }
    pairs = {
        number: pair
        for number, pair in pairs.items()
        if all(math.isfinite(point.get(name, math.nan)) for point in pair)
    }
    if len(pairs) < 2:
        return None
    first, last = ([pair[side][name] for pair in pairs.values()] for side in (0, 1))
    sign = -1 if study.higher_is_better else 1
    best = min(range(len(last)), key=lambda index: sign * last[index])
    place = 1 + sum(sign * value < sign * first[best] for value in first)
    rho = _rho(first, last)
    low, high = _interval(rho, len(first))
    step = next(iter(pairs.values()))[0]["step"]
    return RungAgreement(step, list(pairs), first, last, rho, low, high, place)


def _rho(first: list[float], last: list[float]) -> float | None:
    if len(set(first)) < 2 or len(set(last)) < 2:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return float(spearmanr(first, last).statistic)


def _interval(rho: float | None, pairs: int) -> tuple[float | None, float | None]:
    if rho is None or pairs < FEWEST:
        return None, None
    if abs(rho) > 1 - 1e-9:
        return rho, rho
    reach = TWO_SIDED_95 * math.sqrt((1 + rho**2 / 2) / (pairs - 3))
    return math.tanh(math.atanh(rho) - reach), math.tanh(math.atanh(rho) + reach)
