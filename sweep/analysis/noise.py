"""The noise of a measured accuracy, and what lies within it: the cheapest configuration that is as good as the best."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sweep.errors import InputError

TWO_SIDED_95 = 1.959964
"""Quantile of the normal distribution."""


def binomial_sd(accuracy: float, images: int) -> float:
    """Standard error of an accuracy measured on so many independent images: sqrt(accuracy * (1 - accuracy) / images).

    It stands in for the standard deviation of one measured accuracy around what its configuration reaches on average.
    One run of each configuration cannot tell that: the spread of the scores is noise and true differences together.
    On MNIST it is close to the sd from seed to seed (0.10 points, 0.07-0.13).

    Args:
        accuracy: 0 to 1. At 0 and 1 the error comes out as 0, which is too sure.
        images: one at least.

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

    Tied is what lies within the two-sided 95 % interval of a difference of two accuracies, each with its binomial
    error. They are taken for independent, though both were measured on the same images, so ties are rather too many
    than too few; and the best, being the best of several, looks a little better than it is.

    Args:
        accuracies: 0 to 1, one each.
        costs: less is better, one each.
        images: how many each accuracy was measured on.

    Returns:
        The index of the best (the first of equals), and of the cheapest tied (the more accurate of equals, then the
        first).

    Raises:
        InputError: if there is no accuracy, or one is out of range.
    """
    if not accuracies or len(accuracies) != len(costs):
        raise InputError(f"each accuracy must have its cost, but got {len(accuracies)} and {len(costs)}")
    best = max(range(len(accuracies)), key=lambda index: accuracies[index])
    noises = [binomial_sd(accuracy, images) for accuracy in accuracies]
    tied = [
        index
        for index, accuracy in enumerate(accuracies)
        if accuracies[best] - accuracy <= TWO_SIDED_95 * math.hypot(noises[best], noises[index])
    ]
    return best, min(tied, key=lambda index: (costs[index], -accuracies[index]))
