"""`results/STUDY`: every path in it, and the names of the studies in a results folder."""

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
"""After how many seconds a half-written board is a killed driver's; a younger one may be in the making."""


@dataclass(frozen=True)
class StudyFolder:
    """The folder of one study, and the paths of all its files.

    Args:
        results: the results folder.
        name: name of the study, and of its folder.
    """

    results: Path
    name: str

    @property
    def path(self) -> Path:
        """The path of the folder itself."""
        return self.results / self.name

    @property
    def journal(self) -> Path:
        """The ledger: an Optuna journal."""
        return self.path / JOURNAL

    @property
    def lock(self) -> Path:
        """The file that the study's driver locks while it has the study open."""
        return self.path / ".lock"

    @property
    def journal_lock(self) -> Path:
        """Optuna's own lock on the journal, a link, which other programs that write to it take too."""
        return self.journal.with_name(f"{JOURNAL}.lock")

    @property
    def board(self) -> Path:
        """The study's leaderboard, as CSV."""
        return self.path / BOARD

    @property
    def latest_board(self) -> Path:
        """The leaderboard of the study that ran last, as CSV in the results folder."""
        return self.results / BOARD

    @property
    def report(self) -> Path:
        """The study's report, one HTML file."""
        return self.path / "report.html"

    @property
    def tensorboard(self) -> Path:
        """The folder of TensorBoard's files, which holds one for each trial."""
        return self.path / "tensorboard"

    @property
    def mlflow_json(self) -> Path:
        """Which run of which MLflow server the study is."""
        return self.path / "mlflow.json"

    @property
    def run_json(self) -> Path:
        """What the study's last run ran with: versions, code, data, machine and command."""
        return self.path / "run.json"

    @property
    def log(self) -> Path:
        """The study's log: what the driver decided, what workers printed, and what Ray reported of lost workers."""
        return self.path / "sweep.log"

    def checkpoint(self, stem: str) -> Path:
        """The checkpoint of a running trial or confirming run; `stem` is `TrialSpec.stem`."""
        return self.path / checkpoint_name(stem)

    def model(self, stem: str) -> Path:
        """The model of a completed trial or confirming run; `stem` is `TrialSpec.stem`."""
        return self.path / model_name(stem)

    def predictions(self, stem: str) -> Path:
        """The test labels that a completed trial or run predicted; `stem` is `TrialSpec.stem`."""
        return self.path / predictions_name(stem)

    def half_written(self) -> Iterator[Path]:
        """The half-written files that a killed driver left in this folder, and half a board that any left beside it."""
        yield from self.path.rglob(".*.part")
        for part in self.results.glob(".*.part"):
            with suppress(FileNotFoundError):  # it has just become the board
                if time.time() - part.stat().st_mtime > LONGEST_WRITE_SECONDS:
                    yield part

    def set_aside(self) -> None:
        """Move all files of the study into a folder that is named after the study and the time of its last write."""
        stamp = datetime.fromtimestamp(self.journal.stat().st_mtime).strftime("%Y%m%d-%H%M%S")
        names = (f"{self.name}-{stamp}{suffix}" for suffix in ("", *(f"-{turn}" for turn in range(2, 1000))))
        # The journal is moved last: a folder of that name without one is left of an interrupted move, which goes on.
        kept = next(folder for name in names if not (folder := StudyFolder(self.results, name)).journal.exists()).path
        for path in sorted(self.path.iterdir(), key=lambda path: path == self.journal):
            if path not in (self.lock, self.journal_lock):
                kept.mkdir(exist_ok=True)
                path.rename(kept / path.name)


def study_names(results: Path) -> list[str]:
    """The names of the studies in a results folder; the study that ran last comes first."""
    paths = sorted(results.glob(f"*/{JOURNAL}"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [path.parent.name for path in paths]


def latest_study(results: Path) -> str:
    """The name of the study that ran last in a results folder.

    Raises:
        InputError: if there is none.
    """
    names = study_names(results)
    if not names:
        raise InputError(f"there is no study in {results}/ yet; begin one with `python -m sweep run SPACE`")
    return names[0]


def is_study_name(name: str) -> bool:
    """Whether a study may have a name, which is a folder's: one word, not a path."""
    return (
        bool(name)
        and not name.startswith((".", "-"))
        and name != BOARD
        and all(char.isalnum() or char in "-_." for char in name)
        and len(name.encode()) <= MAX_NAME_BYTES
    )


def checked_name(name: str) -> str:
    """A study's name, if a study may have it.

    Raises:
        InputError: if it may not.
    """
    if not is_study_name(name):
        raise InputError(
            f"a study's name must be letters, digits, '-', '_' and '.', at most {MAX_NAME_BYTES} bytes of them, "
            f"but got {name!r}; give a --name"
        )
    return name
