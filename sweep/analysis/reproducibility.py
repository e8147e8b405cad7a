"""Whether a trial that was trained again got the same results: identical, within noise, or different."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sweep.analysis.score_noise import BinomialNoise, ScoreNoise, SeedNoise, is_binomial
from sweep.analysis.seed_spread import SeedSpread, seed_spread
from sweep.space.metrics import ACCURACY, TEST, VAL, is_share
from sweep.study.records import StudyRecord, TrialRecord
from sweep.training.messages import Measurement

SURE = 0.95
"""Probability that differences which are all noise are called noise."""


@dataclass(frozen=True)
class Yardstick:
    """What a trial and its repetition are compared by, if they are not identical.

    Args:
        metric: name in Keras of the metric that the study compares trials by. Default: "accuracy".
        spread: how much the metric varies from seed to seed. Default: None, not known.
    """

    metric: str = ACCURACY
    spread: SeedSpread | None = None

    @classmethod
    def of(cls, study: StudyRecord) -> Yardstick:
        """The yardstick of a study's trials."""
        return cls(study.metric, seed_spread(study, study.metric))

    def fitting(self, measured: Collection[str]) -> Yardstick:
        """This yardstick; or the accuracy, if it was measured and the noise of the metric is not known."""
        known = is_share(self.metric) or self.spread is not None
        return self if known or VAL + ACCURACY not in measured else Yardstick()

    def noise(self, scores: Sequence[float], examples: int) -> ScoreNoise | None:
        """The noise of scores that are measured on so many examples; None if it is not known."""
        if is_binomial(self.metric, scores) and examples:
            return BinomialNoise(examples)
        return SeedNoise(self.spread) if self.spread else None


@dataclass(frozen=True)
class Difference:
    """A trial's score as recorded and as trained again, on the same examples.

    Args:
        name: "val_" or "test_" and the name of the metric.
        then: recorded score.
        now: score as trained again.
        noise: the noise of both; None if it is not known.
    """

    name: str
    then: float
    now: float
    noise: ScoreNoise | None

    @property
    def metric(self) -> str:
        """The name of the metric in Keras."""
        return self.name.removeprefix(VAL).removeprefix(TEST)

    @property
    def standard_error(self) -> float | None:
        """Standard error of the difference of two scores that are as noisy and truly equal; None if it is not known."""
        return math.sqrt(2) * self.noise.sd((self.then + self.now) / 2) if self.noise else None

    @property
    def errors(self) -> float | None:
        """The difference, without its sign, in standard errors; None if these are not known."""
        if self.then == self.now:
            return 0.0
        error = self.standard_error
        if error is None:
            return None
        return abs(self.now - self.then) / error if error else math.inf


@dataclass(frozen=True)
class Reproduction:
    """How a trial and its repetition compare. Get it with `compare_runs`.

    Args:
        identical: whether all their numbers are equal to the last digit.
        differences: the two scores at the last rung, and on the test set if the trial completed.
        parameters: number of the model's parameters then and now, if they differ; it is then another model, however
            well it does. Default: they are equal, or were not recorded.
    """

    identical: bool
    differences: tuple[Difference, ...]
    parameters: tuple[int, int] | None = None

    @property
    def noise(self) -> ScoreNoise | None:
        """The noise of the scores; None if it is not known."""
        return next((item.noise for item in self.differences), None)

    @property
    def limit(self) -> float:
        """Standard errors up to which a difference is noise; if all are noise, all stay within it 19 times in 20."""
        probability = 1 - (1 - SURE) / 2 / max(1, len(self.differences))
        return self.noise.quantile(probability) if self.noise else 0.0

    @property
    def verdict(self) -> str:
        """One of "identical", "within noise" and "different"; without a known noise all that differs is different."""
        if self.identical:
            return "identical"
        if self.parameters or self.noise is None:
            return "different"
        within = all(item.errors is not None and item.errors <= self.limit for item in self.differences)
        return "within noise" if within else "different"


def compare_runs(
    trial: TrialRecord,
    again: Sequence[Measurement],
    val_images: int,
    test_images: int,
    yardstick: Yardstick | None = None,
) -> Reproduction:
    """Compare a recorded trial with the measurements of the trial trained again.

    They are identical if the loss and every metric at every rung, and on the test set, are. Only the last scores can be
    within noise: early in training, runs differ by more. The noise of a share of right answers is the binomial error of
    both measurements (on MNIST about as large as the spread of other seeds), that of any other metric the spread that
    the study's confirming runs show from seed to seed. The limit holds with 95 % for all scores together (Bonferroni).
    A model with another number of parameters is different in any case.

    Args:
        trial: the recorded trial.
        again: measurements of the trial trained again, one for each point of the recorded curve.
        val_images: number of validation examples.
        test_images: number of test examples.
        yardstick: what they are compared by; for a metric whose noise is not known, it is the accuracy, if there is
            one. Default: the accuracy.
    """
    pairs = list(zip(trial.curve, again, strict=True))
    same = all(same_point(point, measurement) for point, measurement in pairs)
    differences = []
    if pairs:
        point, measurement = pairs[-1]
        same = same and _same(trial.test, measurement.test)
        by = (yardstick or Yardstick()).fitting(point)
        then, now = {**point, **_named(trial.test)}, {**measurement.point, **_named(measurement.test)}
        for name, images in ((VAL + by.metric, val_images), (TEST + by.metric, test_images)):
            if name in then and name in now:
                scores = (then[name], now[name])
                differences.append(Difference(name, *scores, by.noise(scores, images)))
    parameters = again[-1].parameters if again else trial.parameters
    other = None not in (trial.parameters, parameters) and trial.parameters != parameters
    apart = (trial.parameters or 0, parameters or 0) if other else None
    return Reproduction(same and not other, tuple(differences), apart)


def same_point(point: Mapping[str, float], measurement: Measurement) -> bool:
    """Whether a point of a curve and a measurement have the same loss and metrics, to the last digit."""
    return _same({name: value for name, value in point.items() if name.startswith(VAL)}, measurement.point)


def _same(then: Mapping[str, float], now: Mapping[str, float]) -> bool:
    """Whether all scores that were recorded are the same now."""
    return all(value == now.get(name) for name, value in then.items())


def _named(test: Mapping[str, float]) -> dict[str, float]:
    return {TEST + name: value for name, value in test.items()}
