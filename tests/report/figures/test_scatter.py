"""Trials as points."""

from __future__ import annotations

from searches import searched

from sweep.analysis.study_analysis import Analysis
from sweep.report.figures.drawn import Drawn
from sweep.report.figures.scatter import trial_points


def test_each_look_is_a_trace_with_the_numbers_of_its_trials() -> None:
    drawn = Drawn(Analysis(searched()))
    traces = trial_points(
        drawn, drawn.trials[:6], lambda trial: trial.number, lambda trial: -trial.number, legend=False
    )
    assert [trace.name for trace in traces] == ["completed", "the baseline", "trial 5"]
    assert traces[0].customdata == traces[0].x == (1, 2, 3, 4)
    assert traces[0].y == (-1, -2, -3, -4)
    assert not any(trace.showlegend for trace in traces)
