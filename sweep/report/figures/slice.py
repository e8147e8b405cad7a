"""Slices: the score of completed trials against each parameter, one at a time."""

from __future__ import annotations

import statistics

import plotly.graph_objects as go

from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError
from sweep.report.figures.drawing import Drawing
from sweep.report.figures.drawn import Drawn
from sweep.report.figures.panels import side_by_side
from sweep.report.figures.param_axis import ParamAxis, param_axes
from sweep.report.figures.scatter import trial_points
from sweep.report.figures.score_axis import clipped, outside, score_axis, val_score
from sweep.report.figures.style import layout
from sweep.study.records import TrialRecord

MOST_SLICES = 12


def slices(analysis: Analysis) -> Drawing:
    """The score against each parameter, in panels.

    Raises:
        InputError: if no trial completed, or the params of all trials are alike.
    """
    return side_by_side(slices_by_param(analysis), columns=3)


def slices_by_param(analysis: Analysis) -> list[Drawing]:
    """The score against each parameter, a figure each.

    Raises:
        InputError: if no trial completed, or the params of all trials are alike.
    """
    drawn = Drawn(analysis)
    known = [t for t in drawn.trials if t.state == "COMPLETE" and val_score(analysis.study, t) is not None]
    axes = param_axes(analysis)[:MOST_SLICES]
    if not known or not axes:
        raise InputError("slice needs a completed trial, and a parameter of which two values were tried")
    return [_slice(drawn, [trial for trial in known if axis.name in trial.params], axis) for axis in axes]


def _slice(drawn: Drawn, trials: list[TrialRecord], across: ParamAxis) -> Drawing:
    study, scale = drawn.analysis.study, score_axis(drawn.analysis.study)
    every = [
        value for trial in drawn.all if trial.state == "COMPLETE" and (value := val_score(study, trial)) is not None
    ]
    limits = scale.limits(every)
    figure = go.Figure(layout=layout(across.shown(), scale.shown("val", limits), height=280, showlegend=False))
    figure.add_traces(
        trial_points(
            drawn,
            trials,
            lambda trial: across.at(trial.params[across.name]),
            lambda trial: clipped(scale.at(val_score(study, trial) or 0.0), limits),
        )
    )
    scores = {trial.number: val_score(study, trial) or 0.0 for trial in trials}
    edge = outside(scale, scores, limits, ", drawn at its edge")
    return Drawing(figure, _described(drawn, trials, across) + edge + drawn.note)


def _described(drawn: Drawn, trials: list[TrialRecord], across: ParamAxis) -> str:
    study, score = drawn.analysis.study, score_axis(drawn.analysis.study).score
    text = f"Validation {study.metric} of {len(trials):,} completed trials against {across.name}."
    if not across.choices or len(across.choices) > 6:
        return text
    medians = []
    for choice in across.choices:
        values = [val_score(study, trial) or 0.0 for trial in trials if repr(trial.params[across.name]) == choice]
        if values:
            name = choice[1:-1] if choice[:1] in "'\"" else choice
            medians.append(f"{name}: {score.text(statistics.median(values))} ({len(values)})")
    return f"{text} Median by value, with the number of trials: {', '.join(medians)}."
