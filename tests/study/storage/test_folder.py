"""The folder of a study: its names, and what is moved aside or cleared away in it."""

from __future__ import annotations

import os
import time
from datetime import datetime
from pathlib import Path

import pytest
from builders import NAME, mixed_study, opened, taken, tiny_sweep
from hypothesis import given
from hypothesis import strategies as st

from sweep.errors import InputError
from sweep.study.opening import open_confirmations
from sweep.study.records import read_study
from sweep.study.storage.folder import JOURNAL, StudyFolder, checked_name, study_names


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


@pytest.mark.parametrize("name", ["tiny", "a", "A-b_c.d", "9", "ünïcode", "größe", "x" * 200, "a..b", "leaderboard"])
def test_letters_digits_and_a_few_marks_are_a_name(name: str) -> None:
    assert checked_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", ".hidden", "-x", "a/b", "a\\b", "a b", "a\n", "a\x00", "a:b", "*", "~", "\udcff", "\u202e"),
        *("leaderboard.csv", "x" * 201, "ä" * 101),
    ],
)
def test_a_name_that_is_unfit_for_a_folder_is_refused_with_what_is_fit(name: str) -> None:
    with pytest.raises(
        InputError, match=r"a study's name must be letters, digits, '-', '_' and '.', at most 200 bytes"
    ):
        checked_name(name)


@given(st.text(max_size=20))
def test_a_name_that_is_taken_is_one_folder_beside_the_others(name: str) -> None:
    try:
        folder = StudyFolder(Path("results"), checked_name(name))
    except InputError:
        return
    assert folder.path.parent == Path("results")
    assert os.path.normpath(folder.path) == str(folder.path)
    assert name.isprintable()


def test_every_file_of_a_study_lies_in_its_folder_but_the_board_of_the_last() -> None:
    folder = StudyFolder(Path("r"), "tiny")
    names = [folder.journal, folder.lock, folder.board, folder.run_json, folder.log]
    assert [str(path) for path in names] == [
        *("r/tiny/journal.log", "r/tiny/.lock", "r/tiny/leaderboard.csv", "r/tiny/run.json", "r/tiny/sweep.log")
    ]
    assert folder.latest_board == Path("r/leaderboard.csv")
    files = [folder.checkpoint("trial-0001"), folder.model("trial-0001"), folder.predictions("trial-0001")]
    assert all(path.is_relative_to(folder.path) and path.name.startswith("trial-0001.") for path in files)
    assert len(set(files)) == 3


def folder_of(results: Path, *files: str) -> StudyFolder:
    """A study's folder with some files, each holding its own name."""
    folder = StudyFolder(results, "tiny")
    for name in files:
        (folder.path / name).parent.mkdir(parents=True, exist_ok=True)
        (folder.path / name).write_text(name)
    return folder


def test_what_is_half_written_is_found_wherever_it_lies_and_a_board_only_once_it_is_old(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "journal.log", ".run.json.1.part", "models/.trial-0001.keras.w.part", "part", "a.part")
    old, new = tmp_path / ".leaderboard.csv.1.part", tmp_path / ".leaderboard.csv.2.part"
    for path in (old, new):
        path.touch()
    os.utime(old, (0, time.time() - 61))
    names = sorted(path.name for path in folder.half_written())
    assert names == [".leaderboard.csv.1.part", ".run.json.1.part", ".trial-0001.keras.w.part"]


def test_a_study_that_is_set_aside_takes_all_its_files_along_but_not_its_lock(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "journal.log", "models/trial-0001.keras", "sweep.log", ".lock")
    os.utime(folder.journal, (0, datetime(2025, 1, 2, 3, 4, 5).timestamp()))
    folder.set_aside()
    kept = tmp_path / "tiny-20250102-030405"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tiny", "tiny-20250102-030405"]
    assert [path.name for path in folder.path.iterdir()] == [".lock"]
    assert sorted(path.name for path in kept.iterdir()) == ["journal.log", "models", "sweep.log"]
    assert (kept / "models" / "trial-0001.keras").read_text() == "models/trial-0001.keras"


def test_a_second_study_set_aside_within_a_second_has_a_folder_of_its_own(tmp_path: Path) -> None:
    for turn in range(3):
        folder = folder_of(tmp_path, "journal.log")
        folder.journal.write_text(str(turn))
        os.utime(folder.journal, (0, datetime(2025, 1, 2, 3, 4, 5).timestamp()))
        folder.set_aside()
    kept = [tmp_path / f"tiny-20250102-030405{suffix}" / "journal.log" for suffix in ("", "-2", "-3")]
    assert [path.read_text() for path in kept] == ["0", "1", "2"]


def test_only_folders_with_a_journal_are_studies_the_newest_first(tmp_path: Path) -> None:
    for age, name in enumerate(("c", "a", "b")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "journal.log").touch()
        os.utime(tmp_path / name / "journal.log", (0, 1000 - age))
    (tmp_path / "empty").mkdir()
    (tmp_path / "journal.log").touch()
    assert study_names(tmp_path) == ["c", "a", "b"]
    assert study_names(tmp_path / "nowhere") == []
