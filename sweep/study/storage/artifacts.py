"""The one who writes checkpoints, models and predictions into a study's folder. Workers write nothing there."""

from __future__ import annotations

import os
import re
from pathlib import Path

NAME = re.compile(r"(checkpoints|models|predictions)/(trial-\d{4,}|confirm-\d{4,}-\d{2,})\.(npz|keras)")


def checkpoint_name(stem: str) -> str:
    """Where a trial's snapshot is, within the study's folder; `stem` is its plan's."""
    return f"checkpoints/{stem}.npz"


def model_name(stem: str) -> str:
    """Where a completed trial's model is, within the study's folder."""
    return f"models/{stem}.keras"


def predictions_name(stem: str) -> str:
    """Where a completed trial's predicted test labels are, within the study's folder."""
    return f"predictions/{stem}.npz"


class SupersededError(Exception):
    """Another worker has taken the trial over since: what this one writes no longer counts."""


class ArtifactStore:
    """Takes files in pieces, and puts each whole one in its place; knows whether workers should stop.

    A worker that was given up for lost may still run, or its last call may arrive late: only the worker that claimed
    a trial last may write for it.

    Args:
        folder: the study's.
    """

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)
        self._stopping = False
        self._writers: dict[str, str] = {}

    def claim(self, stem: str, writer: str) -> None:
        """From now on only this writer may write files of that name; what others left half-written goes."""
        self._writers[stem] = writer
        for part in self._folder.glob(f"*/.{stem}.*.part"):
            part.unlink(missing_ok=True)

    def write(self, name: str, piece: bytes, *, offset: int, last: bool, writer: str = "") -> None:
        """Take one piece of a file; with the last one the file appears whole. A piece may come again.

        Raises:
            SupersededError: if another writer has claimed the file since.
        """
        path = self._path(name)
        if self._writers.get(path.stem, writer) != writer:
            raise SupersededError(f"another worker has taken {path.stem} over")
        part = path.with_name(f".{path.name}.{writer}.part")
        path.parent.mkdir(parents=True, exist_ok=True)
        if offset and last and not part.exists() and path.stat().st_size == offset + len(piece):
            return
        try:
            with part.open("r+b" if offset else "wb") as file:
                file.seek(offset)
                file.write(piece)
                if last:
                    file.flush()
                    os.fsync(file.fileno())
            if last:
                part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)  # a full disk is not kept full by a file that nobody reads
            raise

    def read(self, name: str, offset: int, size: int) -> bytes | None:
        """A piece of a file; empty behind its end, None if there is no such file."""
        try:
            with self._path(name).open("rb") as file:
                file.seek(offset)
                return file.read(size)
        except FileNotFoundError:
            return None

    def stop(self) -> None:
        """From now on every worker that asks is told to save its trial and stop."""
        self._stopping = True

    def stopping(self) -> bool:
        """Whether workers should stop."""
        return self._stopping

    def _path(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise ValueError(f"a kept file must be named like checkpoints/trial-0007.npz, but got {name!r}")
        return self._folder / name
