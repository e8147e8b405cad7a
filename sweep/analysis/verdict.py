"""Whether configurations are better than the baseline: Welch's test on fresh seeds, corrected for several tests.

The runs must be on seeds that the search did not use: then the comparison is unbiased however a candidate was chosen.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from sweep.errors import InputError

ALPHA = 0.05
"""Significance level of all verdicts together."""

Outcome = Literal["better", "tied", "worse", "equivalent"]
"""What a verdict says of a candidate; "equivalent" is said by pairs of runs alone, as `anytime` has it."""


@dataclass(frozen=True)
class Comparison:
    """A candidate's runs against the baseline's, in the unit of the scores. Build it with `compare` or `standing`.

    Args:
        difference: mean of the candidate's scores minus mean of the baseline's.
        sd: standard deviation of the candidate's scores (divisor n - 1).
        baseline_sd: standard deviation of the baseline's scores (divisor n - 1).
        low, high: ends of the difference's 95 % confidence interval; for pairs of runs at whatever time one looks, and
            for all candidates together.
        p_value: p-value of Welch's two-sided test, or of the sequential t-test on pairs, for this comparison alone.
    """

    difference: float
    sd: float
    baseline_sd: float
    low: float
    high: float
    p_value: float


@dataclass(frozen=True)
class Verdict:
    """What a comparison says as one of several.

    Args:
        comparison: the candidate against the baseline.
        p_holm: p-value of the comparison, Holm-adjusted for all candidates; for pairs of runs multiplied by their
            number.
        outcome: whether the candidate is "better" than the baseline, "tied" with it, "worse", or "equivalent" to it.
        pairs: number of pairs of runs after which it was decided, or that left the candidate tied. Default 0: the
            number of runs was fixed beforehand.
    """

    comparison: Comparison
    p_holm: float
    outcome: Outcome
    pairs: int = 0


def compare(candidate: Sequence[float], baseline: Sequence[float]) -> Comparison:
    """Compare the runs of a candidate with those of the baseline.

    Method: Welch's t-test (Welch 1947, Biometrika 34), which allows the two unequal variances, as scipy computes it. It
    assumes independent runs and means that are about normal. If neither side has any spread, the result is what scipy's
    formula tends to: an interval of width 0, and p = 1 if the two are equal, else 0. That is right if the seed changes
    nothing, and too sure if a small test set hides the change.

    Args:
        candidate: scores of the candidate's runs, one per seed; two at least, as one run has no spread.
        baseline: scores of the baseline's runs, one per seed; two at least.

    Raises:
        InputError: if a side has fewer than two scores, or one that is not finite.
    """
    ours, theirs = _scores("candidate", candidate), _scores("baseline", baseline)
    difference = _mean(ours) - _mean(theirs)
    low, high, p_value = _welch(ours, theirs, difference)
    return Comparison(difference, _sd(ours), _sd(theirs), low, high, p_value)


def verdicts(
    candidates: Mapping[int, Sequence[float]], baseline: Sequence[float], *, higher_is_better: bool = True
) -> dict[int, Verdict]:
    """Compare each candidate with the baseline.

    The probability that any candidate that equals the baseline is called better or worse is at most `ALPHA`. Each
    interval is for its comparison alone: it may leave out 0 although the candidate, as one of several, is tied.

    Args:
        candidates: scores of each candidate's runs, by the trial's number. They must not include the baseline.
        baseline: scores of the baseline's runs.
        higher_is_better: whether the higher of two scores is the better one. Default: yes.

    Returns:
        The verdict on each candidate, by the trial's number, in the order of `candidates`.

    Raises:
        InputError: if a side has fewer than two scores, or one that is not finite.
    """
    comparisons = {number: compare(scores, baseline) for number, scores in candidates.items()}
    sign = 1 if higher_is_better else -1
    adjusted = holm([comparison.p_value for comparison in comparisons.values()])
    return {
        number: Verdict(comparison, p, _outcome(sign * comparison.difference, p))
        for (number, comparison), p in zip(comparisons.items(), adjusted, strict=True)
    }


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust the p-values of several tests (Holm 1979, Scandinavian Journal of Statistics 6); scipy can't do it.

    The smallest of m is multiplied by m, the next by m - 1, and so on; none falls below the one before it, and none
    exceeds 1. The adjustment holds however the tests depend on each other, so also if all share one baseline.

    Args:
        p_values: p-values of the tests, each 0 to 1.

    Returns:
        The adjusted p-values, in the order of `p_values`.
    """
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def _welch(ours: list[float], theirs: list[float], difference: float) -> tuple[float, float, float]:
    if _constant(ours) and _constant(theirs):
        return difference, difference, 0.0 if difference else 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # precision loss where one side is constant: harmless
        result = stats.ttest_ind(ours, theirs, equal_var=False)
        interval = result.confidence_interval(1 - ALPHA)
    return float(interval.low), float(interval.high), float(result.pvalue)


def _outcome(gain: float, p: float) -> Outcome:
    return "tied" if p >= ALPHA else "better" if gain > 0 else "worse"


def _scores(side: str, values: Sequence[float]) -> list[float]:
    scores = [float(value) for value in values]
    if len(scores) < 2 or not all(map(math.isfinite, scores)):
        raise InputError(f"the {side}'s scores must be finite numbers, two at least, but got {scores}")
    return scores


def _mean(scores: list[float]) -> float:
    return scores[0] if _constant(scores) else float(np.mean(scores))  # rounding must not part equal runs


def _constant(scores: list[float]) -> bool:
    return min(scores) == max(scores)


def _sd(scores: list[float]) -> float:
    return 0.0 if _constant(scores) else float(np.std(scores, ddof=1))
