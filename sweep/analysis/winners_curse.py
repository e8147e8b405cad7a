"""The winner's curse: how good the best of many noisy scores really is.

The best of n scores is best partly by luck. Of 24 equal configurations the best looks 1.95 noise sd better than it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sweep.errors import InputError

CONTENDERS = 8
"""How many of the best scores count at least."""
DRAWS = 20_000
SEED = 0


def corrected_best(scores: Sequence[float], noise_sd: float, *, higher_is_better: bool = True) -> float:
    """Estimate the true score of the best of some noisy scores.

    Method: empirical Bayes in the form of Tweedie's formula (Efron 2011, "Tweedie's formula and selection bias",
    JASA 106). If a score is its true value plus normal noise, then the expected true value given the score is
    score + noise_sd^2 * (slope of the log density of all scores there). Near the winner that slope is about
    -1 / (the winner's distance to its rivals), so that the correction is

        noise_sd * full * min(1, typical * noise_sd / gap)

    where gap is the root mean square distance from the winner to the rest of the upper half (of the best 8 at least, or
    of all if they are fewer), typical is the median of gap / noise_sd if all configurations are equal, and full is the
    factor that then makes the result unbiased; both are simulated with a fixed seed. The correction is largest if the
    scores are no further apart than noise puts them, and next to nothing for a winner far ahead. Only the upper half
    counts, so that bad configurations do not make the good ones look different from each other.

    Assumes noise that is normal, independent and of the same, known sd for every score; scores that are exchangeable (a
    sampler that learns comes back to what scored well, so they are not quite); and that only completed trials count.
    A pruned trial could have won, too: if pruning follows the same luck as the final score, n is too low.

    Bias left in simulations, in noise sd, for the best of 24 (raw in parentheses): all equal 0.0 (1.9); normal true
    values with sd 1 noise sd -0.2 (1.4), 2 -0.2 (0.9), 5 -0.1 (0.4); half of them useless +0.1 (1.6); one better than
    all others by 2 noise sd -0.35 (1.35), by 5 -0.7 (0.0), by 10 -0.3 (0.0); all equal, 14 pruned +0.3 at most (1.9).
    The correction is rather too large than too small, unless useless scores reach into the upper half, or into the best
    8: then it is hardly anything. A noise_sd that is itself estimated, from 5 runs of 2 configurations, adds +0.1.

    Args:
        scores: scores of the completed trials, one each.
        noise_sd: standard deviation of a score around its configuration's true score, in the scores' unit; 0 or more.
        higher_is_better: whether the best score is the highest; else it is the lowest, and the method works on the
            scores with their signs changed. Default: yes.

    Raises:
        InputError: if there is no score, or one is not finite.
    """
    values = [float(score) for score in scores]
    if not values or not all(map(math.isfinite, values)):
        raise InputError(f"scores must be finite numbers, one at least, but got {values}")
    sign = 1 if higher_is_better else -1
    ordered = np.sort(sign * np.array([values]))[:, ::-1]
    raw = float(ordered[0, 0])
    if len(values) == 1 or noise_sd == 0:
        return sign * raw
    full, typical = _when_equal(len(values))
    gap = max(float(_gap(ordered)[0]), typical * noise_sd)
    return sign * (raw - noise_sd * full * (typical * noise_sd / gap))


def _gap(ordered: NDArray[np.float64]) -> NDArray[np.float64]:
    """The winner's distance to its rivals in each row of scores, best first; shape (rows, n) -> (rows,)."""
    n = ordered.shape[1]
    rivals = ordered[:, 1 : max(math.ceil(n / 2), min(n, CONTENDERS))]
    gap: NDArray[np.float64] = np.sqrt(np.mean((ordered[:, :1] - rivals) ** 2, axis=1))
    return gap


@lru_cache(maxsize=64)
def _when_equal(n: int) -> tuple[float, float]:
    """What n equal configurations with noise of sd 1 look like: (full correction, typical gap)."""
    noise = np.random.default_rng(SEED).standard_normal((min(DRAWS, 1 + 4_000_000 // n), n))
    ordered = np.sort(noise)[:, ::-1]
    gap = _gap(ordered)
    typical = float(np.median(gap))
    return float(ordered[:, 0].mean() / np.minimum(1, typical / gap).mean()), typical
