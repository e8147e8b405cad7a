"""Learning curves: score and training loss of each trial while it trained, grey but for baseline and contender."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

import plotly.graph_objects as go

from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError
from sweep.report.figures.drawing import Drawing
from sweep.report.figures.drawn import Drawn
from sweep.report.figures.panels import side_by_side
from sweep.report.figures.score_axis import ScoreAxis, outside, score_axis
from sweep.report.figures.style import BESIDE, COMPLETED, FAILED, GREY, PRUNED, Look, axis, layout
from sweep.report.format import written_as
from sweep.space.metrics import LOSS, VAL
from sweep.study.records import StudyRecord, TrialRecord
from sweep.training.messages import EPOCH

MOST_CURVES = 400
PLAIN_LOOKS = (PRUNED, FAILED, COMPLETED)


def curve_points(study: StudyRecord, trial: TrialRecord) -> list[tuple[float, float]]:
    """The points of a trial's learning curve: epochs, and the validation score after them, where it is a number.

    They are those of its rungs, and of each epoch where its callbacks or its train function measured one.
    """
    name = VAL + study.metric
    points = {point[EPOCH]: point for point in trial.history} | {point["epochs"]: point for point in trial.curve}
    scores = {epochs: point.get(name, math.nan) for epochs, point in points.items()}
    return sorted((epochs, score) for epochs, score in scores.items() if math.isfinite(score))


def loss_points(trial: TrialRecord) -> list[tuple[float, float]]:
    """The training loss of a trial: epochs, and the loss over the last of them, where it is a number."""
    losses = ((point[EPOCH], point.get(LOSS, math.nan)) for point in trial.history)
    return [(epochs, loss) for epochs, loss in losses if math.isfinite(loss)]


def curves(analysis: Analysis) -> Drawing:
    """The learning curves of all trials: their scores, and beside them their training losses where these are known.

    Raises:
        InputError: if no trial was measured yet.
    """
    return side_by_side([score_curves(analysis), *loss_curves(analysis)])


def loss_curves(analysis: Analysis) -> list[Drawing]:
    """The training losses of all trials in a figure; none if no loss is known."""
    drawn, scale = Drawn(analysis, MOST_CURVES), ScoreAxis(written_as(LOSS), higher_is_better=False)
    trained = [trial for trial in drawn.trials if loss_points(trial)]
    if not trained:
        return []
    limits = scale.limits([loss for trial in trained for _, loss in loss_points(trial)])
    figure = go.Figure(layout=layout(axis("epochs"), scale.shown("training", limits)))
    for look, trials in drawn.by_look(trained):
        figure.add_trace(_lines(drawn, trials, look, scale, loss_points))
    text = f"Training loss of {len(trained):,} trials over each epoch, in the same colours."
    high = {t.number for t in trained if limits and any(loss > limits[1] for _, loss in loss_points(t))}
    text += f" Parts of {len(high):,} curves lie above the axis." * bool(high)
    return [Drawing(figure, text + drawn.note)]


def score_curves(analysis: Analysis) -> Drawing:
    """The validation scores of all trials by the epochs that they had trained.

    Raises:
        InputError: if no trial was measured yet.
    """
    study, drawn, scale = analysis.study, Drawn(analysis, MOST_CURVES), score_axis(analysis.study)
    measured = [trial for trial in drawn.trials if curve_points(study, trial)]
    if not measured:
        raise InputError("curves need a trial that was measured, but none was yet")
    limits = _limits(study, measured, scale)
    figure = go.Figure(layout=layout(axis("epochs"), scale.shown(limits=limits)))
    for look, trials in drawn.by_look(measured):
        figure.add_trace(_lines(drawn, trials, look, scale, partial(curve_points, study)))
    chosen = " and ".join(look.name for look, _ in drawn.by_look(measured) if look not in PLAIN_LOOKS)
    text = f"Validation {scale.score.metric} of {len(measured):,} trials by the epochs that they had trained, in grey"
    text += f" but for {chosen}." if chosen else "."
    for look, trials in drawn.by_look(measured):
        if look not in PLAIN_LOOKS:
            points = curve_points(study, trials[0])
            steps = ", ".join(f"{scale.score.text(value)} after {epochs:g}" for epochs, value in _few(points))
            text += f" {look.name[0].upper()}{look.name[1:]}: {steps} epochs."
    ends = {trial.number: curve_points(study, trial)[-1][1] for trial in measured}
    text += outside(scale, ends, limits)
    return Drawing(figure, text + drawn.note)


def _few(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most four points, the first and the last among them."""
    if len(points) <= 4:
        return list(points)
    return [points[index * (len(points) - 1) // 3] for index in range(4)]


def _lines(
    drawn: Drawn,
    trials: Sequence[TrialRecord],
    look: Look,
    scale: ScoreAxis,
    points_of: Callable[[TrialRecord], list[tuple[float, float]]],
) -> go.Scatter:
    """The curves of trials of one look as one trace, with gaps between them."""
    thick = look not in PLAIN_LOOKS
    x: list[float | None] = []
    y: list[float | None] = []
    numbers: list[int | None] = []
    texts: list[str | None] = []
    for trial, text in zip(trials, drawn.hover(trials), strict=True):
        points = points_of(trial)
        x += [*(epochs for epochs, _ in points), None]
        y += [*(scale.at(value) for _, value in points), None]
        numbers += [*[trial.number] * len(points), None]
        texts += [*[text] * len(points), None]
    marker = {**look.marker, "size": 8 if thick else 5, "color": look.colour if thick else GREY}
    return go.Scatter(
        x=x, y=y, mode="lines+markers", name=look.name, customdata=numbers, hovertext=texts, hoverinfo="text",
        line={"color": look.colour if thick else GREY, "width": 3 if thick else 1}, marker=marker,
        opacity=1.0 if thick else BESIDE, connectgaps=False,
    )  # fmt: skip


def _limits(study: StudyRecord, trials: Sequence[TrialRecord], scale: ScoreAxis) -> tuple[float, float] | None:
    """Limits that show where curves end; what begins far below comes in from outside."""
    whole = [trial for trial in trials if trial.state == "COMPLETE"] or trials
    return scale.limits([value for trial in whole for _, value in curve_points(study, trial)])
