"""The leaderboard's files, kept up to date while a study is run and written once more at its end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from sweep.analysis.formats import as_csv
from sweep.analysis.leaderboard import board
from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError
from sweep.study.events import StopReason
from sweep.study.provenance import count_test_evaluations
from sweep.study.records import StudyRecord, read_study
from sweep.study.storage.files import write_whole
from sweep.study.storage.folder import StudyFolder

BOARD_SECONDS = 0.5
BOARD_SHARE = 0.02
"""The most of the driver's time that goes into rewriting the board: it is made anew from all trials each time."""


def write_board(analysis: Analysis, folder: StudyFolder) -> None:
    """Write a study's board, and the same as the board of the study that ran last."""
    text = as_csv(board(analysis))
    write_whole(folder.board, text)
    write_whole(folder.latest_board, text)


def write_results(study: StudyRecord, folder: StudyFolder) -> Analysis:
    """Write a study's board, and into run.json how often its test set was measured on; returns what the study says."""
    analysis = Analysis(study)
    write_board(analysis, folder)
    count_test_evaluations(folder, study)
    return analysis


@dataclass(frozen=True)
class RunResult:
    """How a run ended.

    Args:
        analysis: of the study as it stands.
        stop_reason: why it ended although there is more to do; None if there is not, or the user asked for the end.
        trials: the study's budget.
    """

    analysis: Analysis
    stop_reason: StopReason | None
    trials: int


@contextmanager
def board_kept(folder: StudyFolder) -> Iterator[None]:
    """Whatever ends what is done meanwhile, the board shows what the journal then holds, if the disk lets it."""
    try:
        yield
    except BaseException:
        with suppress(OSError, InputError):  # what ended it is reported, not what its end could not write
            write_results(read_study(folder.results, folder.name), folder)
        raise


class BoardWriter:
    """Rewrites the board as trials end, a few times a second at most, and less often where it takes long.

    Args:
        record: gives the study as it stands.
        folder: where its files are.
    """

    def __init__(self, record: Callable[[], StudyRecord], folder: StudyFolder) -> None:
        self._record = record
        self._folder = folder
        self._stale = False
        self._due = 0.0

    def trial_ended(self) -> None:
        """The board is out of date."""
        self._stale = True

    def tick(self) -> None:
        """Write the board if it is out of date and due."""
        began = time.monotonic()
        if self._stale and began >= self._due:
            write_board(Analysis(self._record()), self._folder)
            self._stale = False
            ended = time.monotonic()
            self._due = ended + max(BOARD_SECONDS, (ended - began) / BOARD_SHARE)
