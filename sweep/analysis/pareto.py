"""The Pareto front and the layers behind it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def pareto_layers(costs: Sequence[Sequence[float]]) -> list[int]:
    """The Pareto layer of each point: 1 on the front, 2 on the front of those that are left, and so on.

    A point dominates another if no cost of it is higher and one is lower; the front are the points that none dominates.
    Equal points share a layer. Method: non-dominated sorting as in NSGA-II (Deb et al. 2002, "A fast and elitist
    multiobjective genetic algorithm", IEEE Transactions on Evolutionary Computation 6).

    Args:
        costs: costs of each point, shape (points, costs); lower is better.
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


def pareto_front(costs: Sequence[tuple[float, float]]) -> list[int]:
    """The indices of the points on the front of two costs, by the first cost; lower is better.

    It takes a sort, where `pareto_layers` compares each point with each other; of equal points the first is named.

    Args:
        costs: two costs of each point.
    """
    front: list[int] = []
    for index in sorted(range(len(costs)), key=lambda index: (*costs[index], index)):
        if not front or costs[index][1] < costs[front[-1]][1]:
            front.append(index)
    return front


def _dominators(points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether point j dominates point i, at [i, j]."""
    nowhere_worse = np.ones((len(points), len(points)), bool)
    somewhere_better = np.zeros_like(nowhere_worse)
    for column in points.T:
        nowhere_worse &= column[np.newaxis, :] <= column[:, np.newaxis]
        somewhere_better |= column[np.newaxis, :] < column[:, np.newaxis]
    return nowhere_worse & somewhere_better
