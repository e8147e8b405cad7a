"""Boards in files, and a study whose parameters depend on each other."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import NAME, branching_space, drain, opened, tiny_sweep
from rich.table import Table

from sweep.analysis.study_analysis import Analysis
from sweep.execution.results import write_board
from sweep.report.console import console
from sweep.report.tables import board_table
from sweep.study.records import StudyRecord, read_study
from sweep.study.storage.folder import StudyFolder


def written(study: StudyRecord, results: Path) -> Path:
    """The file of a study's board."""
    (results / study.name).mkdir(parents=True, exist_ok=True)
    write_board(Analysis(study), StudyFolder(results, study.name))
    return results / study.name / "leaderboard.csv"


def branching_study(results: Path) -> StudyRecord:
    sweep = tiny_sweep(space=branching_space, baseline={"optimizer": "adam"}, trials=12)
    with opened(results, sweep) as ledger:
        drain(ledger)
    return read_study(results, NAME)


def printed(capsys: pytest.CaptureFixture[str], table: Table) -> str:
    console().print(table)
    return capsys.readouterr().out


def table_of(study: StudyRecord) -> Table:
    return board_table(study, study.trials, Analysis(study).ranks)
