"""The first rung against the end: whether pruning could tell good trials from bad."""

from __future__ import annotations

import plotly.graph_objects as go

from sweep.analysis.rungs import RungAgreement, rung_agreement
from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError
from sweep.report.figures.drawing import Drawing
from sweep.report.figures.drawn import Drawn
from sweep.report.figures.scatter import trial_points
from sweep.report.figures.score_axis import clipped, outside, score_axis, val_score
from sweep.report.figures.style import GREY, layout
from sweep.study.records import StudyRecord, TrialRecord

STRONG, SOME = 0.7, 0.4
"""Rank correlations from which on the first rung tells much, and something."""


def rungs(analysis: Analysis) -> Drawing:
    """The score of each completed trial at the first rung against that at its end; pruned trials as ticks below.

    Raises:
        InputError: if fewer than two completed trials were measured before their end.
    """
    study, drawn, scale = analysis.study, Drawn(analysis), score_axis(analysis.study)
    agreement = rung_agreement(study)
    if agreement is None:
        raise InputError("rungs need two completed trials at least that were measured before their end")
    first = {number: scale.at(value) for number, value in zip(agreement.trials, agreement.first, strict=True)}
    last = {number: scale.at(value) for number, value in zip(agreement.trials, agreement.last, strict=True)}
    compared = [trial for trial in drawn.trials if trial.number in first]
    limits = scale.limits(agreement.first)
    across = scale.shown("val", limits)
    across["title"]["text"] += f" after {agreement.step:g} % of the epochs"
    figure = go.Figure(layout=layout(across, scale.shown("val", scale.limits(agreement.last))))
    figure.update_layout(yaxis_title_text=f"{scale.title('val')} at the end")
    figure.add_traces(trial_points(drawn, compared, lambda t: first[t.number], lambda t: last[t.number]))
    bottom = (scale.limits(agreement.last) or (min(last.values()), 0))[0]
    pruned = [(trial, value) for trial in drawn.trials if (value := _pruned_at(study, trial)) is not None]
    figure.add_scatter(
        x=[clipped(scale.at(value), limits) for _, value in pruned], y=[bottom] * len(pruned),
        mode="markers", name="pruned there",
        marker={"symbol": "line-ns-open", "size": 14, "color": GREY, "line": {"width": 2}},
        customdata=[trial.number for trial, _ in pruned], hovertext=drawn.hover([trial for trial, _ in pruned]),
        hoverinfo="text",
    )  # fmt: skip
    early, late = (dict(zip(agreement.trials, values, strict=True)) for values in (agreement.first, agreement.last))
    beyond = outside(scale, early, limits, " at the first rung")
    beyond += outside(scale, late, scale.limits(agreement.last), " at the end")
    return Drawing(figure, in_words(agreement, len(pruned)) + beyond + drawn.note)


def _pruned_at(study: StudyRecord, trial: TrialRecord) -> float | None:
    """The score of a trial that was pruned at its first rung; None for others."""
    return val_score(study, trial) if trial.state == "PRUNED" and len(trial.curve) == 1 else None


def in_words(agreement: RungAgreement, pruned: int) -> str:
    """How well the first rung predicted the end, and what follows for pruning."""
    n, rho = len(agreement.trials), agreement.rho
    if rho is None:
        return f"The {n} completed trials can't be told apart at their first rung or at their end."
    interval = "" if agreement.low is None else f", 95 % interval {agreement.low:+.2f} to {agreement.high:+.2f}"
    unsure = agreement.low is None or (agreement.low < SOME and (agreement.high or 0.0) >= STRONG)
    verdict = (
        f"Whether the first rung predicts the end can't be told from {n} trials" if unsure
        else "The first rung predicted the end well" if rho >= STRONG
        else "The first rung predicted the end to some degree" if rho >= SOME
        else "Among the trials that were let through, the first rung predicted little of the end"
    )  # fmt: skip
    text = f"{verdict}: Spearman's rank correlation is {rho:+.2f} (n = {n}{interval})."
    text += f" The trial that is best at the end was number {agreement.place} of {n} at the first rung."
    if pruned:
        text += f" {pruned:,} trials were pruned there; as they have no end, only those that were let through count."
    else:
        text += " No trial was pruned there."
    return text
