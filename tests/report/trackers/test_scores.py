"""The names and values that trackers show."""

from __future__ import annotations

import math

from builders import completed, trial_record

from sweep.report.trackers.scores import end_scores, epoch_scores, rung_scores


def test_a_rungs_scores_are_the_validation_metrics_that_are_numbers() -> None:
    point = {"step": 50, "epochs": 2.5, "seconds": 3.0, "val_accuracy": 0.5, "val_auc": math.nan}
    assert rung_scores(point) == {"val_accuracy": 0.5}


def test_an_epochs_scores_are_those_of_whole_epochs() -> None:
    assert epoch_scores({"epoch": 2, "loss": 0.5, "val_auc": math.inf}) == {"epoch_loss": 0.5}
    assert epoch_scores({"epoch": 2.5, "val_loss": 0.5}) == {}


def test_the_end_has_the_test_scores_the_difference_and_the_cost() -> None:
    scores = end_scores(completed(1, 0.95), "accuracy", 0.9)
    assert scores["test_accuracy"] == 0.94
    assert math.isclose(scores["vs_baseline"], 0.04)
    assert scores["duration_seconds"] == 10.0
    assert (scores["parameters"], scores["inference_us"]) == (1234.0, 12.5)


def test_what_is_not_known_is_left_out() -> None:
    assert end_scores(trial_record(1, "FAIL"), "accuracy", 0.9) == {}
    assert "vs_baseline" not in end_scores(completed(1, 0.95), "accuracy", None)
