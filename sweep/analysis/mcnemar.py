"""McNemar's test: whether two classifiers differ on the same examples by more than chance would explain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest


@dataclass(frozen=True)
class McNemar:
    """How two classifiers did on the same examples, and whether chance explains it. Build it with `mcnemar`.

    Args:
        both: number of examples that both got right.
        only_a: number of examples that only the first got right.
        only_b: number of examples that only the second got right.
        neither: number of examples that neither got right.
        p_value: probability that equal classifiers differ by as much or more, in either direction.
    """

    both: int
    only_a: int
    only_b: int
    neither: int
    p_value: float

    @property
    def examples(self) -> int:
        """Number of examples."""
        return self.both + self.only_a + self.only_b + self.neither


def mcnemar(right_a: NDArray[np.bool_], right_b: NDArray[np.bool_]) -> McNemar:
    """Compare two classifiers on the same examples.

    Method: McNemar 1947, "Note on the sampling error of the difference between correlated proportions or
    percentages", Psychometrika 12, in its exact form: examples that both got right or both got wrong say nothing about
    a difference; of the others, equal classifiers win each with probability 1/2, so the p-value is that of a
    two-sided binomial test (scipy.stats.binomtest). McNemar's own chi-squared form approximates it for many of them.

    Assumes that the examples are independent of each other. It compares two trained classifiers: other seeds give other
    classifiers, and this test does not know how much those vary.

    Args:
        right_a: which examples the first got right, shape (n,).
        right_b: which examples the second got right, shape (n,).

    Raises:
        ValueError: if the shapes differ.
    """
    if right_a.shape != right_b.shape:
        raise ValueError(
            f"both must be measured on the same examples, but got shapes {right_a.shape} and {right_b.shape}"
        )
    both, only_a = int(np.sum(right_a & right_b)), int(np.sum(right_a & ~right_b))
    only_b, neither = int(np.sum(~right_a & right_b)), int(np.sum(~right_a & ~right_b))
    decided = only_a + only_b
    p_value = float(binomtest(only_a, decided, 0.5).pvalue) if decided else 1.0
    return McNemar(both, only_a, only_b, neither, p_value)
