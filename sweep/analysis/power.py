"""What a number of confirming runs can find, and how well they know the spread: the power of Welch's test."""

from __future__ import annotations

import math

import numpy as np
from scipy import optimize, stats

from sweep.analysis.verdict import ALPHA, Comparison

POWER = 0.8
"""The probability with which a difference that is called detectable is found."""
MAX_SEEDS = 1000
SURE = 50.0
"""Standard errors from which on the power is 1; far beyond, scipy's nct may not converge."""


def seeds_to_settle(comparison: Comparison, *, alpha: float = ALPHA) -> int | None:
    """About how many runs a side would give a verdict, if the difference and spreads seen were the true ones.

    It is the least n at which Welch's test finds the difference with probability `POWER`, by the noncentral t
    distribution (Cohen 1988, chapter 2). At a difference of one sd it is 17, of two sd 6; the normal approximation,
    which ignores that the sd too is estimated, says 16 and 4. The difference and spreads seen are themselves uncertain,
    so the number gives an order of magnitude.

    Args:
        comparison: comparison of a candidate that is tied with the baseline.
        alpha: two-sided significance level; for one of m candidates, 0.05 / m is safe. Default 0.05.

    Returns:
        Number of runs that each side would have in all, those made included; None if it is over 1,000.
    """
    spreads = (comparison.sd**2, comparison.baseline_sd**2)
    if sum(spreads) == 0:
        return 2 if comparison.difference else None
    n = np.arange(2, MAX_SEEDS + 1)
    freedom = (n - 1) / sum((spread / sum(spreads)) ** 2 for spread in spreads)
    shift = np.minimum(abs(comparison.difference) * np.sqrt(n / sum(spreads)), SURE)
    reached = stats.nct.sf(stats.t.isf(alpha / 2, freedom), freedom, shift) >= POWER
    return int(n[np.argmax(reached)]) if reached.any() else None


def detectable(runs: int, *, alpha: float = ALPHA) -> float | None:
    """The least difference that so many runs a side find with probability `POWER`, in seed-to-seed sd of one run.

    It is for two sides that vary alike, by the noncentral t distribution (Cohen 1988, chapter 2): 1.8 sd at 6 runs a
    side, 1.0 at 17.

    Args:
        runs: number of runs on each side.
        alpha: two-sided significance level; for one of m candidates, 0.05 / m is safe. Default 0.05.

    Returns:
        The difference divided by the sd; None for fewer than two runs, which allow no test.
    """
    if runs < 2:
        return None
    freedom, root = 2 * (runs - 1), math.sqrt(runs / 2)
    critical = stats.t.isf(alpha / 2, freedom)
    return float(optimize.brentq(lambda shift: stats.nct.sf(critical, freedom, shift) - POWER, 0, 10 * critical)) / root


def sd_interval(sd: float, freedom: int) -> tuple[float, float]:
    """The 95 % confidence interval of a standard deviation, by the chi-square distribution.

    It assumes that what varies is about normal (Snedecor and Cochran 1989, "Statistical Methods", section 5.9).

    Args:
        sd: the standard deviation that was seen (divisor n - 1).
        freedom: its degrees of freedom, n - 1; 1 or more.
    """
    low, high = (sd * math.sqrt(freedom / stats.chi2.isf(tail, freedom)) for tail in (ALPHA / 2, 1 - ALPHA / 2))
    return low, high
