"""What accuracy costs: the Pareto front, and the cheapest configuration that is as good as the best."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sweep.analysis.winners_curse import binomial_sd
from sweep.errors import InputError

TWO_SIDED_95 = 1.959964
"""Quantile of the normal distribution."""


def pareto_layers(costs: Sequence[Sequence[float]]) -> list[int]:
    """Which Pareto layer each point is on: 1 on the front, 2 on the front of all others, and so on.

    A point dominates another if it is nowhere worse and somewhere better; on the front is what no point dominates.
    Equal points share a layer. Method: non-dominated sorting as in NSGA-II (Deb et al. 2002, "A fast and elitist
    multiobjective genetic algorithm", IEEE Transactions on Evolutionary Computation 6).

    Args:
        costs: of each point the same number of values, of each of which less is better.
    """
    dominators = _dominators(np.array(costs, np.float64))
    dominating = dominators.sum(axis=1)
    layers = np.zeros(len(costs), np.int64)
    layer = 0
    while not layers.all():
        layer += 1
        front = (layers == 0) & (dominating == 0)
        layers[front] = layer
        dominating -= dominators[:, front].sum(axis=1)
    return [int(number) for number in layers]


def _dominators(points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether point j dominates point i, at [i, j]."""
    nowhere_worse = np.ones((len(points), len(points)), bool)
    somewhere_better = np.zeros_like(nowhere_worse)
    for column in points.T:
        nowhere_worse &= column[np.newaxis, :] <= column[:, np.newaxis]
        somewhere_better |= column[np.newaxis, :] < column[:, np.newaxis]
    return nowhere_worse & somewhere_better


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
