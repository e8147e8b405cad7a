"""Whether a row that was trained again came out the same: identical, within noise, or different."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from sweep.analysis.noise import binomial_sd
from sweep.study.records import TrialRecord
from sweep.training.messages import Measurement

SURE = 0.95
MEASURED = ("val_accuracy", "val_loss")


@dataclass(frozen=True)
class Difference:
    """How far two runs' accuracies on the same images are apart.

    Args:
        name: "val_accuracy" or "test_accuracy".
        then: as recorded.
        now: as trained again.
        images: it was measured on.
    """

    name: str
    then: float
    now: float
    images: int

    @property
    def standard_error(self) -> float:
        """Of the difference of two accuracies, each measured on that many images, that are really the same."""
        return math.sqrt(2) * binomial_sd((self.then + self.now) / 2, self.images)

    @property
    def errors(self) -> float:
        """How many standard errors it is."""
        return 0.0 if self.then == self.now else abs(self.now - self.then) / self.standard_error


@dataclass(frozen=True)
class Reproduction:
    """The verdict. Get it with `compare_runs`.

    Args:
        identical: whether every number is the same to the last digit.
        differences: of the last rung's accuracy, and of the test accuracy if there is one.
    """

    identical: bool
    differences: tuple[Difference, ...]

    @property
    def limit(self) -> float:
        """Standard errors up to which all differences together are noise, 19 times in 20."""
        return NormalDist().inv_cdf(1 - (1 - SURE) / 2 / max(1, len(self.differences)))

    @property
    def verdict(self) -> str:
        """identical, within noise or different."""
        if self.identical:
            return "identical"
        return "within noise" if all(item.errors <= self.limit for item in self.differences) else "different"


def compare_runs(trial: TrialRecord, again: Sequence[Measurement], val_images: int, test_images: int) -> Reproduction:
    """Compare a recorded trial with its rungs as trained again.

    Identical means every rung's val_accuracy and val_loss and the test accuracy. For noise only the last accuracies
    count: early in training, runs differ by more than the images they are measured on can tell. The noise is the
    binomial error of both measurements (on MNIST about as large as what other seeds give), the limit 95 % for all
    accuracies together (Bonferroni).

    Args:
        trial: as recorded, with as many rungs as `again`.
        again: the same rungs, measured again.
        val_images: in the validation split.
        test_images: in the test set.
    """
    pairs = list(zip(trial.curve, again, strict=True))
    same = all(same_point(point, measurement) for point, measurement in pairs)
    found = []
    if pairs:
        point, measurement = pairs[-1]
        found.append(Difference("val_accuracy", point["val_accuracy"], measurement.val_accuracy or 0.0, val_images))
        if trial.test_accuracy is not None and measurement.test_accuracy is not None:
            found.append(Difference("test_accuracy", trial.test_accuracy, measurement.test_accuracy, test_images))
    return Reproduction(same and all(item.then == item.now for item in found), tuple(found))


def same_point(point: dict[str, float], measurement: Measurement) -> bool:
    """Whether one rung measured the same to the last digit."""
    return all(point[name] == getattr(measurement, name) for name in MEASURED)
