"""Whether a trial that was trained again got the same results: identical, within noise, or different."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from sweep.analysis.noise import binomial_sd
from sweep.study.records import TrialRecord
from sweep.training.messages import Measurement

SURE = 0.95
"""Probability that differences which are all noise are called noise."""
MEASURED = ("val_accuracy", "val_loss")


@dataclass(frozen=True)
class Difference:
    """A trial's accuracy as recorded and as trained again, on the same images.

    Args:
        name: "val_accuracy" or "test_accuracy".
        then: recorded accuracy, 0 to 1.
        now: accuracy as trained again, 0 to 1.
        images: number of images that both were measured on.
    """

    name: str
    then: float
    now: float
    images: int

    @property
    def standard_error(self) -> float:
        """Standard error of the difference of two accuracies that are measured on that many images and truly equal."""
        return math.sqrt(2) * binomial_sd((self.then + self.now) / 2, self.images)

    @property
    def errors(self) -> float:
        """The difference, without its sign, in standard errors."""
        return 0.0 if self.then == self.now else abs(self.now - self.then) / self.standard_error


@dataclass(frozen=True)
class Reproduction:
    """How a trial and its repetition compare. Get it with `compare_runs`.

    Args:
        identical: whether all their numbers are equal to the last digit.
        differences: the two accuracies at the last rung, and on the test images if the trial completed.
        parameters: number of the model's parameters then and now, if they differ; it is then another model, however
            well it does. Default: they are equal, or were not recorded.
    """

    identical: bool
    differences: tuple[Difference, ...]
    parameters: tuple[int, int] | None = None

    @property
    def limit(self) -> float:
        """Standard errors up to which a difference is noise; if all are noise, all stay within it 19 times in 20."""
        return NormalDist().inv_cdf(1 - (1 - SURE) / 2 / max(1, len(self.differences)))

    @property
    def verdict(self) -> str:
        """One of "identical", "within noise" and "different"."""
        if self.identical:
            return "identical"
        if self.parameters:
            return "different"
        return "within noise" if all(item.errors <= self.limit for item in self.differences) else "different"


def compare_runs(trial: TrialRecord, again: Sequence[Measurement], val_images: int, test_images: int) -> Reproduction:
    """Compare a recorded trial with the measurements of the trial trained again.

    They are identical if val_accuracy and val_loss at every rung, and the test accuracy, are. Only the last accuracies
    can be within noise: early in training, runs differ by more than the binomial error. The noise is the binomial error
    of both measurements (on MNIST about as large as the spread of other seeds), and the limit holds with 95 % for
    all accuracies together (Bonferroni). A model with another number of parameters is different in any case.

    Args:
        trial: the recorded trial.
        again: measurements of the trial trained again, one for each point of the recorded curve.
        val_images: number of validation images.
        test_images: number of test images.
    """
    pairs = list(zip(trial.curve, again, strict=True))
    same = all(same_point(point, measurement) for point, measurement in pairs)
    differences = []
    if pairs:
        point, measurement = pairs[-1]
        differences.append(
            Difference("val_accuracy", point["val_accuracy"], measurement.val_accuracy or 0.0, val_images)
        )
        if trial.test_accuracy is not None and measurement.test_accuracy is not None:
            differences.append(Difference("test_accuracy", trial.test_accuracy, measurement.test_accuracy, test_images))
    now = again[-1].parameters if again else trial.parameters
    other = (trial.parameters, now) if trial.parameters is not None and now not in (None, trial.parameters) else None
    identical = same and not other and all(item.then == item.now for item in differences)
    return Reproduction(identical, tuple(differences), other)


def same_point(point: dict[str, float], measurement: Measurement) -> bool:
    """Whether a point of a curve and a measurement have the same val_accuracy and val_loss, to the last digit."""
    return all(point[name] == getattr(measurement, name) for name in MEASURED)
