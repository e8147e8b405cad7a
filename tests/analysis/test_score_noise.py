"""The noise of one run's score, by the metric."""

from __future__ import annotations

import math

import pytest
from builders import scored, study_by, trial_record

from sweep.analysis.score_noise import BinomialNoise, SeedNoise, validation_noise
from sweep.analysis.seed_spread import SeedSpread

RUNS = {0: [1.0, 2.0, 3.0], 1: [2.0, 4.0]}


def test_an_accuracy_is_binomial_whatever_its_confirming_runs_say() -> None:
    study = study_by(trial_record(0), metric="accuracy", runs={0: [0.1, 0.9]}, validation_images=None)
    assert validation_noise(study, [0.5]) is None  # it is not known on how many images it was measured
    study = study_by(trial_record(0), metric="accuracy", runs={0: [0.1, 0.9]}, validation_images=100)
    noise = validation_noise(study, [0.5])
    assert noise == BinomialNoise(100)
    assert noise.sd(0.5) == pytest.approx(0.05)
    assert noise.quantile(0.975) == pytest.approx(1.96, abs=0.001)


@pytest.mark.parametrize("metric", ["mae", "auc", "f1_score", "loss", "r2"])
def test_any_other_metric_is_as_noisy_as_its_confirming_runs(metric: str) -> None:
    study = study_by(scored(0, 0.5, metric), metric=metric, runs=RUNS, validation_images=100)
    noise = validation_noise(study, [0.5])
    assert noise == SeedNoise(SeedSpread(pytest.approx(math.sqrt(4 / 3)), 3))
    assert noise.sd(0.5) == noise.sd(70.0) == pytest.approx(math.sqrt(4 / 3))
    assert noise.quantile(0.975) == pytest.approx(3.182, abs=0.001)  # Student's t of 3 degrees of freedom
    assert validation_noise(study_by(scored(0, 0.5, metric), metric=metric, validation_images=100), [0.5]) is None


def test_what_is_called_an_accuracy_and_exceeds_1_is_none() -> None:
    study = study_by(metric="my_accuracy", runs=RUNS, validation_images=100)
    assert isinstance(validation_noise(study, [0.9, 0.95]), BinomialNoise)
    assert isinstance(validation_noise(study, [90.0, 95.0]), SeedNoise)
