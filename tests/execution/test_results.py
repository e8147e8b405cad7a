"""The leaderboard's files."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from builders import NAME, drain, mixed_study, opened, tiny_sweep

from sweep.analysis.formats import as_csv
from sweep.analysis.leaderboard import board
from sweep.analysis.study_analysis import Analysis
from sweep.execution.results import write_board
from sweep.study.records import read_study
from sweep.study.storage.folder import StudyFolder


def test_the_board_is_written_whole_twice_and_leaves_nothing_beside(tmp_path: Path) -> None:
    study = mixed_study(tmp_path)
    for _ in range(2):
        write_board(Analysis(study), StudyFolder(tmp_path, study.name))
    own, last = tmp_path / NAME / "leaderboard.csv", tmp_path / "leaderboard.csv"
    assert own.read_text() == last.read_text() == as_csv(board(Analysis(study)))
    names = sorted(path.name for path in [*tmp_path.iterdir(), *(tmp_path / NAME).iterdir()])
    assert names == [".lock", "journal.log", "leaderboard.csv", "leaderboard.csv", NAME]


def test_the_board_of_the_results_folder_is_that_of_the_study_written_last(tmp_path: Path) -> None:
    for name, trials in (("one", 1), ("two", 2)):
        with opened(tmp_path, tiny_sweep(trials=trials), name=name) as ledger:
            drain(ledger)
        write_board(Analysis(read_study(tmp_path, name)), StudyFolder(tmp_path, read_study(tmp_path, name).name))
    assert len(pd.read_csv(tmp_path / "leaderboard.csv")) == 2
    assert len(pd.read_csv(tmp_path / "one" / "leaderboard.csv")) == 1


def test_the_whole_board_can_be_rebuilt_from_the_journal_alone(tmp_path: Path) -> None:
    study = mixed_study(tmp_path)
    write_board(Analysis(study), StudyFolder(tmp_path, study.name))
    text = (tmp_path / "leaderboard.csv").read_text()
    for path in tmp_path.rglob("leaderboard.csv"):
        path.unlink()
    write_board(Analysis(read_study(tmp_path, NAME)), StudyFolder(tmp_path, read_study(tmp_path, NAME).name))
    assert (tmp_path / "leaderboard.csv").read_text() == text
