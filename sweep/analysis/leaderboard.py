"""The board: one row per trial, ranked by the objective and anchored on the baseline."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path
from typing import Any

import pandas as pd

from sweep.analysis.confirmation import ConfirmationResult, confirmation_results
from sweep.analysis.pareto import pareto_layers
from sweep.sanitize import csv_cell, one_line
from sweep.study.records import StudyRecord, TrialRecord
from sweep.study.storage.files import write_whole

HEAD = ("rank", "trial", "is_baseline", "state", "val_accuracy", "test_accuracy", "vs_baseline")
TAIL = ("epochs", "duration_seconds", "parameters", "seed", "precision", "dataset", "node", "error")
CONFIRMED = ("confirmed_mean", "confirmed_sd", "confirmed_seeds", "diff_low", "diff_high", "verdict")
"""Only once there are confirming runs."""
COST = ("inference_us", "front")
WHOLE = ("rank", "trial", "parameters", "seed", "confirmed_seeds")
REAL = (
    *("val_accuracy", "test_accuracy", "vs_baseline", "epochs", "duration_seconds", "inference_us"),
    *("confirmed_mean", "confirmed_sd", "diff_low", "diff_high"),
)
MARKDOWN = str.maketrans({char: f"&#{ord(char)};" for char in "|["} | {"<": "&lt;"})
"""Spelt so, a text begins no cell, tag, link or image."""
ORDER = {"COMPLETE": 0, "RUNNING": 2, "PRUNED": 1, "FAIL": 3}


def board(study: StudyRecord) -> pd.DataFrame:
    """The leaderboard of a study.

    Returns:
        Completed trials by rank; then pruned ones, the furthest and best first; then running and failed ones.
        Columns as in the README. Whole numbers that some rows lack have the dtype Int64. With several objectives
        the rank is the Pareto layer, 1 on the front.
    """
    trials = [trial for trial in study.trials if trial.state in ORDER]
    names = [*study.definition.baseline, *(name for trial in trials for name in trial.params)]
    params = list(dict.fromkeys(map(_encodable, names)))
    layers, found = pareto(study), confirmation_results(study)
    trials.sort(key=lambda trial: _order(study, trial, layers))
    rows = [{**_row(study, trial, layers), **_confirmed_row(found.get(trial.number))} for trial in trials]
    frame = pd.DataFrame(rows, columns=[*HEAD, *params, *TAIL, *(CONFIRMED if found else ()), *COST])
    frame["rank"] = frame["trial"].map(ranked(study))
    kinds = {**dict.fromkeys(WHOLE, "Int64"), **dict.fromkeys(REAL, "float64"), "front": "bool"}
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
        "val_accuracy": trial.last.get("val_accuracy"),
        "test_accuracy": trial.test_accuracy,
        "vs_baseline": None if against is None else round(against, 6),
        "epochs": trial.last.get("epochs", 0.0),
        "duration_seconds": trial.last.get("seconds"),
        "parameters": trial.parameters,
        "seed": trial.seed,
        "precision": trial.precision,
        "dataset": study.definition.dataset,
        "node": trial.node,
        "error": trial.error,
        "inference_us": trial.inference_us,
        "front": layers.get(trial.number) == 1,
    }
    return {_encodable(name): _encodable(value) for name, value in row.items()}


def _confirmed_row(found: ConfirmationResult | None) -> dict[str, Any]:
    if found is None:
        return {}
    against = found.verdict.comparison if found.verdict else None
    return {
        "confirmed_mean": found.mean,
        "confirmed_sd": found.sd,
        "confirmed_seeds": len(found.scores),
        "diff_low": against.low if against else None,
        "diff_high": against.high if against else None,
        "verdict": found.verdict.outcome if found.verdict else "",
    }


def _encodable(value: Any) -> Any:
    return value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value


def _order(study: StudyRecord, trial: TrialRecord, layers: dict[int, int]) -> tuple[float, ...]:
    """Sorts rows: by state; the completed by the objective; all others by how far they got, then by it.

    With several objectives the completed go by their Pareto layer, and then by the first objective.
    """
    name, direction = next(iter(study.definition.directions.items()))
    value = (trial.measured(name) or 0.0) * (-1 if direction == "maximize" else 1)
    reached = 0.0 if trial.state == "COMPLETE" else -trial.last.get("step", 0)
    layer = layers.get(trial.number, 0) if study.definition.is_multi_objective else 0
    return (ORDER[trial.state], reached, layer, value, trial.number)


def pareto(study: StudyRecord) -> dict[int, int]:
    """The Pareto layers of the completed trials by their numbers; 1 is the front.

    Of all objectives; where there is one, of it and the number of parameters.
    """
    goals = study.definition.directions
    goals = goals if study.definition.is_multi_objective else {**goals, "parameters": "minimize"}
    complete = [trial for trial in study.trials if trial.state == "COMPLETE"]
    costs = [[_cost(trial, name, direction) for name, direction in goals.items()] for trial in complete]
    return dict(zip((trial.number for trial in complete), pareto_layers(costs), strict=True))


def _cost(trial: TrialRecord, name: str, direction: str) -> float:
    value = trial.measured(name)
    if value is None:
        return math.inf
    return -value if direction == "maximize" else value


def as_csv(frame: pd.DataFrame) -> str:
    """A board as CSV. Texts are one line each, and none of them is a formula to a spreadsheet."""
    safe = pd.DataFrame(
        {name: pd.Series([csv_cell(cell) for cell in frame[name]], frame.index, frame[name].dtype) for name in frame}
    )
    return safe.to_csv(index=False, header=[csv_cell(name) for name in frame.columns])


def as_json(frame: pd.DataFrame) -> str:
    """A board as a JSON list with an object for each row; what is missing is null."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict(orient="records")
    return json.dumps(rows, indent=2, allow_nan=False, default=lambda number: number.item()) + "\n"  # numpy's numbers


