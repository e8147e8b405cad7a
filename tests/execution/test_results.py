"""The leaderboard's files."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from builders import NAME, complete, completed, drain, hand_made_study, mixed_study, opened, taken, tiny_sweep

from sweep.analysis.formats import as_csv
from sweep.analysis.leaderboard import board
from sweep.analysis.study_analysis import Analysis
from sweep.errors import SweepFailed
from sweep.execution import results as module
from sweep.execution.results import BOARD_SHARE, BoardWriter, board_kept, write_board, write_results
from sweep.study.ledger import Ledger
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


class Pace:
    """What time is, and how long a board takes to write."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seconds_a_board: float) -> None:
        self.now = 1000.0
        self.written: list[float] = []
        self._takes = seconds_a_board
        monkeypatch.setattr(module.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(module, "write_board", self._write)

    def _write(self, analysis: Analysis, folder: StudyFolder) -> None:
        self.written.append(self.now)
        self.now += self._takes

    def run(self, writer: BoardWriter, seconds: float) -> list[float]:
        """Let time pass in ticks of a tenth of a second, a trial ending before each; when boards were written."""
        end = self.now + seconds
        while self.now < end:
            writer.trial_ended()
            writer.tick()
            self.now += 0.1
        return self.written


def writer_of(tmp_path: Path) -> BoardWriter:
    study = hand_made_study(completed(0, 0.5))
    return BoardWriter(lambda: study, StudyFolder(tmp_path, study.name))


def test_the_board_is_written_at_once_and_then_about_twice_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = Pace(monkeypatch, 0.001).run(writer_of(tmp_path), 10)
    assert times[0] == 1000.0
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert all(0.5 <= gap <= 0.7 for gap in gaps)
    assert len(times) >= 15


@pytest.mark.parametrize("takes", [0.05, 0.5, 3.0])
def test_a_board_that_takes_long_is_written_less_often_so_that_it_takes_a_fiftieth_of_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, takes: float
) -> None:
    times = Pace(monkeypatch, takes).run(writer_of(tmp_path), 20 * takes / BOARD_SHARE)
    assert len(times) >= 15
    share = takes * (len(times) - 1) / (times[-1] - times[0])
    assert 0.9 * BOARD_SHARE / (1 + BOARD_SHARE) - 0.1 / (takes / BOARD_SHARE) <= share <= BOARD_SHARE


def test_a_board_that_is_up_to_date_is_not_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pace, writer = Pace(monkeypatch, 0.001), writer_of(tmp_path)
    for _ in range(3):
        writer.tick()
        pace.now += 60
    assert pace.written == []
    writer.trial_ended()
    for _ in range(3):
        writer.tick()
        pace.now += 60
    assert len(pace.written) == 1


def test_a_trial_that_ends_before_the_board_is_due_is_on_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pace, writer = Pace(monkeypatch, 0.001), writer_of(tmp_path)
    writer.trial_ended()
    writer.tick()
    pace.now += 0.1
    writer.trial_ended()
    writer.tick()
    assert len(pace.written) == 1
    pace.now += 0.5
    writer.tick()
    assert len(pace.written) == 2


def test_a_board_that_the_disk_refused_is_still_to_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = writer_of(tmp_path)  # its folder is not there
    writer.trial_ended()
    with pytest.raises(FileNotFoundError):
        writer.tick()
    (tmp_path / NAME).mkdir()
    writer.tick()
    assert len(pd.read_csv(tmp_path / NAME / "leaderboard.csv")) == 1


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SweepFailed("the baseline failed"), OSError(28, "full")])
def test_whatever_ends_a_run_the_board_shows_what_the_journal_holds(tmp_path: Path, error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, opened(tmp_path) as ledger, board_kept(ledger.folder):
        _two_trials_and(ledger, error)
    assert caught.value is error
    assert pd.read_csv(tmp_path / "leaderboard.csv")["state"].tolist() == ["COMPLETE", "COMPLETE"]


def _two_trials_and(ledger: Ledger, error: BaseException) -> None:
    for _ in range(2):
        complete(ledger, taken(ledger))
    raise error


def test_what_ended_a_run_is_told_even_if_its_board_cannot_be_written(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    folder = StudyFolder(tmp_path, NAME)
    folder.board.mkdir()
    with pytest.raises(SweepFailed, match="no luck"), board_kept(folder):
        raise SweepFailed("no luck")
    with pytest.raises(SweepFailed, match="no luck"), board_kept(StudyFolder(tmp_path, "nothing")):
        raise SweepFailed("no luck")


def test_a_run_that_ends_well_writes_its_board_itself(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    folder = StudyFolder(tmp_path, NAME)
    with board_kept(folder):
        pass
    assert not folder.board.exists()


def test_results_are_the_board_and_how_often_the_test_set_was_measured_on(tmp_path: Path) -> None:
    study = mixed_study(tmp_path)
    folder = StudyFolder(tmp_path, NAME)
    folder.run_json.write_text('{"started": "then"}')
    analysis = write_results(study, folder)
    assert analysis.study is study
    assert folder.board.read_text() == as_csv(board(analysis))
    facts = json.loads(folder.run_json.read_text())
    assert facts["started"] == "then"
    assert facts["test_evaluations"] == {"completed_trials": 3, "confirming_runs": 0, "total": 3}
