"""Learning curves."""

from __future__ import annotations

import math

import pytest
from builders import BASELINE, completed, hand_made_study, trial_record
from searches import searched

from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError
from sweep.report.figures.curves import curve_points, curves, loss_curves, loss_points, score_curves
from sweep.report.figures.style import GREY

OTHER = {**BASELINE, "filters_1": 32, "batch_size": 32}


def test_only_the_baseline_and_the_contender_have_a_colour() -> None:
    drawing = curves(Analysis(searched()))
    traces = {trace.name: trace for trace in drawing.figure.data}
    assert traces["completed"].line.color == traces["pruned"].line.color == GREY
    assert traces["trial 5"].line.color != GREY != traces["the baseline"].line.color
    assert traces["trial 5"].x == (0.5, 5.0, None)
    assert traces["trial 5"].y == (88.0, 95.0, None)
    assert traces["completed"].customdata[:6] == (1, 1, None, 2, 2, None)
    assert "Trial 5: 88.00 after 0.5, 95.00 after 5 epochs" in drawing.description


def test_the_points_of_a_trial_are_those_of_the_metric_that_counts() -> None:
    study = searched()
    assert curve_points(study, study.trials[0]) == [(0.5, 0.80), (5.0, 0.90)]
    assert curve_points(study, study.trials[8]) == []


def test_epochs_between_rungs_have_points_too_and_their_losses_a_panel() -> None:
    history = [
        {"epoch": 1, "loss": 0.9, "val_accuracy": 0.7},
        {"epoch": 2, "loss": 0.5},
        {"epoch": 3, "loss": math.nan},
    ]
    study = hand_made_study(completed(0, 0.8, history=history), completed(1, 0.9, params=OTHER))
    assert curve_points(study, study.trials[0]) == [(1, 0.7), (5.0, 0.8)]
    assert loss_points(study.trials[0]) == [(1, 0.9), (2, 0.5)]
    drawing = curves(Analysis(study))
    axes = {trace.yaxis: trace for trace in drawing.figure.data if trace.name == "the baseline"}
    assert (axes["y"].x, axes["y"].y) == ((1, 5.0, None), (70.0, 80.0, None))
    assert (axes["y2"].x, axes["y2"].y) == ((1, 2, None), (0.9, 0.5, None))
    assert drawing.figure.layout.yaxis2.title.text == "training loss"
    assert "Training loss of 1 trials" in drawing.description
    alone, (losses,) = score_curves(Analysis(study)), loss_curves(Analysis(study))
    assert drawing.description == f"{alone.description} {losses.description}"
    assert loss_curves(Analysis(searched())) == []


def test_without_a_measurement_there_are_none() -> None:
    with pytest.raises(InputError, match="need a trial that was measured"):
        curves(Analysis(hand_made_study(trial_record(0, "RUNNING"))))
