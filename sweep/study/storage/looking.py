"""Whether a driver has a study open, seen from outside."""

from __future__ import annotations

import fcntl
from pathlib import Path


def is_locked(path: Path) -> bool:
    """Whether a driver holds a study's lock, the file at `path`. The file is only looked at, and not written."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)  # free again when the file is closed
    except BlockingIOError:
        return True
    except OSError:
        return False  # there is none, or the file system has no locks
    return False
