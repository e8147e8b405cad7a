"""Which metric trials are compared by."""

from __future__ import annotations

import pytest

from sweep.study.compared_metric import compared_metric


@pytest.mark.parametrize(
    ("objectives", "tests", "metric"),
    [
        (["val_mae"], [], "mae"),
        (["val_loss"], [{"loss": 1.0}], "loss"),
        (["parameters", "val_loss", "val_auc"], [], "auc"),
        (["val_loss", "seconds"], [{"accuracy": 0.5}], "accuracy"),
        (["val_loss", "seconds"], [{"loss": 1.0}], "loss"),
        (["parameters", "seconds"], [{}, {"mae": 1.0, "loss": 1.0}], "mae"),
        (["parameters", "seconds"], [], "accuracy"),
    ],
)
def test_it_is_the_first_objective_that_is_one_and_the_loss_last(
    objectives: list[str], tests: list[dict[str, float]], metric: str
) -> None:
    assert compared_metric(objectives, tests) == metric
