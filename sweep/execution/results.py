"""The board at the end of a command that writes to a study."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sweep.analysis.leaderboard import write_board
from sweep.errors import InputError
from sweep.report.format import console
from sweep.study.provenance import count_test_evaluations
from sweep.study.records import StudyRecord, read_study


def board_of(study: StudyRecord, results: Path) -> StudyRecord:
    """Write a study's board, and how often its test set was looked at; returns the study."""
    write_board(study, results)
    count_test_evaluations(results / study.name, study)
    return study


def tell_torn(incomplete_write: Path | None) -> None:
    """Say on standard error that the end of the journal was torn, if it was."""
    if incomplete_write is not None:
        size = incomplete_write.stat().st_size
        console(stderr=True).print(
            f"the last {size} bytes of the journal were torn when an earlier run was killed; "
            f"they are kept in {incomplete_write}"
        )


@contextmanager
def board_kept(results: Path, name: str) -> Iterator[None]:
    """Whatever ends what is done meanwhile, the board shows what the journal then holds, if the disk lets it."""
    try:
        yield
    except BaseException:
        with suppress(OSError, InputError):  # what ended it is told, not what its end could not write
            board_of(read_study(results, name), results)
        raise
