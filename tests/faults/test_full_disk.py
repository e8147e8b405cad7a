"""A disk that is full: the sweep ends with a clear message, the ledger is intact, and with room it goes on.

The write that fails is each one in turn, by a stand-in; and whichever comes first, on a small real disk (a tmpfs, which
needs root and takes a minute: set SWEEP_FAULTS=short or full).
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import program
import pytest
from builders import NAME, measurement, tiny_definition, tiny_sweep
from observers import Heard, Quiet

from sweep.analysis.study_analysis import Analysis
from sweep.execution import results as board_files
from sweep.execution.confirmation_driver import ConfirmationDriver
from sweep.execution.confirmation_plan import fixed_plan
from sweep.execution.driver import Driver
from sweep.execution.results import BoardWriter, write_board
from sweep.study.opening import open_ledger
from sweep.study.records import StudyRecord, read_study
from sweep.study.storage.artifacts import ArtifactStore, checkpoint_name, model_name
from sweep.study.storage.folder import StudyFolder

LENGTH = os.environ.get("SWEEP_FAULTS", "")
ACCURACIES = (0.8, 0.9, 0.1, 0.95)
SEEDS = 2
TRIALS = 5
"""Of the sweep whose disk really fills up, after two of them."""
ENDED = ("COMPLETE", "PRUNED", "FAIL")

pytestmark = pytest.mark.faults


class Disk:
    """A folder's disk, which may be full: asked whenever something is made, opened to write, renamed or made durable.

    Args:
        folder: what is on it.
        full_at: the number of the first such event that finds no room. Default: there is always room.
    """

    mounted: Disk | None = None

    def __init__(self, folder: Path, full_at: int | None = None) -> None:
        self.events = 0
        self._folder = str(folder)
        self._full_at = full_at

    def __enter__(self) -> Disk:
        Disk.mounted = self
        return self

    def __exit__(self, *exc: object) -> None:
        Disk.mounted = None

    def touched(self, path: object) -> None:
        """Something happens to a path that needs room, if it is on this disk."""
        if isinstance(path, str | os.PathLike) and os.fspath(path).startswith(self._folder):
            self.asked()

    def asked(self) -> None:
        """Something needs room."""
        self.events += 1
        if self._full_at is not None and self.events >= self._full_at:
            raise OSError(errno.ENOSPC, "No space left on device")


WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def audited(event: str, arguments: tuple[object, ...]) -> None:
    """Python's own word on every file it touches (`sys.addaudithook`)."""
    disk = Disk.mounted
    if disk is None or event not in ("open", "os.rename", "os.mkdir"):
        return
    path, _, flags = arguments[:3]
    if event != "open" or (isinstance(flags, int) and flags & WRITES):
        disk.touched(path)


sys.addaudithook(audited)


def fsync(file: int) -> None:
    """Stands in for `os.fsync`."""
    if Disk.mounted is not None:
        Disk.mounted.asked()


def work(results: Path) -> None:
    """A whole study as `run` drives it, with its confirming runs, checkpoints and models, but without Ray."""
    sweep = tiny_sweep(trials=len(ACCURACIES))
    with open_ledger(results, NAME, sweep, tiny_definition()) as ledger:
        board, artifacts = BoardWriter(ledger.record, ledger.folder), ArtifactStore(str(ledger.folder.path))
        driver = Driver(ledger, Heard(), board.trial_ended, board.tick)
        while (spec := driver.next_trial()) is not None:
            for step in sweep.steps:
                artifacts.write(checkpoint_name(spec.stem), bytes(100), offset=0, last=True)
                if step == 100:
                    artifacts.write(model_name(spec.stem), bytes(100), offset=0, last=True)
                goes_on = driver.measured(spec.number, measurement(step, ACCURACIES[spec.number]))
                driver.tick()
                if not goes_on:
                    break
        confirmations, runs = ledger.confirmations(), fixed_plan(Analysis(ledger.record()), 1, SEEDS).runs
        confirmations.schedule(runs, SEEDS)
        driver = ConfirmationDriver(confirmations, runs, Quiet())
        while (spec := driver.next_trial()) is not None:
            for kept in (checkpoint_name(spec.stem), model_name(spec.stem)):
                artifacts.write(kept, bytes(100), offset=0, last=True)
            driver.measured(spec.number, measurement(100, 0.9))
        write_board(Analysis(ledger.record()), StudyFolder(results, ledger.record().name))


