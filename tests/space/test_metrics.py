"""What the name of a metric tells: which way it is better, and whether it is a share."""

from __future__ import annotations

import math

import pytest

from sweep.errors import InputError
from sweep.space.metrics import default_direction, from_points, in_points, is_metric, is_share, refuse_no_share


@pytest.mark.parametrize(
    ("objective", "direction"),
    [
        ("val_accuracy", "maximize"),
        ("val_sparse_categorical_accuracy", "maximize"),
        ("val_auc", "maximize"),
        ("val_f1_score", "maximize"),
        ("val_loss", "minimize"),
        ("val_price_loss", "minimize"),
        ("val_mae", "minimize"),
        ("val_price_mae", "minimize"),
        ("val_root_mean_squared_error", "minimize"),
        ("parameters", "minimize"),
        ("inference_us", "minimize"),
        ("mse", "minimize"),
        ("val_gloss", None),
        ("val_neg_log_loss", None),
        ("val_neg_mean_squared_error", None),
        ("val_price_minus_mse", None),
        ("val_one_minus_accuracy", None),
        ("val_r2", None),
        ("val_", None),
    ],
)
def test_which_way_a_metric_is_better_is_told_by_its_name_or_not_known(objective: str, direction: str | None) -> None:
    assert default_direction(objective) == direction


def test_a_metric_of_the_validation_examples_has_a_name_of_its_own() -> None:
    names = ("val_accuracy", "val_anything", "val_", "accuracy", "parameters", "")
    assert [is_metric(name) for name in names] == [True, True, False, False, False, False]


def test_only_accuracies_are_shares_of_right_answers() -> None:
    names = ("accuracy", "acc", "binary_accuracy", "digit_acc", "auc", "precision", "loss", "inaccuracy")
    assert [is_share(name) for name in names] == [True, True, True, True, False, False, False, False]


@pytest.mark.parametrize("accuracy", [95.2, 1.001, -0.1, math.inf])
def test_an_accuracy_that_is_no_share_is_refused_with_what_to_do(accuracy: float) -> None:
    with pytest.raises(InputError, match=r"val_accuracy must be a share of right answers, 0 to 1, but got .*; divide"):
        refuse_no_share({"loss": 7.0, "accuracy": accuracy}, "val_")


def test_all_else_is_let_pass() -> None:
    refuse_no_share({"accuracy": 1.0, "loss": 95.2, "top_accuracy": 95.2})
    refuse_no_share({"accuracy": math.nan})


def test_differences_of_shares_are_written_in_points_and_others_as_they_are() -> None:
    assert (in_points(0.0005, "accuracy"), from_points(0.05, "accuracy")) == (pytest.approx(0.05), 0.0005)
    assert (in_points(0.0005, "mae"), from_points(0.05, "mae")) == (0.0005, 0.05)
