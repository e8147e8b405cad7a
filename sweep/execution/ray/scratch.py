"""Folders that last as long as a run: what a killed one left behind, the next one clears away."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

PREFIX = "sweep-run-"
LOCK = ".sweep-scratch"
"""Only a folder with this file is ever cleared away, and only while no process holds the lock on it."""


@contextmanager
def scratch_folder(root: Path | None = None) -> Iterator[Path]:
    """A new folder that only this user can enter; it is gone afterwards.

    Args:
        root: where to make it. Default: the system's folder for temporary files.
    """
    root = root or Path(tempfile.gettempdir())
    clear_leftovers(root)
    made = Path(tempfile.mkdtemp(prefix=f".{PREFIX}", dir=root))
    lock = FileLock(made / LOCK)
    lock.acquire(timeout=0)
    folder = made.rename(root / made.name.removeprefix("."))  # seen by others only once it is locked
    try:
        yield folder
    finally:
        _remove(folder)
        lock.release()


def clear_leftovers(root: Path) -> None:
    """Remove the folders of runs that are no more."""
    for folder in root.glob(f"{PREFIX}*"):
        with suppress(OSError, Timeout):
            if folder.lstat().st_uid == os.getuid() and (folder / LOCK).is_file() and not folder.is_symlink():
                with FileLock(folder / LOCK).acquire(timeout=0):
                    _remove(folder)


def _remove(folder: Path) -> None:
    """The lock goes last: what a dying process writes meanwhile is left to the next run, which must know the folder."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name != LOCK:
            path.unlink(missing_ok=True)
    if [path.name for path in folder.iterdir()] == [LOCK]:
        shutil.rmtree(folder, ignore_errors=True)
