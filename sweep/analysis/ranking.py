"""The order of trials: ranks by the objective, and Pareto layers."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sweep.analysis.pareto import pareto_layers
from sweep.study.records import StudyRecord, TrialRecord

STATE_ORDER = {"COMPLETE": 0, "PRUNED": 1, "RUNNING": 2, "FAIL": 3}
"""The states of trials that have a row in the leaderboard, and their order in it."""


def layers_of(study: StudyRecord) -> dict[int, int]:
    """The Pareto layer of each completed trial, by the trial's number; 1 is the front.

    The front is that of all objectives, or, if there is only one, of this objective and the number of parameters.
    """
    goals = study.definition.directions
    goals = goals if study.definition.is_multi_objective else {**goals, "parameters": "minimize"}
    complete = [trial for trial in study.trials if trial.state == "COMPLETE"]
    costs = [[_cost(trial, name, direction) for name, direction in goals.items()] for trial in complete]
    return dict(zip((trial.number for trial in complete), pareto_layers(costs), strict=True))


def ranks_of(study: StudyRecord, layers: Mapping[int, int]) -> dict[int, int]:
    """The rank of each completed trial, by the trial's number, the first rank first.

    With several objectives the ranks are the Pareto layers, so that several trials share one.

    Args:
        study: the study's record.
        layers: the study's Pareto layers, from `layers_of`.
    """
    complete = [trial for trial in study.trials if trial.state == "COMPLETE"]
    complete.sort(key=lambda trial: sort_key(study, trial, layers))
    if study.definition.is_multi_objective:
        return {trial.number: layers[trial.number] for trial in complete}
    return {trial.number: rank for rank, trial in enumerate(complete, start=1)}


def sort_key(study: StudyRecord, trial: TrialRecord, layers: Mapping[int, int]) -> tuple[float, ...]:
    """The key that sorts a trial into the leaderboard: completed trials come first, the best objective first.

    Then come pruned, running and failed trials, in each state the furthest first, and of equals the best objective.
    With several objectives, completed trials are sorted by their Pareto layer, then by the first objective.

    Args:
        study: the study's record.
        trial: the trial.
        layers: the study's Pareto layers, from `layers_of`.
    """
    value = _cost(trial, *next(iter(study.definition.directions.items())))
    reached = 0.0 if trial.state == "COMPLETE" else -trial.last.get("step", 0)
    layer = layers.get(trial.number, 0) if study.definition.is_multi_objective else 0
    return (STATE_ORDER[trial.state], reached, layer, value, trial.number)


def _cost(trial: TrialRecord, name: str, direction: str) -> float:
    """What is lower the better: infinite for what was not measured, or came out as no number."""
    value = trial.measured(name)
    if value is None or math.isnan(value):
        return math.inf
    return -value if direction == "maximize" else value
