"""The folder of a study: its names, and what is moved aside or cleared away in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from builders import NAME, mixed_study, opened, taken, tiny_sweep

from sweep.errors import InputError
from sweep.study.opening import open_confirmations
from sweep.study.records import read_study
from sweep.study.storage.folder import JOURNAL, study_names


def test_the_study_that_ran_last_comes_first(tmp_path: Path) -> None:
    for name in ("b", "a", "c"):
        with opened(tmp_path, name=name):
            pass
    with opened(tmp_path, name="b") as ledger:
        taken(ledger)
    assert study_names(tmp_path)[0] == "b"
    assert sorted(study_names(tmp_path)) == ["a", "b", "c"]


def test_the_study_that_ran_last_is_not_one_that_was_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        with opened(tmp_path, name=name):
            pass
    os.utime(tmp_path / "a" / JOURNAL, (1, 1))
    with pytest.raises(InputError):
        opened(tmp_path, tiny_sweep(epochs=9), name="a")
    assert study_names(tmp_path) == ["b", "a"]
    os.utime(tmp_path / "b" / JOURNAL, (1, 1))
    with open_confirmations(tmp_path, "a"):
        assert study_names(tmp_path) == ["a", "b"]


def test_what_a_killed_driver_left_half_written_goes_but_not_what_another_writes_now(tmp_path: Path) -> None:
    (tmp_path / NAME / "models").mkdir(parents=True)
    left, written = tmp_path / ".leaderboard.csv.17.part", tmp_path / ".leaderboard.csv.18.part"
    for path in (left, written, tmp_path / NAME / "models" / ".trial-0001.keras.x.part"):
        path.touch()
    os.utime(left, (1, 1))
    with opened(tmp_path):
        assert list(tmp_path.rglob(".*.part")) == [written]


def test_a_move_aside_that_was_interrupted_is_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mixed_study(tmp_path)
    (tmp_path / NAME / "models").mkdir()
    rename = Path.rename

    def killed(path: Path, target: Path) -> Path:
        if path.name == JOURNAL:
            raise KeyboardInterrupt
        return rename(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", killed)
        with pytest.raises(KeyboardInterrupt):
            opened(tmp_path, new=True)
    with opened(tmp_path, new=True):
        pass
    kept = next(path for path in tmp_path.iterdir() if path.is_dir() and path.name != NAME)
    assert sorted(path.name for path in kept.iterdir()) == [JOURNAL, "models"]
    assert len(read_study(tmp_path, kept.name).trials) == 6
