"""The score against what it costs."""

from __future__ import annotations

import pytest
from builders import hand_made_study, is_multi_objective, scored, study_by, trial_record
from searches import searched

from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError
from sweep.report.figures.cost import cost, cost_by, costs_of
from sweep.report.figures.panels import side_by_side


def test_the_front_is_what_no_trial_beats_in_both() -> None:
    drawing = cost_by(Analysis(searched()), "parameters")
    front = next(trace for trace in drawing.figure.data if trace.name == "front")
    assert front.x == (1000, 2000, 6000)
    assert front.y == (90.0, 92.0, 95.0)
    assert "trial 0 (90.00 %, 1,000 parameters); trial 1" in drawing.description


def test_of_errors_the_lower_is_on_the_front() -> None:
    study = study_by(scored(0, 3.0, parameters=10), scored(1, 2.0, parameters=20), scored(2, 5.0, parameters=30))
    front = next(trace for trace in cost_by(Analysis(study), "parameters").figure.data if trace.name == "front")
    assert front.y == (3.0, 2.0)


def test_both_costs_stand_side_by_side_and_each_look_has_one_entry_in_the_legend() -> None:
    figure = cost(Analysis(searched())).figure
    assert figure.layout.xaxis.title.text == "parameters of the model"
    assert figure.layout.xaxis2.title.text == "training time (seconds)"
    assert [trace.showlegend for trace in figure.data if trace.name == "completed"] == [True, False]
    alone = cost_by(Analysis(searched()), "seconds")
    assert side_by_side([alone]) is alone


def test_inference_time_is_drawn_where_it_is_an_objective() -> None:
    assert costs_of(Analysis(searched())) == ["parameters", "seconds"]
    study = is_multi_objective(
        trial_record(0), objective=["val_accuracy", "inference_us"], direction=["maximize", "minimize"]
    )
    assert costs_of(Analysis(study)) == ["parameters", "seconds", "inference_us"]
    assert "12 µs" in cost_by(Analysis(study), "inference_us").description


def test_without_a_completed_trial_there_is_nothing_to_weigh() -> None:
    with pytest.raises(InputError, match="needs a completed trial"):
        cost(Analysis(hand_made_study(trial_record(0, "FAIL"))))
