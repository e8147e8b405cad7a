"""A verdict that may be looked at after every pair of runs: a sequential t-test with a confidence sequence.

It is for confirming runs whose number is not fixed beforehand. Whoever looks after each pair, and stops or goes on at
will, is wrong no more often than the level says, all looks together.
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from sweep.analysis.verdict import ALPHA, Comparison, Outcome

PRIOR_VARIANCE = 1.0
"""Variance of the effects that the test is made for, in sd of a pair's difference. It only decides how soon it ends.

Mean number of pairs, 30 at most, until a difference of one and of two sd of a run is found (20,000 sequences each):
0.25: 21.2 and 11.2; 0.5: 20.1 and 9.8; 1: 19.9 and 9.0; 2: 20.0 and 8.7; 4: 20.6 and 8.6.
"""
SAME = 1e-6
"""Differences that are no further apart, in parts of the largest score, are the same: scores come from float32."""


@dataclass(frozen=True)
class Standing:
    """How a sequence of pairs stands. Get it with `standing`.

    Args:
        comparison: the candidate's runs of all pairs against the baseline's, the interval and p valid at any time;
            None while there is no interval.
        pairs: number of pairs.
        outcome: "better", "worse" or "equivalent"; None while it is not decided.
        decided_after: number of pairs after which it was decided; None while it is not.
        same: whether all pairs, two at least, have the same difference, so that nothing is known of chance.
    """

    comparison: Comparison | None
    pairs: int
    outcome: Outcome | None = None
    decided_after: int | None = None
    same: bool = False


def standing(
    candidate: Sequence[float],
    baseline: Sequence[float],
    *,
    alpha: float = ALPHA,
    margin: float = 0.0,
    higher_is_better: bool = True,
) -> Standing:
    """How a candidate stands against the baseline by their pairs of runs so far.

    Method: the differences of the pairs are taken to be independent and about normal; the two sides may vary unlike.
    The Bayes factor of the t-test whose prior on the standardised effect is normal with mean 0 and variance g (Gönen et
    al. 2005, The American Statistician 59; here g = `PRIOR_VARIANCE`) has an expectation of 1 if there is no
    difference, at whatever time one stops, whatever the sd is (Pérez-Ortiz et al. 2024, Annals of Statistics 52;
    Grünwald et al. 2024, "Safe testing", JRSS B 86). By Ville's inequality it ever reaches 1 / alpha with probability
    alpha at most. With n pairs, v = n - 1, r = 1 + n g and t = mean / (sd / sqrt(n)) it is

        r^-1/2 ((1 + t^2 / v) / (1 + t^2 / (v r)))^((v + 1) / 2)

    The differences that it does not refute are an interval, and the intervals of all n together hold the true
    difference with probability 1 - alpha. So do all that they have in common, which is what is kept: an interval that
    only shrinks. What was decided stays decided, however many pairs follow. The margin may be chosen at any time, too.

    If all differences are the same, the formula's interval has the width 0. Such runs are too few to tell a seed that
    changes nothing from a test set that is too small to show it, so that nothing is called equivalent by them. They are
    better or worse once as many equal signs would be rarer than alpha (the sign test), with 6 pairs at 5 %.

    Args:
        candidate: scores of the candidate's runs, all finite, in the order of the pairs, which must not depend on them.
        baseline: scores of the baseline's runs, one for each of the candidate's.
        alpha: the probability of a wrong verdict that is allowed; for one of m candidates 0.05 / m. Default 0.05.
        margin: what counts as equivalent, in the unit of the scores. Default 0: nothing does.
        higher_is_better: whether the higher of two scores is the better one. Default: yes.
    """
    differences = [ours - theirs for ours, theirs in zip(candidate, baseline, strict=True)]
    sizes = list(itertools.accumulate(map(max, map(abs, candidate), map(abs, baseline)), max))
    low, high, p = -math.inf, math.inf, 1.0
    outcome, decided_after = None, None
    for n in range(2, len(differences) + 1):
        mean, sd = _mean_and_sd(differences[:n], sizes[n - 1])
        reach = _reach(n, mean, sd, alpha)
        if max(low, mean - reach) > min(high, mean + reach):
            break  # intervals without a point in common refute what is assumed of the runs, and say no more
        low, high, p = max(low, mean - reach), min(high, mean + reach), min(p, _p_value(n, mean, sd))
        if outcome is None:
            outcome = _outcome(low, high, margin, higher_is_better=higher_is_better)
            decided_after = None if outcome is None else n
    if len(differences) < 2:
        return Standing(None, len(differences))
    comparison = None
    mean, sd = _mean_and_sd(differences, sizes[-1])
    if math.isfinite(high - low):
        comparison = Comparison(mean, statistics.stdev(candidate), statistics.stdev(baseline), low, high, p)
    return Standing(comparison, len(differences), outcome, decided_after, same=sd == 0)


def least_pairs(alpha: float = ALPHA) -> int:
    """The number of pairs below which nothing is decided, whatever their scores: 5 at 5 %."""
    n = 2
    while not math.isfinite(_factor(n, alpha)):
        n += 1
    return n


def _mean_and_sd(differences: Sequence[float], size: float) -> tuple[float, float]:
    """The mean and the standard deviation of some differences, exactly 0 where rounding alone keeps them from it.

    Args:
        differences: the differences, one at least.
        size: the largest of the scores that they are between, without its sign.
    """
    if max(differences) - min(differences) <= SAME * size:
        return (0.0 if abs(differences[0]) <= SAME * size else differences[0]), 0.0
    mean = statistics.fmean(differences)
    return mean, math.sqrt(sum((one - mean) ** 2 for one in differences) / (len(differences) - 1))


def _reach(n: int, mean: float, sd: float, alpha: float) -> float:
    """Half the width of the interval after n pairs."""
    if sd == 0 and (mean == 0 or _sign_p_value(n) > alpha):
        return math.inf
    factor = _factor(n, alpha)
    return factor * sd / math.sqrt(n) if math.isfinite(factor) else math.inf


def _factor(n: int, alpha: float) -> float:
    """Half the width of the interval after n pairs, in standard errors; infinite if they are too few for one."""
    freedom, r = n - 1, 1 + n * PRIOR_VARIANCE
    k: float = (math.sqrt(r) / alpha) ** (2 / n)
    return math.sqrt(freedom * (k - 1) / (1 - k / r)) if k < r else math.inf


def _p_value(n: int, mean: float, sd: float) -> float:
    """One over the Bayes factor after n pairs, 1 at most."""
    freedom, r = n - 1, 1 + n * PRIOR_VARIANCE
    if sd == 0:
        return 1.0 if mean == 0 else min(1.0, max(r ** (-freedom / 2), _sign_p_value(n)))
    square = n * (mean / sd) ** 2 / freedom
    log_factor = (freedom + 1) / 2 * (math.log1p(square) - math.log1p(square / r)) - math.log(r) / 2
    return math.exp(-max(0.0, log_factor))


def _sign_p_value(n: int) -> float:
    """The probability that n differences have the same sign if each sign is as likely as the other."""
    return float(2.0 ** (1 - n))


def _outcome(low: float, high: float, margin: float, *, higher_is_better: bool) -> Outcome | None:
    if low > 0 or high < 0:
        return "better" if (low > 0) == higher_is_better else "worse"
    return "equivalent" if -margin <= low and high <= margin and margin > 0 else None
