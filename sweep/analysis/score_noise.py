"""How far one run's score lies from what its configuration reaches on average over seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from sweep.analysis.noise import binomial_sd
from sweep.analysis.seed_spread import SeedSpread, seed_spread
from sweep.space.metrics import is_share
from sweep.study.records import StudyRecord


@dataclass(frozen=True)
class BinomialNoise:
    """The noise of a share of right answers: it follows from the number of examples.

    Args:
        examples: number of examples that the share was measured on, 1 or more.
    """

    examples: int

    def sd(self, score: float) -> float:
        """Standard deviation of a score."""
        return binomial_sd(score, self.examples)

    def quantile(self, probability: float) -> float:
        """A quantile of the noise in standard deviations."""
        return NormalDist().inv_cdf(probability)


@dataclass(frozen=True)
class SeedNoise:
    """The noise of any other metric: the spread that confirming runs have shown from seed to seed.

    Args:
        spread: the spread.
    """

    spread: SeedSpread

    def sd(self, score: float) -> float:
        """Standard deviation of a score; it is the same for all."""
        return self.spread.sd

    def quantile(self, probability: float) -> float:
        """A quantile of the noise in standard deviations: of Student's t, as the deviation itself is an estimate."""
        # Postponed: scipy.stats takes longer to import than all else a board needs.
        from scipy import stats

        return float(stats.t.ppf(probability, self.spread.freedom))


ScoreNoise = BinomialNoise | SeedNoise


def validation_noise(study: StudyRecord, scores: Sequence[float]) -> ScoreNoise | None:
    """The noise of the validation scores of a study, by its `metric`; None if it is not known.

    Args:
        study: the study's record.
        scores: the scores; a metric that is called an accuracy and is none, as it exceeds 1, is treated as any other.
    """
    if is_binomial(study.metric, scores):
        images = study.definition.validation_images
        return BinomialNoise(images) if images else None
    spread = seed_spread(study, study.metric)
    return SeedNoise(spread) if spread else None


def is_binomial(metric: str, scores: Sequence[float]) -> bool:
    """Whether scores are shares of right answers, whose noise is that of a binomial."""
    return is_share(metric) and all(0 <= score <= 1 for score in scores)
