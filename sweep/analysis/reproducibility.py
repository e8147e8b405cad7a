"""Whether a trial that was trained again got the same results: identical, within noise, or different."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from sweep.analysis.noise import binomial_sd
from sweep.space.metrics import ACCURACY, TEST, VAL
from sweep.study.records import TrialRecord
from sweep.training.messages import Measurement

SURE = 0.95
"""Probability that differences which are all noise are called noise."""


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

    They are identical if the loss and every metric at every rung, and on the test set, are. Only the last accuracies
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
        for name, images in ((VAL + ACCURACY, val_images), (TEST + ACCURACY, test_images)):
            then = {**point, **_named(trial.test)}.get(name)
            now_accuracy = {**measurement.point, **_named(measurement.test)}.get(name)
            if then is not None and now_accuracy is not None:
                differences.append(Difference(name, then, now_accuracy, images))
    now = again[-1].parameters if again else trial.parameters
    other = (trial.parameters, now) if trial.parameters is not None and now not in (None, trial.parameters) else None
    identical = same and not other and all(item.then == item.now for item in differences)
    return Reproduction(identical, tuple(differences), other)


def same_point(point: dict[str, float], measurement: Measurement) -> bool:
    """Whether a point of a curve and a measurement have the same loss and metrics, to the last digit."""
    now = measurement.point
    return all(value == now.get(name) for name, value in point.items() if name.startswith(VAL))


def _named(test: Mapping[str, float]) -> dict[str, float]:
    return {TEST + name: value for name, value in test.items()}
