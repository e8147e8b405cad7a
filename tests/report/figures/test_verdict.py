"""The forest plot."""

from __future__ import annotations

import pytest
from builders import scored, study_by
from pairs import LIKE, THEIRS, planned
from searches import BETTER, TIED, searched

from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError
from sweep.report.figures.style import BLUE, GREEN, GREY
from sweep.report.figures.verdict import in_words, verdict


def test_each_confirmed_trial_has_its_difference_interval_and_runs() -> None:
    analysis = Analysis(searched(BETTER))
    figure = verdict(analysis).figure
    point = next(trace for trace in figure.data if trace.customdata == (5,))
    against = analysis.confirmations[5].verdict.comparison  # type: ignore[union-attr]
    assert point.x[0] == pytest.approx(4.0)
    assert point.x[0] + point.error_x.array[0] == pytest.approx(100 * against.high)
    assert point.x[0] - point.error_x.arrayminus[0] == pytest.approx(100 * against.low)
    assert point.marker.color == GREEN
    assert sum(len(trace.x) for trace in figure.data if trace.customdata is None) == 6
    assert figure.layout.xaxis.title.text == "difference (points; higher is better)"


def test_what_is_tied_has_another_colour_and_the_words_of_the_command() -> None:
    analysis = Analysis(searched(TIED))
    assert next(trace for trace in verdict(analysis).figure.data if trace.customdata == (5,)).marker.color == BLUE
    assert "Trial 5 is tied with the baseline" in in_words(analysis)


def test_another_metric_is_drawn_in_its_own_unit() -> None:
    study = study_by(scored(0, 3.0), scored(1, 2.0), runs={0: [3.0, 3.1], 1: [2.0, 2.1]})
    assert verdict(Analysis(study)).figure.layout.xaxis.title.text == "difference (mae; lower is better)"


def test_without_confirming_runs_it_says_how_to_make_them() -> None:
    with pytest.raises(InputError, match="make them with `sweep confirm tiny`"):
        verdict(Analysis(searched()))


def test_a_trial_that_is_not_decided_has_its_interval_in_grey() -> None:
    figure = verdict(Analysis(planned({0: THEIRS[:6], 5: LIKE[:6]}))).figure
    point = next(trace for trace in figure.data if trace.customdata == (5,))
    assert point.marker.color == GREY
    assert point.error_x.array[0] > 0
    assert point.error_x.arrayminus[0] > 0
