"""The leaderboard: one row per trial, ranked by the objective and compared with the baseline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from sweep.analysis.confirmation import ConfirmationResult
from sweep.analysis.ranking import STATE_ORDER, sort_key
from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError
from sweep.space.metrics import TEST, VAL, default_direction
from sweep.space.values import as_choice
from sweep.study.records import StudyRecord, TrialRecord

HEAD = ("rank", "trial", "is_baseline", "state")
TAIL = ("epochs", "duration_seconds", "parameters", "seed", "precision", "dataset", "node", "error")
CONFIRMED = ("confirmed_mean", "confirmed_sd", "confirmed_seeds", "diff_low", "diff_high", "verdict")
"""Columns that a leaderboard has only if the study has confirming runs."""
COST = ("inference_us", "front")
OTHER_CODE = "trained by another version of the model function"
"""What `error` has of a trial that is otherwise well, where the user has accepted that its code was changed since."""
OF_METRIC = ("vs_baseline", "confirmed_mean", "diff_low", "diff_high")
"""Columns whose values are in the unit of the metric that trials are compared by."""
WHOLE = ("rank", "trial", "parameters", "seed", "confirmed_seeds")
REAL = (*OF_METRIC, "confirmed_sd", "epochs", "duration_seconds", "inference_us")


def board(analysis: Analysis) -> pd.DataFrame:
    """The leaderboard of a study.

    Returns:
        One row per trial: completed ones by rank; then pruned ones, the furthest and best first; then running and
        failed ones. Columns as in docs/reading-the-board.md; columns of whole numbers have the dtype Int64. With
        several objectives the rank is the Pareto layer, 1 on the front.
    """
    study, layers, confirmations = analysis.study, analysis.layers, analysis.confirmations
    trials = [trial for trial in study.trials if trial.state in STATE_ORDER]
    names = [*study.definition.baseline, *(name for trial in trials for name in trial.params)]
    params = [name for name in dict.fromkeys(map(_encodable, names)) if name not in TAIL]
    trials.sort(key=lambda trial: sort_key(study, trial, layers))
    rows = [{**_row(study, trial, layers), **_confirmed_row(confirmations.get(trial.number))} for trial in trials]
    scores = [prefix + name for name in study.metrics for prefix in (VAL, TEST)]
    head = [*HEAD, *scores, "vs_baseline", *params]
    frame = pd.DataFrame(rows, columns=[*head, *TAIL, *(CONFIRMED if confirmations else ()), *COST])
    frame["rank"] = frame["trial"].map(analysis.ranks)
    kinds = {**dict.fromkeys(WHOLE, "Int64"), **dict.fromkeys((*REAL, *scores), "float64"), "front": "bool"}
    frame = frame.astype({name: kind for name, kind in kinds.items() if name in frame})
    for name in params:
        frame[name] = frame[name].convert_dtypes()
    return frame


def _row(study: StudyRecord, trial: TrialRecord, layers: dict[int, int]) -> dict[str, Any]:
    against = study.vs_baseline(trial)
    row = {
        **trial.params,
        "trial": trial.number,
        "is_baseline": trial.is_baseline,
        "state": trial.state,
        **{VAL + name: trial.last.get(VAL + name) for name in study.metrics},
        **{TEST + name: trial.test.get(name) for name in study.metrics},
        "vs_baseline": None if against is None else round(against, 6),
        "epochs": trial.last.get("epochs", 0.0),
        "duration_seconds": trial.last.get("seconds"),
        "parameters": trial.parameters,
        "seed": trial.seed,
        "precision": trial.precision,
        "dataset": study.definition.dataset,
        "node": trial.node,
        "error": "; ".join(filter(None, (trial.error, OTHER_CODE if study.by_other_code(trial) else ""))),
        "inference_us": trial.inference_us,
        "front": layers.get(trial.number) == 1,
    }
    return {_encodable(name): _encodable(value) for name, value in row.items()}


def _confirmed_row(result: ConfirmationResult | None) -> dict[str, Any]:
    if result is None:
        return {}
    against = result.against
    return {
        "confirmed_mean": result.mean,
        "confirmed_sd": result.sd,
        "confirmed_seeds": len(result.scores),
        "diff_low": against.low if against else None,
        "diff_high": against.high if against else None,
        "verdict": result.verdict.outcome if result.verdict else "",
    }


def _encodable(value: Any) -> Any:
    """A value as a cell has it: a tuple or a list as Python writes it, text with what no file can hold spelt out."""
    value = as_choice(value)
    return value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value


def compared(frame: pd.DataFrame, a: int, b: int) -> pd.DataFrame:
    """The columns of a leaderboard in which two trials differ.

    Args:
        frame: the leaderboard.
        a: number of a trial.
        b: number of another.

    Returns:
        One row per such column of the board, and one column per trial, named by its number.
    """
    both = frame.set_index("trial").loc[[a, b]].astype(object)
    first, second = (both.loc[number] for number in (a, b))
    same = (first == second) | (first.isna() & second.isna())
    return both.T[~same.fillna(False).astype(bool)]


def sorted_by(frame: pd.DataFrame, column: str, directions: Mapping[str, str] | None = None) -> pd.DataFrame:
    """A leaderboard sorted by a column: the best score or the front first, all else from low to high.

    Args:
        frame: the leaderboard.
        column: name of the column.
        directions: the study's objectives, each with its direction. Default: what the metrics' names tell.

    Raises:
        InputError: if there is no such column.
    """
    if column not in frame:
        raise InputError(f"--sort-by must be a column of the board ({', '.join(frame.columns)}), but got {column!r}")
    downwards = column == "front" or _direction(frame, column, directions or {}) == "maximize"
    key = (
        None
        if pd.api.types.infer_dtype(frame[column]) != "mixed" and frame[column].dtype != object
        else lambda values: values.map(str).where(values.notna())
    )
    return frame.sort_values(column, ascending=not downwards, kind="stable", na_position="last", key=key)


def _direction(frame: pd.DataFrame, column: str, directions: Mapping[str, str]) -> str | None:
    """Which way a column's values are better: "maximize" or "minimize"; None for what is no score."""
    scores = [name for name in frame.columns if name.startswith((TEST, VAL))]
    if column not in (*OF_METRIC, *scores):
        return None
    metric = (scores[0] if column in OF_METRIC else column).removeprefix(TEST).removeprefix(VAL)
    return directions.get(VAL + metric) or default_direction(metric)
