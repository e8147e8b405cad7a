"""`leaderboard`: prints the board of a study."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sweep.analysis.leaderboard import as_csv, as_json, as_markdown, board, ranked
from sweep.errors import InputError
from sweep.report.findings import tell_findings
from sweep.report.format import board_table, console
from sweep.study.records import StudyRecord, read_study, studies

FORMATS = ("table", "csv", "json", "md")


def leaderboard(results: Path, name: str | None, form: str, sort_by: str | None, limit: int | None) -> None:
    """Print a study's board.

    Args:
        results: the results folder.
        name: of the study; None for the one that ran last.
        form: one of `FORMATS`.
        sort_by: a column; None for the board's own order. Accuracies sort downwards, the front first, all else upwards.
        limit: at most so many rows.

    Raises:
        InputError: if there is no such study, format or column.
    """
    if form not in FORMATS:
        raise InputError(f"--format must be one of {', '.join(FORMATS)}, but got {form!r}")
    if limit is not None and limit < 1:
        raise InputError(f"--limit must be a whole number >= 1, but got {limit}")
    study = read_study(results, name or _latest(results))
    frame = board(study)
    if sort_by is not None:
        frame = _sorted(frame, sort_by)
    frame = frame if limit is None else frame.head(min(limit, len(frame)))
    if form == "table":
        _print_table(study, frame)
    else:
        print(_text(frame, form), end="")


def _latest(results: Path) -> str:
    there = studies(results)
    if not there:
        raise InputError(f"there is no study in {results}/ yet; begin one with `python -m sweep run SPACE`")
    return there[0]


def _sorted(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    if column not in frame:
        raise InputError(f"--sort-by must be a column of the board ({', '.join(frame.columns)}), but got {column!r}")
    downwards = "accuracy" in column or column in ("vs_baseline", "front")
    key = (
        None
        if pd.api.types.infer_dtype(frame[column]) != "mixed" and frame[column].dtype != object
        else lambda values: values.map(str).where(values.notna())
    )
    return frame.sort_values(column, ascending=not downwards, kind="stable", na_position="last", key=key)


def _print_table(study: StudyRecord, frame: pd.DataFrame) -> None:
    trials = [study.trials[int(number)] for number in frame["trial"]]
    out = console()
    objectives = " and ".join(study.definition.directions)
    layered = "; rank 1 is the Pareto front" if study.definition.is_multi_objective else ""
    out.print(f"study {study.name} on {study.definition.dataset}, by {objectives}{layered}")
    out.print(board_table(study, trials, ranked(study)))
    tell_findings(out, study)


def _text(frame: pd.DataFrame, form: str) -> str:
    if form == "csv":
        return as_csv(frame)
    if form == "json":
        return as_json(frame)
    return as_markdown(frame)
