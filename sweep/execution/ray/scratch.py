"""Folders that last as long as a run: what a killed one left behind, the next one clears away."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

PREFIX = "sweep-run-"
MADE = re.compile(rf"{PREFIX}[a-z0-9_]{{8}}")
LOCK = ".sweep-scratch"
"""A folder with this file is cleared away only while no process holds the lock on it."""
RAYS = "r"
"""The name of Ray's own folder in it. With nothing beside it, it is what a dying process of Ray's wrote late."""


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
            if folder.lstat().st_uid != os.getuid() or folder.is_symlink():
                continue
            if (folder / LOCK).is_file():
                with FileLock(folder / LOCK).acquire(timeout=0):
                    _remove(folder)
            elif MADE.fullmatch(folder.name) and [path.name for path in folder.iterdir()] == [RAYS]:
                shutil.rmtree(folder, ignore_errors=True)


def _remove(folder: Path) -> None:
    """The lock goes last: what a dying process writes meanwhile is left to the next run, which must know the folder."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name != LOCK:
            path.unlink(missing_ok=True)
    if [path.name for path in folder.iterdir()] == [LOCK]:
        shutil.rmtree(folder, ignore_errors=True)
