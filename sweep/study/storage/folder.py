"""`results/STUDY`: every path under it, and the studies that lie beside it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sweep.errors import InputError
from sweep.study.storage.artifacts import checkpoint_name, model_name, predictions_name

JOURNAL = "journal.log"
BOARD = "leaderboard.csv"
MAX_NAME_BYTES = 200
"""Bytes of a study's name: file systems allow 255, and `--new` appends to the old study's."""
LONGEST_WRITE_SECONDS = 60.0
"""Another study's driver may be writing the same board."""


@dataclass(frozen=True)
class StudyFolder:
    """Where one study's files are.

    Args:
        results: the results folder.
        name: the study's name, which is its folder's.
    """

    results: Path
    name: str

    @property
    def path(self) -> Path:
        """The folder itself."""
        return self.results / self.name

    @property
    def journal(self) -> Path:
        """The ledger: an Optuna journal."""
        return self.path / JOURNAL

    @property
    def lock(self) -> Path:
        """The file whose lock the driver holds that has the study open."""
        return self.path / ".lock"

    @property
    def board(self) -> Path:
        """The study's leaderboard."""
        return self.path / BOARD

    @property
    def latest_board(self) -> Path:
        """The leaderboard of the study that ran last."""
        return self.results / BOARD

    @property
    def run_json(self) -> Path:
        """What the last run ran with."""
        return self.path / "run.json"

    @property
    def log(self) -> Path:
        """What the driver decided, what workers printed, and what Ray said of lost ones."""
        return self.path / "sweep.log"

    def checkpoint(self, stem: str) -> Path:
        """Where a running trial goes on from; `stem` is `TrialSpec.stem`."""
        return self.path / checkpoint_name(stem)

    def model(self, stem: str) -> Path:
        """The trained model of a completed trial or confirming run."""
        return self.path / model_name(stem)

    def predictions(self, stem: str) -> Path:
        """The labels that the trained model gave the test examples."""
        return self.path / predictions_name(stem)

    def half_written(self) -> Iterator[Path]:
        """What a killed driver left half-written in this folder, and half a board that any driver left beside it."""
        yield from self.path.rglob(".*.part")
        for part in self.results.glob(".*.part"):
            with suppress(FileNotFoundError):  # it has just become the board
                if time.time() - part.stat().st_mtime > LONGEST_WRITE_SECONDS:
                    yield part

    def set_aside(self) -> None:
        """Move all files of the study into a folder named after it and the time it was last written to."""
        stamp = datetime.fromtimestamp(self.journal.stat().st_mtime).strftime("%Y%m%d-%H%M%S")
        names = (f"{self.name}-{stamp}{suffix}" for suffix in ("", *(f"-{turn}" for turn in range(2, 1000))))
        # The journal goes last: a folder of that name without one is what an interrupted move left; it is gone on with.
        kept = next(folder for name in names if not (folder := StudyFolder(self.results, name)).journal.exists()).path
        for path in sorted(self.path.iterdir(), key=lambda path: path == self.journal):
            if path != self.lock:
                kept.mkdir(exist_ok=True)
                path.rename(kept / path.name)


def study_names(results: Path) -> list[str]:
    """The names of the studies in a results folder, the one that ran last first."""
    paths = sorted(results.glob(f"*/{JOURNAL}"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [path.parent.name for path in paths]


def checked_name(name: str) -> str:
    """A study's name, if it is fit to be a folder's.

    Raises:
        InputError: if it is not.
    """
    if (
        not name
        or name.startswith((".", "-"))
        or name == BOARD
        or any(not (char.isalnum() or char in "-_.") for char in name)
        or len(name.encode()) > MAX_NAME_BYTES
    ):
        raise InputError(
            f"a study's name must be letters, digits, '-', '_' and '.', at most {MAX_NAME_BYTES} bytes of them, "
            f"but got {name!r}; give a --name"
        )
    return name
