"""The history: the score of each trial in the order in which they were made, and the best until then."""

from __future__ import annotations

import plotly.graph_objects as go

from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError
from sweep.report.figures.drawing import Drawing
from sweep.report.figures.drawn import Drawn
from sweep.report.figures.scatter import trial_points
from sweep.report.figures.score_axis import clipped, outside, score_axis, val_score
from sweep.report.figures.style import BESIDE, BLUE, axis, layout
from sweep.study.records import TrialRecord


def history(analysis: Analysis) -> Drawing:
    """The validation score of each trial by its number; pruned trials with what they had reached, failed ones below.

    Raises:
        InputError: if no trial has ended.
    """
    study, drawn = analysis.study, Drawn(analysis)
    if not drawn.all:
        raise InputError("history needs a trial that has ended, but none has")
    scale = score_axis(study)
    complete = [trial for trial in drawn.all if trial.state == "COMPLETE" and val_score(study, trial) is not None]
    limits = scale.limits([val_score(study, trial) or 0.0 for trial in complete])
    measured = [trial for trial in drawn.all if val_score(study, trial) is not None]
    bottom = limits[0] if limits else min((scale.at(val_score(study, trial) or 0.0) for trial in measured), default=0.0)

    def place(trial: TrialRecord) -> float:
        value = val_score(study, trial)
        return bottom if value is None else clipped(scale.at(value), limits)

    figure = go.Figure(layout=layout(axis("trial"), scale.shown()))
    figure.add_traces(trial_points(drawn, drawn.trials, lambda trial: trial.number, place))
    best = _best_until(analysis, complete)
    line = {"color": BLUE, "width": 1.5, "shape": "hv"}
    steps = [*best, (drawn.all[-1].number, best[-1][1])] if best else []
    figure.add_scatter(
        x=[number for number, _ in steps], y=[scale.at(value) for _, value in steps], mode="lines",
        line=line, name="best so far", hoverinfo="skip", opacity=BESIDE,
    )  # fmt: skip
    off = sum(
        clipped(scale.at(value), limits) != scale.at(value)
        for t in measured
        if (value := val_score(study, t)) is not None
    )
    scores = {trial.number: val_score(study, trial) or 0.0 for trial in complete}
    named = outside(scale, scores, limits, ", though completed")
    return Drawing(figure, _described(analysis, drawn, best, off) + named)


def _best_until(analysis: Analysis, complete: list[TrialRecord]) -> list[tuple[int, float]]:
    """Each trial that was better than all before it, with its score."""
    study, scale = analysis.study, score_axis(analysis.study)
    best: list[tuple[int, float]] = []
    for trial in complete:
        value = val_score(study, trial)
        if value is not None and (not best or scale.better(value, best[-1][1])):
            best.append((trial.number, value))
    return best


def _described(analysis: Analysis, drawn: Drawn, best: list[tuple[int, float]], off: int) -> str:
    score = score_axis(analysis.study).score
    states = [trial.state for trial in drawn.all]
    counts = ", ".join(
        f"{states.count(state):,} {word}"
        for state, word in (("COMPLETE", "completed"), ("PRUNED", "pruned"), ("FAIL", "failed"))
        if state in states
    )
    text = f"{len(drawn.all):,} trials in the order in which they were made: {counts}."
    if best:
        text += f" The best until then went from {score.whole(best[0][1])} (trial {best[0][0]})"
        text += f" to {score.whole(best[-1][1])} (trial {best[-1][0]})."
    if off:
        text += f" {off:,} lie beyond the axis and are drawn at its edge, so that the others can be told apart."
    return text + " Pruned trials stand at what they had reached." * ("PRUNED" in states) + drawn.note