def as_parquet(frame: pd.DataFrame) -> bytes:
    """A board as a Parquet file. A parameter whose values are of several kinds becomes text, as columns have one."""
    typed = frame.copy()
    for name in frame:
        if pd.api.types.infer_dtype(frame[name], skipna=True) in ("mixed", "mixed-integer"):
            typed[name] = frame[name].map(str).where(frame[name].notna(), None).astype("string")
    buffer = io.BytesIO()
    typed.to_parquet(buffer, index=False)
    return buffer.getvalue()


def as_markdown(frame: pd.DataFrame) -> str:
    """A board as a table in Markdown. Texts are one line each, with neither cells, tags nor links of their own."""
    cells = [[_markdown_cell(name) for name in frame.columns], ["---"] * len(frame.columns)]
    cells += [["" if pd.isna(cell) else _markdown_cell(cell) for cell in row] for row in frame.itertuples(index=False)]
    return "".join(f"| {' | '.join(row)} |\n" for row in cells)


def _markdown_cell(value: Any) -> str:
    return one_line(value).translate(MARKDOWN)


def write_board(study: StudyRecord, results: Path) -> None:
    """Write the study's board, and the same as the board of the study that ran last."""
    text = as_csv(board(study))
    write_whole(results / study.name / "leaderboard.csv", text)
    write_whole(results / "leaderboard.csv", text)


def ranked(study: StudyRecord) -> dict[int, int]:
    """The ranks of the completed trials by their numbers, the first rank first.

    With several objectives these are the Pareto layers, so that several trials have the same.
    """
    layers = pareto(study)
    complete = [trial for trial in study.trials if trial.state == "COMPLETE"]
    complete.sort(key=lambda trial: _order(study, trial, layers))
    if study.definition.is_multi_objective:
        return {trial.number: layers[trial.number] for trial in complete}
    return {trial.number: rank for rank, trial in enumerate(complete, start=1)}
