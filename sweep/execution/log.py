"""`results/STUDY/sweep.log`: what the driver decided and why, what workers printed, what Ray said of lost ones.

Everything in `sweep` logs to the standard logger "sweep"; while a study is open, that goes to its file.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler

from sweep.sanitize import one_line
from sweep.study.storage.folder import StudyFolder

LOGGER = logging.getLogger("sweep")
MAX_BYTES = 5_000_000
KEPT_FILES = 3


class OneLineFormatter(logging.Formatter):
    """Formats a record so that no text from outside begins an entry: its further lines are indented, and harmless."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The record's text."""
        return "\n    ".join(one_line(line) for line in super().format(record).splitlines())


class _LogFile(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """Go without the log: a disk that refuses it refuses the ledger too, which ends the run with a message."""
        LOGGER.removeHandler(self)


@contextmanager
def study_log(folder: StudyFolder) -> Iterator[None]:
    """Keep what is logged meanwhile in the study's log file, which is rotated at 5 MB; three old ones are kept."""
    handler = _LogFile(folder.log, maxBytes=MAX_BYTES, backupCount=KEPT_FILES, encoding="utf-8", delay=True)
    handler.setFormatter(OneLineFormatter())
    level = LOGGER.level
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        LOGGER.setLevel(level)
        LOGGER.removeHandler(handler)
        handler.close()
