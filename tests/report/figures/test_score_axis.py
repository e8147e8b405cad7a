"""Scores on an axis."""

from __future__ import annotations

import math

from builders import scored, study_by
from searches import searched, searched_trial

from sweep.report.figures.score_axis import clipped, outside, score_axis, val_score


def test_shares_are_drawn_in_percent_and_other_metrics_as_they_are() -> None:
    accuracy, error = score_axis(searched()), score_axis(study_by(scored(0, 2.5)))
    assert (accuracy.title(), accuracy.at(0.98765432)) == ("validation accuracy (%)", 98.76543)
    assert (error.title("val"), error.at(2.5)) == ("val mae", 2.5)
    assert accuracy.better(0.9, 0.8)
    assert error.better(0.8, 0.9)


def test_a_score_far_from_all_others_lies_off_the_axis() -> None:
    axis = score_axis(searched())
    limits = axis.limits([0.98, 0.981, 0.982, 0.983, 0.1])
    assert limits is not None
    assert 97 < limits[0] < 98
    assert clipped(10.0, limits) == limits[0]
    assert clipped(10.0, None) == 10.0
    assert axis.limits([0.5]) is None
    equal = axis.limits([0.5, 0.5])
    assert equal is not None
    assert equal[0] < 50 < equal[1]


def test_without_room_the_ends_are_those_of_the_scores() -> None:
    assert score_axis(searched()).limits([0.98, 0.981, 0.982, 0.983, 0.1], pad=0.0) == (98.0, 98.3)


def test_trials_beyond_an_axis_are_named_where_they_are_few() -> None:
    axis = score_axis(searched())
    scores = {1: 0.9, 2: 0.5, 3: 0.99, 4: 0.4, 5: 0.3}
    assert outside(axis, {1: 0.9}, (80.0, 95.0)) == ""
    assert outside(axis, scores, None) == ""
    assert outside(axis, {1: 0.9, 2: 0.5}, (80.0, 95.0), ", drawn") == " Trial 2 (50.00 %) lies beyond the axis, drawn."
    assert outside(axis, {2: 0.5, 3: 0.99}, (80.0, 95.0)) == " Trials 2 (50.00 %), 3 (99.00 %) lie beyond the axis."
    assert outside(axis, scores, (80.0, 95.0)) == " 4 trials lie beyond the axis, such as trial 2 (50.00 %)."


def test_what_is_no_finite_number_is_no_score() -> None:
    study = searched()
    assert val_score(study, study.trials[0]) == 0.9
    assert val_score(study, study.trials[8]) is None
    assert val_score(study, searched_trial(9, 0.5, math.nan)) is None
