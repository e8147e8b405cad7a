"""The score against one parameter at a time."""

from __future__ import annotations

import pytest
from builders import hand_made_study, trial_record
from searches import searched

from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError
from sweep.report.figures.slice import slices, slices_by_param


def test_each_parameter_has_its_figure_with_the_median_of_each_choice() -> None:
    filters, rate = slices_by_param(Analysis(searched()))
    assert "8: 88.50 (2), 16: 90.50 (2), 32: 92.00 (2)" in filters.description
    assert rate.figure.layout.xaxis.type == "log"
    assert sum(len(trace.x) for trace in rate.figure.data) == 6
    assert slices(Analysis(searched())).figure.layout.xaxis2.title.text == "learning_rate"


def test_a_trial_beyond_the_axis_is_told_in_the_caption() -> None:
    study = searched()
    study.trials[4].curve[-1]["val_accuracy"] = 0.3
    filters, _ = slices_by_param(Analysis(study))
    assert "Trial 4 (30.00 %) lies beyond the axis, drawn at its edge." in filters.description
    assert "beyond the axis" not in slices_by_param(Analysis(searched()))[0].description


def test_where_nothing_varies_there_is_no_slice() -> None:
    with pytest.raises(InputError, match="two values were tried"):
        slices(Analysis(hand_made_study(trial_record(0), trial_record(1))))
