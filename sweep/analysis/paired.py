"""The paired t-test: whether two models differ on the same examples by more than chance would explain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

CONFIDENCE = 0.95


@dataclass(frozen=True)
class PairedTest:
    """How the losses of two models on the same examples compare. Build it with `paired_test`.

    Args:
        examples: number of examples.
        lower_a: number of examples on which the first model has the lower loss.
        lower_b: number of examples on which the second model has the lower loss.
        difference: mean loss of the second minus that of the first.
        low, high: ends of the difference's 95 % confidence interval.
        p_value: probability that models of equal mean loss differ by as much or more, in either direction.
    """

    examples: int
    lower_a: int
    lower_b: int
    difference: float
    low: float
    high: float
    p_value: float


def paired_test(losses_a: NDArray[np.float64], losses_b: NDArray[np.float64]) -> PairedTest:
    """Compare two models by their losses on the same examples.

    Method: the paired t-test (Student 1908, "The probable error of a mean", Biometrika 6) on the differences of the
    losses, an example at a time, as what makes an example hard for both models then cancels out. It is about the mean
    loss, which is what the board has, and its p-value and interval always agree. Wilcoxon's signed-rank test (1945),
    which outliers move less, is not used: it asks whether the differences lie symmetrically around 0, and so finds two
    models of the same mean loss different if one is a little better on most examples and much worse on a few.

    Assumes that the examples are independent of each other, and that there are enough of them for the mean difference
    to be about normal: some dozens, more if a few losses are far larger than all others. It compares two trained
    models: other seeds give other models, and this test does not know how much those vary. If all differences are
    equal, the result is what the formula tends to: an interval of width 0, and p = 1 if they are 0, else 0.

    Args:
        losses_a: losses of the first model, shape (n,), n at least 2.
        losses_b: losses of the second model, shape (n,).

    Raises:
        ValueError: if the shapes differ, or there are fewer than two examples.
    """
    if losses_a.shape != losses_b.shape or losses_a.size < 2:
        raise ValueError(
            f"both must be measured on the same examples, two at least, but got shapes {losses_a.shape} and "
            f"{losses_b.shape}"
        )
    differences = losses_b - losses_a
    mean, n = float(differences.mean()), differences.size
    lower_a, lower_b = int(np.sum(differences > 0)), int(np.sum(differences < 0))
    if differences.min() == differences.max():
        constant = float(differences[0])
        return PairedTest(n, lower_a, lower_b, constant, constant, constant, 0.0 if constant else 1.0)
    error = float(differences.std(ddof=1)) / n**0.5
    reach = float(stats.t.isf((1 - CONFIDENCE) / 2, n - 1)) * error
    p_value = float(2 * stats.t.sf(abs(mean) / error, n - 1))
    return PairedTest(n, lower_a, lower_b, mean, mean - reach, mean + reach, p_value)
