"""`leaderboard`: prints the board of a study."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sweep.analysis.formats import as_csv, as_json, as_markdown
from sweep.analysis.leaderboard import board, sorted_by
from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError
from sweep.report.console import console
from sweep.report.findings import print_findings
from sweep.report.narrow import FittedTable
from sweep.report.tables import board_table
from sweep.study.records import read_study
from sweep.study.storage.folder import StudyFolder, latest_study

if TYPE_CHECKING:
    import pandas as pd

FORMATS = ("table", "csv", "json", "md")


def leaderboard(results: Path, name: str | None, form: str, sort_by: str | None, limit: int | None) -> None:
    """Print a study's board.

    Args:
        results: the results folder.
        name: name of the study; None for the one that ran last.
        form: one of `FORMATS`.
        sort_by: name of a column to sort by; None for the board's own order. Accuracies are sorted from high to low,
            the front comes first, and all else is sorted from low to high.
        limit: maximum number of rows; None for all.

    Raises:
        InputError: if there is no such study, format or column.
    """
    if form not in FORMATS:
        raise InputError(f"--format must be one of {', '.join(FORMATS)}, but got {form!r}")
    if limit is not None and limit < 1:
        raise InputError(f"--limit must be a whole number >= 1, but got {limit}")
    name = name or latest_study(results)
    analysis = Analysis(read_study(results, name), StudyFolder(results, name))
    frame = board(analysis)
    if sort_by is not None:
        frame = sorted_by(frame, sort_by, analysis.study.definition.directions)
    frame = frame if limit is None else frame.head(min(limit, len(frame)))
    if form == "table":
        _print_table(analysis, frame)
    else:
        print(_encodable(_text(frame, form)), end="")


def _print_table(analysis: Analysis, frame: pd.DataFrame) -> None:
    study = analysis.study
    trials = [study.trials[int(number)] for number in frame["trial"]]
    out = console()
    objectives = " and ".join(analysis.study.definition.directions)
    layered = "; rank 1 is the Pareto front" if study.definition.is_multi_objective else ""
    out.print(f"study {study.name} on {study.definition.dataset}, by {objectives}{layered}")
    out.print(FittedTable(board_table(study, trials, analysis.ranks), words_below=True))
    print_findings(out, analysis)


def _encodable(text: str) -> str:
    """A text in which what the output's encoding lacks is spelt out: two names stay two, as they would not as "?"."""
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _text(frame: pd.DataFrame, form: str) -> str:
    if form == "csv":
        return as_csv(frame)
    if form == "json":
        return as_json(frame)
    return as_markdown(frame)
