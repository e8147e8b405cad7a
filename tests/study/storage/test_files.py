"""A file appears whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sweep.study.storage.files import write_whole

ROOT = Path(__file__).parents[3]


def test_text_and_bytes_are_written_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "board.csv"
    write_whole(path, "a,ä\n")
    assert path.read_bytes() == "a,ä\n".encode()
    write_whole(path, b"\x00")
    assert path.read_bytes() == b"\x00"
    assert [file.name for file in tmp_path.iterdir()] == ["board.csv"]


def test_without_its_folder_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "nowhere" / "board.csv", "a")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_way_leaves_no_part_behind(tmp_path: Path) -> None:
    (tmp_path / "board.csv").mkdir()
    with pytest.raises(IsADirectoryError):
        write_whole(tmp_path / "board.csv", "a")
    assert [file.name for file in tmp_path.iterdir()] == ["board.csv"]


def test_a_write_that_fails_keeps_the_old_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "board.csv"
    write_whole(path, "old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["board.csv"]


def test_text_that_cannot_be_encoded_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_whole(tmp_path / "board.csv", "\ud800")
    assert list(tmp_path.iterdir()) == []


def test_readers_never_see_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "board.csv"
    texts = ["a" * 200_000, "b" * 300_000]
    write_whole(path, texts[0])
    seen = []
    writer = threading.Thread(target=lambda: [write_whole(path, texts[turn % 2]) for turn in range(20)])
    writer.start()
    while writer.is_alive():
        seen.append(path.read_text() in texts)
    writer.join()
    assert seen
    assert all(seen)


def test_a_writer_killed_before_the_rename_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "board.csv"
    write_whole(path, "old")
    code = (
        "import os, sys; from pathlib import Path; from sweep.study.storage import files;"
        "files.os.fsync = lambda descriptor: os.kill(os.getpid(), 9);"
        "files.write_whole(Path(sys.argv[1]), 'new')"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, check=False)
    assert done.returncode == -9
    assert path.read_text() == "old"
