"""The verdict as a forest plot: how far the confirmed trials lie from the baseline, and how sure that is."""

from __future__ import annotations

import plotly.graph_objects as go

from sweep.analysis.confirmation import ConfirmationResult
from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError
from sweep.report.figures.drawing import Drawing
from sweep.report.figures.score_axis import ScoreAxis
from sweep.report.figures.style import BLUE, GREEN, GREY, VERMILION, axis, layout, plain
from sweep.report.findings import sentence
from sweep.report.format import written_as
from sweep.report.other_examples import on_other_examples
from sweep.study.records import BASELINE, StudyRecord

COLOURS = {"better": GREEN, "worse": VERMILION, "tied": BLUE, "equivalent": BLUE}


def verdict(analysis: Analysis) -> Drawing:
    """Each confirmed trial's difference to the baseline's mean with its 95 % interval, and each run as a dot.

    Raises:
        InputError: if nothing was confirmed, or no run of the baseline succeeded.
    """
    study, results = analysis.study, analysis.confirmations
    baseline = results[BASELINE].mean if results else None
    if baseline is None:
        raise InputError(f"verdict needs confirming runs; make them with `sweep confirm {study.name}`")
    scale = ScoreAxis(written_as(study.confirmed_metric), study.confirmed_higher_is_better)
    rows = [result for result in results.values() if result.scores]
    labels = ["the baseline" if item.trial == BASELINE else f"trial {item.trial}" for item in rows]
    figure = go.Figure(layout=_layout(study, scale, labels))
    figure.add_vline(x=0, line={"color": GREY, "width": 1.5, "dash": "dash"})
    for row, result in enumerate(rows):
        colour = COLOURS.get(result.verdict.outcome, BLUE) if result.verdict else GREY
        _add_runs(figure, row, result, baseline, scale)
        _add_interval(figure, row, result, baseline, scale, colour)
    return Drawing(figure, in_words(analysis))


def in_words(analysis: Analysis) -> str:
    """What the confirming runs say of each trial."""
    score = written_as(analysis.study.confirmed_metric)
    results = analysis.confirmations.values()
    parts = [sentence(item, score) for item in results if item.trial != BASELINE]
    for item in results:
        if against := item.against:
            parts.append(
                f"Trial {item.trial} differs by {score.apart(against.difference)}, 95 % interval "
                f"{score.difference(against.low)} to {score.difference(against.high)}."
            )
    return " ".join([*parts, *on_other_examples(analysis)])


def _layout(study: StudyRecord, scale: ScoreAxis, labels: list[str]) -> dict[str, object]:
    unit = "points" if scale.factor != 1 else plain(study.confirmed_metric)
    better = "higher" if scale.higher_is_better else "lower"
    across = axis(f"difference ({unit}; {better} is better)")
    upwards = axis("", tickvals=list(range(len(labels))), ticktext=labels, range=[len(labels) - 0.4, -0.6])
    return layout(across, upwards, height=max(210, 120 + 52 * len(labels)), showlegend=False)


def _add_runs(figure: go.Figure, row: int, result: ConfirmationResult, baseline: float, scale: ScoreAxis) -> None:
    figure.add_scatter(
        x=[scale.at(score - baseline) for score in result.scores],
        y=[row + 0.26] * len(result.scores),
        mode="markers",
        marker={"symbol": "circle-open", "size": 7, "color": GREY},
        hovertext=[f"one run: {plain(scale.score.whole(score))}" for score in result.scores],
        hoverinfo="text",
    )


def _add_interval(
    figure: go.Figure, row: int, result: ConfirmationResult, baseline: float, scale: ScoreAxis, colour: str
) -> None:
    against = result.against
    middle = against.difference if against else (result.mean or baseline) - baseline
    reach = {}
    if against:
        ends = {"array": [max(0.0, scale.at(against.high - middle))]}
        ends["arrayminus"] = [max(0.0, scale.at(middle - against.low))]
        reach = {"error_x": {"type": "data", "symmetric": False, "thickness": 3, "width": 8, "color": colour, **ends}}
    is_baseline = result.trial == BASELINE
    figure.add_scatter(
        x=[scale.at(middle)],
        y=[row],
        mode="markers",
        marker={"symbol": "diamond" if is_baseline else "square", "size": 13,
                "color": VERMILION if is_baseline else colour},
        customdata=[result.trial],
        text=[f"mean of {len(result.scores)} runs: {plain(scale.score.whole(result.mean))}"],
        hoverinfo="text",
        **reach,
    )  # fmt: skip
