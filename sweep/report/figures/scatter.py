"""Trials as points: one trace for each look."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import plotly.graph_objects as go

from sweep.report.figures.drawn import Drawn
from sweep.study.records import TrialRecord


def trial_points(
    drawn: Drawn,
    trials: Iterable[TrialRecord],
    x: Callable[[TrialRecord], float],
    y: Callable[[TrialRecord], float],
    *,
    legend: bool = True,
) -> list[go.Scatter]:
    """Points of trials, the baseline and the contender above all others.

    Args:
        drawn: knows the looks.
        trials: the trials.
        x: the place of a trial from left to right.
        y: the place of a trial from bottom to top.
        legend: whether the looks have entries in the legend. Default: yes.
    """
    return [
        go.Scatter(
            x=[x(trial) for trial in group],
            y=[y(trial) for trial in group],
            mode="markers",
            name=look.name,
            marker=look.marker,
            customdata=[trial.number for trial in group],
            hovertext=drawn.hover(group),
            hoverinfo="text",
            showlegend=legend,
        )
        for look, group in drawn.by_look(trials)
    ]
