"""`results/STUDY/sweep.log`: what the driver decided and why, what workers printed, what Ray reported of lost ones.

All modules of `sweep` log to the standard logger "sweep"; while a study is open, its log file gets these records.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler

from sweep.sanitize import OneLineFormatter
from sweep.study.storage.folder import StudyFolder

LOGGER = logging.getLogger("sweep")
MAX_BYTES = 5_000_000
KEPT_FILES = 3


class _LogFile(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """Go on without the log: a disk that refuses it refuses the ledger too, which ends the run with a message."""
        LOGGER.removeHandler(self)


@contextmanager
def study_log(folder: StudyFolder) -> Iterator[None]:
    """Write what is logged in this context to the study's log file, rotated at 5 MB with three old files kept."""
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