def ended(results: Path) -> dict[object, object]:
    """What has ended so far, trials and confirming runs, as anyone reads it from the journal."""
    if not (results / NAME / "journal.log").is_file() or not (results / NAME / "journal.log").stat().st_size:
        return {}
    study = read_study(results, NAME)
    trials = {trial.number: trial for trial in study.trials if trial.state in ENDED}
    return {**trials, **{(run.trial, run.index): run for run in study.confirming}}


def test_whichever_write_finds_the_disk_full_nothing_that_ended_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_files, "BOARD_SECONDS", 0.0)
    monkeypatch.setattr(board_files, "BOARD_SHARE", 1e9)
    monkeypatch.setattr("os.fsync", fsync)
    with Disk(tmp_path) as disk:
        work(tmp_path / "whole")
    whole = read_study(tmp_path / "whole", NAME)
    assert [trial.state for trial in whole.trials] == ["COMPLETE", "COMPLETE", "PRUNED", "COMPLETE"]
    seen = set()
    for number in range(1, disk.events + 1):
        results = tmp_path / str(number)
        with Disk(results, full_at=number), pytest.raises(OSError, match="No space"):
            work(results)
        before = ended(results)
        seen.add(len(before))
        assert [path for path in results.rglob("*") if path.name.endswith(".part") or ".torn" in path.name] == []
        work(results)
        after = ended(results)
        assert {key: after[key] for key in before} == before
        assert outcome(read_study(results, NAME)) == outcome(whole)
        assert (results / NAME / "leaderboard.csv").read_text() == (results / "leaderboard.csv").read_text()
    assert seen == set(range(len(ACCURACIES) + 2 * SEEDS + 1))


def outcome(study: StudyRecord) -> list[object]:
    """How each trial and each confirming run ended."""
    trials = [(trial.state, trial.value, len(trial.curve)) for trial in study.trials]
    return [*trials, *((run.trial, run.index, run.seed, run.test.get("accuracy")) for run in study.confirming)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A results folder on a disk of 16 MB: a report is 5, and the old one stays until the new one is written."""
    if LENGTH not in ("short", "full"):
        pytest.skip("a minute long: set SWEEP_FAULTS=short or full")
    if os.geteuid() != 0:
        pytest.skip("mounting a tmpfs needs root")
    folder = tmp_path / "results"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)], check=False)
    if mounted.returncode:
        pytest.skip("no tmpfs may be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path, room: int) -> Path:
    """Leave so many bytes, though the sweep goes on writing."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while (free := shutil.disk_usage(folder).free - room) > 0:
            file.write(bytes(min(free, 65_536)))
    return filler


@pytest.mark.parametrize(
    ("epochs", "room", "what"),
    [
        pytest.param(40, 16_384, "a checkpoint finds no room", id="checkpoint"),
        pytest.param(
            1,
            0,
            "the journal or the board finds none",
            id="journal",
            marks=pytest.mark.skipif(LENGTH != "full", reason="set SWEEP_FAULTS=full"),
        ),
    ],
)
def test_a_sweep_whose_disk_fills_up_says_so_and_goes_on_with_room(
    tmp_path: Path, small_disk: Path, epochs: int, room: int, what: str
) -> None:
    space = program.SPACE.replace("epochs=3", f"epochs={epochs}").replace("trials=8", f"trials={TRIALS}")
    file = program.space_file(tmp_path, space)
    driver = program.start(["run", file], tmp_path)
    program.wait_for(lambda: program.ended(tmp_path) >= 2, driver)
    filler = fill(small_disk, room)
    status, _, err = program.finish(driver)
    assert status == 1
    (line,) = err.splitlines()
    assert "room" in line
    assert "No space left" in line
    assert "type the same command again" in line
    before = {trial.number: trial for trial in program.trials(tmp_path) if trial.state.is_finished()}
    assert len(before) >= 2

    status, _, err = program.sweep("run", file, cwd=tmp_path)
    assert status == 1
    assert "room" in err

    filler.unlink()
    status, _, err = program.sweep("run", file, cwd=tmp_path)
    assert (status, err) == (0, "")
    after = program.trials(tmp_path)
    assert [trial.number for trial in after] == list(range(TRIALS))
    assert {trial.state.name for trial in after} <= {"COMPLETE", "PRUNED"}
    assert {number: after[number] for number in before} == before
    assert len(program.board(tmp_path)) == TRIALS
