"""The score against what a trial cost, with the front: what no other trial beats in both."""

from __future__ import annotations

import plotly.graph_objects as go

from sweep.analysis.pareto import pareto_front
from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError
from sweep.report.figures.drawing import Drawing
from sweep.report.figures.drawn import Drawn
from sweep.report.figures.panels import side_by_side
from sweep.report.figures.scatter import trial_points
from sweep.report.figures.score_axis import outside, score_axis, val_score
from sweep.report.figures.style import GREEN, axis, layout
from sweep.report.format import seconds
from sweep.study.records import TrialRecord

TITLES = {
    "parameters": "parameters of the model",
    "seconds": "training time (seconds)",
    "inference_us": "inference time (µs an example)",
}
"""The costs of a trial, each with the title of its axis."""


def cost(analysis: Analysis) -> Drawing:
    """The score against the number of parameters, and beside it against the training time.

    Raises:
        InputError: if no completed trial has a score and a cost.
    """
    return side_by_side([cost_by(analysis, name) for name in costs_of(analysis)])


def costs_of(analysis: Analysis) -> list[str]:
    """The costs that scores are drawn against: parameters and training time, and what else is an objective."""
    also = [name for name in ("inference_us",) if name in analysis.study.definition.directions]
    return ["parameters", "seconds", *also]


def cost_by(analysis: Analysis, name: str) -> Drawing:
    """The validation score of completed trials against one cost, with the Pareto front of the two.

    Args:
        analysis: the analysis of the study.
        name: name of the cost, as in `TITLES`.

    Raises:
        InputError: if no completed trial has a score and this cost.
    """
    study, drawn, scale = analysis.study, Drawn(analysis), score_axis(analysis.study)
    known = [
        trial
        for trial in drawn.all
        if trial.state == "COMPLETE" and val_score(study, trial) is not None and trial.measured(name)
    ]
    if not known:
        raise InputError(f"cost needs a completed trial with a score and its {name}, but there is none")

    def price(trial: TrialRecord) -> float:
        return float(f"{trial.measured(name) or 0.0:.6g}")

    def score(trial: TrialRecord) -> float:
        return scale.at(val_score(study, trial) or 0.0)

    sign = -1 if scale.higher_is_better else 1
    front = [known[index] for index in pareto_front([(price(trial), sign * score(trial)) for trial in known])]
    kept = {trial.number for trial in drawn.trials} | {trial.number for trial in front}
    limits = scale.limits([val_score(study, trial) or 0.0 for trial in known])
    wide = max(map(price, known)) > 20 * min(map(price, known))
    across = axis(TITLES[name], type="log") if wide else axis(TITLES[name], rangemode="tozero")
    figure = go.Figure(layout=layout(across, scale.shown(limits=limits)))
    figure.add_scatter(
        x=[price(trial) for trial in front], y=[score(trial) for trial in front], mode="lines", name="front",
        line={"color": GREEN, "width": 1.5, "dash": "dot", "shape": "hv"}, hoverinfo="skip",
    )  # fmt: skip
    figure.add_traces(trial_points(drawn, [trial for trial in known if trial.number in kept], price, score))
    ends = [
        f"trial {trial.number} ({scale.score.whole(val_score(study, trial))}, {_price(trial, name)})" for trial in front
    ]
    text = f"Validation {study.metric} of {len(known):,} completed trials against their {TITLES[name]}."
    text += f" On the front, which no trial beats in both: {'; '.join(ends[:6])}{'; …' if len(ends) > 6 else ''}."
    scores = {trial.number: val_score(study, trial) or 0.0 for trial in known}
    return Drawing(figure, text + outside(scale, scores, limits) + drawn.note)


def _price(trial: TrialRecord, name: str) -> str:
    value = trial.measured(name)
    return seconds(value) if name == "seconds" else f"{value:,.0f} {'parameters' if name == 'parameters' else 'µs'}"
