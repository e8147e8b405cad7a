"""The history of a search."""

from __future__ import annotations

import pytest
from builders import hand_made_study, trial_record
from searches import searched

from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError
from sweep.report.figures.history import history


def test_pruned_and_failed_trials_stand_apart_and_the_best_so_far_rises() -> None:
    drawing = history(Analysis(searched()))
    traces = {trace.name: trace for trace in drawing.figure.data}
    assert traces["pruned"].customdata == (6, 7)
    assert traces["failed"].customdata == (8,)
    assert traces["trial 5"].y == (95.0,)
    assert traces["best so far"].x == (0, 1, 5, 8)
    assert traces["best so far"].y == (90.0, 92.0, 95.0, 95.0)
    assert "6 completed, 2 pruned, 1 failed" in drawing.description
    assert "from 90.00 % (trial 0) to 95.00 % (trial 5)" in drawing.description


def test_trials_far_below_are_drawn_at_the_edge_and_counted() -> None:
    drawing = history(Analysis(searched()))
    low = min(trace.y[-1] for trace in drawing.figure.data if trace.name == "pruned")
    assert low > 20
    assert "2 lie beyond the axis" in drawing.description


def test_a_study_of_failures_has_a_history_and_one_without_any_end_has_none() -> None:
    assert (
        "2 failed" in history(Analysis(hand_made_study(trial_record(0, "FAIL"), trial_record(1, "FAIL")))).description
    )
    with pytest.raises(InputError, match="needs a trial that has ended"):
        history(Analysis(hand_made_study(trial_record(0, "RUNNING"))))
