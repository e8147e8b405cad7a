"""Parallel coordinates: each trial a line through its params to its score."""

from __future__ import annotations

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError
from sweep.report.figures.drawing import Drawing
from sweep.report.figures.drawn import Drawn
from sweep.report.figures.param_axis import ParamAxis, param_axes
from sweep.report.figures.score_axis import clipped, outside, score_axis, val_score
from sweep.report.figures.style import BESIDE, BLUE, COMPLETED, FAINT, GREY, Look, layout, plain, value_text
from sweep.study.records import TrialRecord

MOST_LINES = 400
MOST_AXES = 12
NONE = -0.12
"""Where a line passes that has no value of a parameter."""
BEST = Look("the best quarter", BLUE, "circle", 5)
OTHERS = Look("other completed trials", GREY, "circle", 5)


def parallel(analysis: Analysis) -> Drawing:
    """Completed trials as lines through their params to their score; the best quarter stands out.

    Lines are drawn on ordinary axes and not by plotly's own kind, which needs WebGL and can't point at a trial.

    Raises:
        InputError: if fewer than two trials completed, or their params are all alike.
    """
    study, drawn, scale = analysis.study, Drawn(analysis, MOST_LINES), score_axis(analysis.study)
    known = [trial for trial in drawn.trials if trial.state == "COMPLETE" and val_score(study, trial) is not None]
    axes = param_axes(analysis)[:MOST_AXES]
    if len(known) < 2 or not axes:
        raise InputError("parallel needs two completed trials at least whose params differ")
    scores = {trial.number: val_score(study, trial) or 0.0 for trial in known}
    limits = scale.limits(list(scores.values()), pad=0.0) or (0.0, 1.0)
    names = [*(plain(axis.name, 22) for axis in axes), scale.title("val")]
    figure = go.Figure(layout=_layout(names))
    for look, trials in _groups(drawn, known):
        figure.add_trace(_lines(drawn, axes, limits, look, trials))
    figure.update_layout(annotations=[*_labels(axes), *_score_labels(len(axes), limits)])
    text = f"{len(known):,} completed trials as lines through {', '.join(axis.name for axis in axes)} to their score."
    text += " The ends of each axis are the lowest and the highest that were tried, by pruned trials, too."
    beyond = outside(scale, scores, limits, ", drawn at its edge")
    return Drawing(figure, text + beyond + _common(drawn, axes, known) + drawn.note)


def _best_quarter(drawn: Drawn, known: Sequence[TrialRecord]) -> list[TrialRecord]:
    places = {number: place for place, number in enumerate(drawn.analysis.ranks)}
    return sorted(known, key=lambda trial: places[trial.number])[: max(1, len(known) // 4)]


def _layout(names: list[str]) -> dict[str, object]:
    places = list(range(len(names)))
    return layout(
        {"tickvals": places, "ticktext": names, "range": [-0.15, len(names) - 0.6], "zeroline": False,
         "gridcolor": GREY,
         "side": "bottom", "automargin": True, "autotickangles": [0, -30, -90]},
        {"visible": False, "range": [NONE - 0.08, 1.06]},
        height=440,
        margin={"l": 56, "r": 52, "t": 12, "b": 48},
    )  # fmt: skip


def _groups(drawn: Drawn, known: Sequence[TrialRecord]) -> list[tuple[Look, list[TrialRecord]]]:
    """The trials by how their lines are drawn, the best above the others, the chosen above all."""
    best = {trial.number for trial in _best_quarter(drawn, known)}
    groups = []
    for look, trials in drawn.by_look(known):
        if look == COMPLETED:
            groups.append((OTHERS, [trial for trial in trials if trial.number not in best]))
            groups.append((BEST, [trial for trial in trials if trial.number in best]))
        else:
            groups.append((look, trials))
    return [(look, trials) for look, trials in groups if trials]


def _lines(
    drawn: Drawn, axes: Sequence[ParamAxis], limits: tuple[float, float], look: Look, trials: Sequence[TrialRecord]
) -> go.Scatter:
    study, scale = drawn.analysis.study, score_axis(drawn.analysis.study)
    x: list[float | None] = []
    y: list[float | None] = []
    numbers: list[int | None] = []
    texts: list[str | None] = []
    for trial, text in zip(trials, drawn.hover(trials), strict=True):
        places = [axis.share(trial.params[axis.name]) if axis.name in trial.params else NONE for axis in axes]
        place = clipped(scale.at(val_score(study, trial) or 0.0), limits)
        places.append((place - limits[0]) / (limits[1] - limits[0]))
        x += [*range(len(places)), None]
        y += [*(round(place, 4) for place in places), None]
        numbers += [*[trial.number] * len(places), None]
        texts += [*[text] * len(places), None]
    width = {OTHERS: 1, BEST: 1.5}.get(look, 3)
    return go.Scatter(
        x=x, y=y, mode="lines+markers", name=look.name, line={"color": look.colour, "width": width},
        marker={**look.marker, "size": 7 if width == 3 else 4}, opacity=BESIDE if look == OTHERS else 1.0,
        customdata=numbers, hovertext=texts, hoverinfo="text", connectgaps=False,
    )  # fmt: skip


def _labels(axes: Sequence[ParamAxis]) -> list[dict[str, object]]:
    labels = []
    for index, axis in enumerate(axes):
        if axis.choices:
            step = max(1, len(axis.choices) // 8)
            places = range(0, len(axis.choices), step)
            labels += [_label(index, place / max(1, len(axis.choices) - 1), axis.label(place)) for place in places]
        else:
            labels += [_label(index, 0.0, value_text(axis.low)), _label(index, 1.0, value_text(axis.high))]
    return labels


def _score_labels(index: int, limits: tuple[float, float]) -> list[dict[str, object]]:
    return [_label(index, share, f"{limits[0] + share * (limits[1] - limits[0]):.4g}") for share in (0.0, 0.5, 1.0)]


def _label(x: float, y: float, text: str) -> dict[str, object]:
    return {"x": x, "y": y, "text": text, "showarrow": False, "xanchor": "left", "xshift": 7, "font": {"size": 11},
            "bordercolor": FAINT}  # fmt: skip


def _common(drawn: Drawn, axes: Sequence[ParamAxis], known: Sequence[TrialRecord]) -> str:
    """A sentence on what the best quarter has in common, and how many of all have it, too."""
    best, shared = _best_quarter(drawn, known), []
    for axis in axes:
        values = [repr(trial.params.get(axis.name)) for trial in best]
        if axis.choices and len(best) > 1 and len(set(values)) == 1:
            having = sum(repr(trial.params.get(axis.name)) == values[0] for trial in known)
            chance = math.comb(having, len(best)) / math.comb(len(known), len(best))
            rate = f"of all {len(known):,}: {having:,}; by chance alone {100 * chance:.0f} %"
            shared.append(f"{axis.name} = {best[0].params[axis.name]} ({rate})")
    return f" All of the best quarter ({len(best)}) have {' and '.join(shared)}." if shared else ""
