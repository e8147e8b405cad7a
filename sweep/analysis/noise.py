"""The noise of a measured accuracy, and the cheapest configuration that is as good as the best within the noise."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sweep.errors import InputError

TWO_SIDED_95 = 1.959964
"""The 97.5 % quantile of the standard normal distribution."""


def binomial_sd(accuracy: float, images: int) -> float:
    """Standard error of an accuracy measured on independent images: sqrt(accuracy * (1 - accuracy) / images).

    It stands in for the standard deviation of one measured accuracy around what its configuration reaches on average.
    One run of each configuration does not show that: the spread of the scores is noise and true differences together.
    On MNIST the standard error is close to the standard deviation from seed to seed (0.10 points, 0.07-0.13).

    Args:
        accuracy: the accuracy, 0 to 1. At 0 and 1 the standard error comes out as 0, which is too small.
        images: number of images, 1 or more.

    Raises:
        InputError: if a value is out of range.
    """
    if not 0 <= accuracy <= 1:
        raise InputError(f"0 <= accuracy <= 1 must hold, but got {accuracy}")
    if images < 1:
        raise InputError(f"images must be 1 or more, but got {images}")
    return math.sqrt(accuracy * (1 - accuracy) / images)


def cheapest_tied(accuracies: Sequence[float], costs: Sequence[float], images: int) -> tuple[int, int]:
    """The most accurate configuration, and the cheapest one that is tied with it.

    Two configurations are tied if their accuracies differ by no more than the two-sided 95 % interval of a difference
    of two accuracies with binomial errors. These are taken to be independent, though both were measured on the same
    images, so there are rather too many ties than too few; and the best of several looks a little better than it is.

    Args:
        accuracies: accuracy of each configuration, 0 to 1.
        costs: cost of each configuration; lower is better.
        images: number of images that each accuracy was measured on.

    Returns:
        The index of the best (the first of equals), and of the cheapest tied (the more accurate of equals, then the
        first).

    Raises:
        InputError: if there is no accuracy, or one is out of range.
    """
    if not accuracies or len(accuracies) != len(costs):
        raise InputError(f"each accuracy must have its cost, but got {len(accuracies)} and {len(costs)}")
    return cheapest_within([binomial_sd(accuracy, images) for accuracy in accuracies], accuracies, costs)


def cheapest_within(
    noises: Sequence[float], scores: Sequence[float], costs: Sequence[float], quantile: float = TWO_SIDED_95
) -> tuple[int, int]:
    """The best configuration by any metric, and the cheapest one that is tied with it.

    Two configurations are tied if their scores differ by no more than the two-sided 95 % interval of the difference of
    two scores that are as noisy as they are.

    Args:
        noises: standard deviation of each score around what its configuration reaches on average.
        scores: score of each configuration, in any unit; higher is better.
        costs: cost of each configuration; lower is better.
        quantile: the 97.5 % quantile of the noise, in standard deviations. Default: that of the normal distribution.

    Returns:
        The index of the best (the first of equals), and of the cheapest tied (the better of equals, then the first).
    """
    best = max(range(len(scores)), key=lambda index: scores[index])
    tied = [
        index
        for index, score in enumerate(scores)
        if scores[best] - score <= quantile * math.hypot(noises[best], noises[index])
    ]
    return best, min(tied, key=lambda index: (costs[index], -scores[index]))
