"""The artifact store: it alone writes checkpoints, models and predictions into a study's folder, for all workers."""

from __future__ import annotations

import os
import re
from pathlib import Path

NAME = re.compile(r"(checkpoints|models|predictions)/(trial-\d{4,}|confirm-\d{4,}-\d{2,})\.(npz|keras)")


def checkpoint_name(stem: str) -> str:
    """The path of a trial's checkpoint in the study's folder; `stem` is `TrialSpec.stem`."""
    return f"checkpoints/{stem}.npz"


def model_name(stem: str) -> str:
    """The path of a completed trial's model in the study's folder; `stem` is `TrialSpec.stem`."""
    return f"models/{stem}.keras"


def predictions_name(stem: str) -> str:
    """The path of a completed trial's predicted test labels in the study's folder; `stem` is `TrialSpec.stem`."""
    return f"predictions/{stem}.npz"


class SupersededError(Exception):
    """Another worker has taken the trial over, and this one may no longer write for it."""


class ArtifactStore:
    """Takes files in pieces and puts each in its place when it is whole; says whether workers should stop.

    A worker that is taken for lost may still run, or its last call may arrive late. So only the worker that claimed a
    trial last may write for it.

    Args:
        folder: path of the study's folder.
    """

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)
        self._stopping = False
        self._writers: dict[str, str] = {}

    def claim(self, stem: str, writer: str) -> None:
        """Let only one writer write a trial's files from now on, and remove what others left half-written.

        Args:
            stem: name of the trial's files, `TrialSpec.stem`.
            writer: the worker's name for itself, unlike every other worker's.
        """
        self._writers[stem] = writer
        for part in self._folder.glob(f"*/.{stem}.*.part"):
            part.unlink(missing_ok=True)

    def write(self, name: str, piece: bytes, *, offset: int, last: bool, writer: str = "") -> None:
        """Take one piece of a file, which appears, whole, with its last piece. A piece may be sent twice.

        Args:
            name: path of the file in the study's folder.
            piece: the bytes.
            offset: where in the file the piece begins, in bytes.
            last: whether this is the last piece.
            writer: the worker's name for itself, as in `claim`. Default: empty.

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
        """A piece of a file; empty beyond its end, None if there is no such file.

        Args:
            name: path of the file in the study's folder.
            offset: where in the file the piece begins, in bytes.
            size: maximum number of bytes.
        """
        try:
            with self._path(name).open("rb") as file:
                file.seek(offset)
                return file.read(size)
        except FileNotFoundError:
            return None

    def stop(self) -> None:
        """Make `stopping` true, upon which workers save their trials and stop."""
        self._stopping = True

    def stopping(self) -> bool:
        """Whether workers should save their trials and stop."""
        return self._stopping

    def _path(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise ValueError(f"a kept file must be named like checkpoints/trial-0007.npz, but got {name!r}")
        return self._folder / name
