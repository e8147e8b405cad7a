"""Identical, within noise or different, and by how many standard errors."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from builders import measurement, scored, study_by, trial_record

from sweep.analysis.reproducibility import Yardstick, compare_runs
from sweep.analysis.score_noise import SeedNoise
from sweep.analysis.seed_spread import SeedSpread
from sweep.study.records import TrialRecord
from sweep.training.messages import Measurement

IMAGES = 10_000


def point(step: int, accuracy: float) -> dict[str, float]:
    return {"step": step, "epochs": step / 20, "val_accuracy": accuracy, "val_loss": 1 - accuracy, "seconds": 1.0}


def measured(step: int, accuracy: float, **changes: Any) -> Measurement:
    return measurement(step, accuracy, **{"val_loss": 1 - accuracy, "test_accuracy": None, **changes})


def trial(test: float | None = 0.989) -> TrialRecord:
    state = "PRUNED" if test is None else "COMPLETE"
    return trial_record(3, state, curve=[point(10, 0.9), point(100, 0.99)], test_accuracy=test)


def again(last: float = 0.99, test: float | None = 0.989, first: float = 0.9) -> list[Measurement]:
    return [measured(10, first), measured(100, last, test_accuracy=test)]


def test_every_number_the_same_is_identical() -> None:
    reproduction = compare_runs(trial(), again(), IMAGES, IMAGES)
    assert reproduction.verdict == "identical"
    assert [item.errors for item in reproduction.differences] == [0, 0]


@pytest.mark.parametrize(
    "changed",
    [
        again(last=np.nextafter(0.99, 1)),
        again(test=np.nextafter(0.989, 0)),
        again(first=0.9001),
        [again()[0], replace(again()[1], val={**again()[1].val, "loss": 0.0100001})],
    ],
)
def test_one_other_digit_anywhere_is_not_identical_but_noise(changed: list[Measurement]) -> None:
    assert compare_runs(trial(), changed, IMAGES, IMAGES).verdict == "within noise"


def test_the_standard_error_is_that_of_a_difference_of_two_binomial_shares() -> None:
    reproduction = compare_runs(trial(test=None), [measured(10, 0.9), measured(100, 0.988)], IMAGES, IMAGES)
    (only,) = reproduction.differences
    assert only.standard_error == pytest.approx(math.sqrt(2 * 0.989 * 0.011 / IMAGES))
    assert only.errors == pytest.approx(0.002 / math.sqrt(2 * 0.989 * 0.011 / IMAGES))
    assert reproduction.limit == pytest.approx(1.96, abs=0.001)
    assert reproduction.verdict == "within noise"


def test_with_two_accuracies_the_limit_is_bonferronis() -> None:
    assert compare_runs(trial(), again(), IMAGES, IMAGES).limit == pytest.approx(2.2414, abs=0.0001)


@pytest.mark.parametrize("other", [again(last=0.98), again(test=0.99 - 0.02)])
def test_one_accuracy_out_of_the_noise_is_different(other: list[Measurement]) -> None:
    assert compare_runs(trial(), other, IMAGES, IMAGES).verdict == "different"


def test_fewer_images_are_more_noise() -> None:
    assert compare_runs(trial(), again(last=0.98), 300, IMAGES).verdict == "within noise"


def test_rungs_before_the_last_are_not_judged_by_noise() -> None:
    assert compare_runs(trial(), again(first=0.2), IMAGES, IMAGES).verdict == "within noise"


def test_perfect_scores_do_not_divide_by_zero() -> None:
    perfect = trial_record(3, curve=[point(100, 1.0)], test_accuracy=1.0)
    assert compare_runs(perfect, [measured(100, 1.0, test_accuracy=1.0)], 10, 10).verdict == "identical"
    assert compare_runs(perfect, [measured(100, 1.0, test_accuracy=0.9)], 10, 10).verdict == "within noise"


def test_equal_models_are_called_different_once_in_twenty() -> None:
    rng = np.random.default_rng(0)
    called = 0
    for _ in range(2000):
        then, now = rng.binomial(1000, 0.9, 2) / 1000, rng.binomial(1000, 0.9, 2) / 1000
        record = trial_record(3, curve=[point(100, then[0])], test_accuracy=float(then[1]))
        reproduction = compare_runs(record, [measured(100, now[0], test_accuracy=float(now[1]))], 1000, 1000)
        called += reproduction.verdict == "different"
    assert 0.035 < called / 2000 < 0.065


@pytest.mark.parametrize(
    ("then", "verdict", "apart"),
    [(1234, "identical", None), (None, "identical", None), (1235, "different", (1235, 1234))],
)
def test_another_number_of_parameters_is_different_whatever_the_accuracies(
    then: int | None, verdict: str, apart: tuple[int, int] | None
) -> None:
    reproduction = compare_runs(replace(trial(), parameters=then), again(), IMAGES, IMAGES)
    assert (reproduction.verdict, reproduction.parameters) == (verdict, apart)


MAE = Yardstick("mae", SeedSpread(0.1, 12))


def by_mae(value: float, test: float, **changes: Any) -> Measurement:
    fields = {"val_mae": value, "val_loss": 2.5, "test_mae": test, **changes}
    return measurement(100, val_accuracy=None, test_accuracy=None, **fields)


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        ((2.0, 3.0), "identical"),
        ((2.0, 3.0000001), "within noise"),
        ((2.2, 2.8), "within noise"),
        ((2.5, 3.0), "different"),
        ((2.0, 2.5), "different"),
    ],
)
def test_another_metric_is_judged_by_the_spread_from_seed_to_seed(now: tuple[float, float], verdict: str) -> None:
    reproduction = compare_runs(scored(3, 2.0), [by_mae(*now)], IMAGES, IMAGES, MAE)
    assert reproduction.verdict == verdict
    assert [item.name for item in reproduction.differences] == ["val_mae", "test_mae"]
    assert all(item.standard_error == pytest.approx(math.sqrt(2) * 0.1) for item in reproduction.differences)
    assert reproduction.limit == pytest.approx(2.560, abs=0.001)  # Student's t of 12 degrees of freedom, Bonferroni


def test_a_spread_of_few_runs_is_hardly_known_and_leaves_more_room() -> None:
    few = Yardstick("mae", SeedSpread(0.1, 1))
    assert compare_runs(scored(3, 2.0), [by_mae(2.5, 3.0)], IMAGES, IMAGES, few).verdict == "within noise"


def test_without_confirming_runs_another_metric_is_identical_or_different() -> None:
    unknown = Yardstick("mae")
    assert compare_runs(scored(3, 2.0), [by_mae(2.0, 3.0)], IMAGES, IMAGES, unknown).verdict == "identical"
    reproduction = compare_runs(scored(3, 2.0), [by_mae(2.0, 3.0000001)], IMAGES, IMAGES, unknown)
    assert (reproduction.verdict, reproduction.noise) == ("different", None)
    assert [item.errors for item in reproduction.differences] == [0.0, None]


def test_where_seeds_change_nothing_any_difference_is_one() -> None:
    still = Yardstick("mae", SeedSpread(0.0, 6))
    reproduction = compare_runs(scored(3, 2.0), [by_mae(2.0, 3.0000001)], IMAGES, IMAGES, still)
    assert (reproduction.verdict, reproduction.differences[1].errors) == ("different", math.inf)


def test_where_the_noise_of_the_loss_is_not_known_the_accuracy_judges() -> None:
    by_loss = compare_runs(trial(), again(test=0.988), IMAGES, IMAGES, Yardstick("loss"))
    assert [item.name for item in by_loss.differences] == ["val_accuracy", "test_accuracy"]
    assert by_loss.verdict == "within noise"


def test_any_metric_of_the_test_set_counts_for_identical() -> None:
    then = scored(3, 2.0, test_mse=7.0)
    assert compare_runs(then, [by_mae(2.0, 3.0, test_mse=7.0)], 9, 9, MAE).verdict == "identical"
    assert compare_runs(then, [by_mae(2.0, 3.0, test_mse=7.1)], 9, 9, MAE).verdict == "within noise"


def test_the_yardstick_is_the_studys_metric_and_what_its_confirming_runs_say() -> None:
    study = study_by(scored(0, 2.0), runs={0: [2.0, 2.2]})
    assert Yardstick.of(study) == Yardstick("mae", SeedSpread(pytest.approx(math.sqrt(0.02)), 1))
    assert Yardstick.of(study_by(scored(0, 2.0))) == Yardstick("mae")
    assert isinstance(Yardstick.of(study).noise([2.0, 3.0], 10), SeedNoise)
