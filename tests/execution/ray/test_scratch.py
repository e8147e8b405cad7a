"""Scratch folders go with the run that made them, or with the next run if that one was killed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sweep.execution.ray.scratch import LOCK, PREFIX, RAYS, clear_leftovers, scratch_folder

ROOT = Path(__file__).parents[3]
HOLD = (
    "import sys, time; from pathlib import Path; from sweep.execution.ray.scratch import scratch_folder;"
    "made = scratch_folder(Path(sys.argv[1])); print(made.__enter__(), flush=True); time.sleep(60)"
)


def test_the_folder_is_for_this_user_alone_and_gone_afterwards(tmp_path: Path) -> None:
    with scratch_folder(tmp_path) as folder:
        (folder / "inside").mkdir()
        (folder / "inside" / "file").write_text("x")
        assert folder.parent == tmp_path
        assert folder.name.startswith(PREFIX)
        assert folder.stat().st_mode & 0o777 == 0o700
    assert list(tmp_path.iterdir()) == []


def test_it_is_gone_after_an_error_too(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="oh"), scratch_folder(tmp_path):
        raise RuntimeError("oh")
    assert list(tmp_path.iterdir()) == []


def test_the_next_run_clears_away_what_a_killed_one_left_and_nothing_of_one_that_lives(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        folders = [Path(process.stdout.readline().strip()) for process in running if process.stdout]
        running[0].send_signal(signal.SIGKILL)
        running[0].wait()
        assert all(folder.is_dir() for folder in folders)
        with scratch_folder(tmp_path) as own:
            assert sorted(tmp_path.iterdir()) == sorted([own, folders[1]])
    finally:
        for process in running:
            process.kill()
            process.communicate()
    clear_leftovers(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_a_dying_process_still_writes_into_goes_with_the_run_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    removed = shutil.rmtree

    def writes_again(folder: Path, ignore_errors: bool) -> None:
        removed(folder)
        folder.mkdir()
        (folder / "raylet.out").write_text("bye")

    with monkeypatch.context() as patched, scratch_folder(tmp_path) as folder:
        (folder / "logs").mkdir()
        patched.setattr("sweep.execution.ray.scratch.shutil.rmtree", writes_again)
    monkeypatch.undo()
    assert folder.exists()
    clear_leftovers(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_other_folders_of_such_a_name_stay(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / LOCK).touch()
    (tmp_path / f"{PREFIX}mine").mkdir()
    (tmp_path / f"{PREFIX}mine" / "thesis.txt").write_text("years of work")
    os.symlink(elsewhere, tmp_path / f"{PREFIX}link")
    (tmp_path / f"{PREFIX}file").touch()
    before = sorted(tmp_path.rglob("*"))
    clear_leftovers(tmp_path)
    assert sorted(tmp_path.rglob("*")) == before


def test_what_dying_processes_of_ray_wrote_once_all_was_gone_goes_too(tmp_path: Path) -> None:
    left = tmp_path / f"{PREFIX}08t1w33i"
    (left / RAYS / "session" / "logs").mkdir(parents=True)
    mine = tmp_path / f"{PREFIX}mine" / RAYS
    mine.mkdir(parents=True)
    (tmp_path / f"{PREFIX}08t1w33j").mkdir()
    clear_leftovers(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([mine.parent, tmp_path / f"{PREFIX}08t1w33j"])
