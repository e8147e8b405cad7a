"""The order of trials: ranks by the objective, and Pareto layers."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sweep.analysis.pareto import pareto_layers
from sweep.study.records import StudyRecord, TrialRecord

STATE_ORDER = {"COMPLETE": 0, "PRUNED": 1, "RUNNING": 2, "FAIL": 3}
"""The states that have a row in the leaderboard, in its order."""


def layers_of(study: StudyRecord) -> dict[int, int]:
    """The Pareto layers of the completed trials by their numbers; 1 is the front.

    Of all objectives; where there is one, of it and the number of parameters.
    """
    goals = study.definition.directions
    goals = goals if study.definition.is_multi_objective else {**goals, "parameters": "minimize"}
    complete = [trial for trial in study.trials if trial.state == "COMPLETE"]
    costs = [[_cost(trial, name, direction) for name, direction in goals.items()] for trial in complete]
    return dict(zip((trial.number for trial in complete), pareto_layers(costs), strict=True))


def ranks_of(study: StudyRecord, layers: Mapping[int, int]) -> dict[int, int]:
    """The ranks of the completed trials by their numbers, the first rank first.

    With several objectives these are the Pareto layers, so that several trials have the same.

    Args:
        study: the study.
        layers: its Pareto layers, from `layers_of`.
    """
    complete = [trial for trial in study.trials if trial.state == "COMPLETE"]
    complete.sort(key=lambda trial: sort_key(study, trial, layers))
    if study.definition.is_multi_objective:
        return {trial.number: layers[trial.number] for trial in complete}
    return {trial.number: rank for rank, trial in enumerate(complete, start=1)}


def sort_key(study: StudyRecord, trial: TrialRecord, layers: Mapping[int, int]) -> tuple[float, ...]:
    """Sorts rows: by state; the completed by the objective; all others by how far they got, then by it.

    With several objectives the completed go by their Pareto layer, and then by the first objective.
    """
    name, direction = next(iter(study.definition.directions.items()))
    value = (trial.measured(name) or 0.0) * (-1 if direction == "maximize" else 1)
    reached = 0.0 if trial.state == "COMPLETE" else -trial.last.get("step", 0)
    layer = layers.get(trial.number, 0) if study.definition.is_multi_objective else 0
    return (STATE_ORDER[trial.state], reached, layer, value, trial.number)


def _cost(trial: TrialRecord, name: str, direction: str) -> float:
    value = trial.measured(name)
    if value is None:
        return math.inf
    return -value if direction == "maximize" else value
