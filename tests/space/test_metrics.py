"""What the name of a metric tells: which way it is better, and whether it is a share."""

from __future__ import annotations

import pytest

from sweep.space.metrics import default_direction, is_metric, is_share


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
