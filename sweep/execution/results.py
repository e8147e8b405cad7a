"""The leaderboard's files, kept up to date while a study is run and written once more at its end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from sweep.analysis.formats import as_csv
from sweep.analysis.leaderboard import board
from sweep.analysis.study_analysis import Analysis
from sweep.data.dataset import Dataset
from sweep.errors import InputError
from sweep.study.events import StopReason
from sweep.study.provenance import count_test_evaluations
from sweep.study.records import StudyRecord, read_study
from sweep.study.storage.files import write_whole
from sweep.study.storage.folder import StudyFolder

BOARD_SECONDS = 0.5
"""Minimum number of seconds between two writes of the board."""
BOARD_SHARE = 0.02
"""Maximum share of the driver's time for rewriting the board, which is made anew from all trials each time."""


def write_board(analysis: Analysis, folder: StudyFolder) -> None:
    """Write a study's board into its folder, and into the results folder as that of the study that ran last."""
    text = as_csv(board(analysis))
    write_whole(folder.board, text)
    write_whole(folder.latest_board, text)


def write_results(study: StudyRecord, folder: StudyFolder) -> Analysis:
    """Write a study's board, and the number of its test evaluations into run.json; returns the study's analysis."""
    analysis = Analysis(study, folder)
    write_board(analysis, folder)
    count_test_evaluations(folder, study)
    return analysis


@dataclass(frozen=True)
class RunResult:
    """How a run ended.

    Args:
        analysis: analysis of the study at the end of the run.
        stop_reason: why the run stopped early; None if it did not, or the user asked for it.
        budget: number of trials that the study was to be brought up to; None if none was to be added.
        dataset: the data set that the study was run on. Default: None, not known.
    """

    analysis: Analysis
    stop_reason: StopReason | None
    budget: int | None = None
    dataset: Dataset | None = None


@contextmanager
def board_kept(folder: StudyFolder) -> Iterator[None]:
    """If this context raises, write what the journal then holds to the board, if the disk allows it."""
    try:
        yield
    except BaseException:
        with suppress(OSError, InputError):  # the error that is passed on matters more than this one
            write_results(read_study(folder.results, folder.name), folder)
        raise


class BoardWriter:
    """Rewrites the board as trials end, at most twice a second, and less often if writing takes long.

    Args:
        record: a function that returns the study's current record.
        folder: the study's folder.
    """

    def __init__(self, record: Callable[[], StudyRecord], folder: StudyFolder) -> None:
        self._record = record
        self._folder = folder
        self._stale = False
        self._due = 0.0

    def trial_ended(self) -> None:
        """Note that a trial ended, so that the board is out of date."""
        self._stale = True

    def tick(self) -> None:
        """Write the board if it is out of date and due."""
        began = time.monotonic()
        if self._stale and began >= self._due:
            self.flush()
            ended = time.monotonic()
            self._due = ended + max(BOARD_SECONDS, (ended - began) / BOARD_SHARE)

    def flush(self) -> None:
        """Write the board now, if it is out of date."""
        if self._stale:
            write_board(Analysis(self._record()), self._folder)
            self._stale = False
