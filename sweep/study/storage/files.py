"""Files that appear whole or not at all, and a disk that refuses them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sweep.errors import InputError, describe, is_full


def write_whole(path: Path, content: bytes | str) -> None:
    """Write beside, then rename: a reader, or a run that is killed, never leaves or sees half a file."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    data = content.encode() if isinstance(content, str) else content
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


@contextmanager
def writable() -> Iterator[None]:
    """What the disk refuses meanwhile is told as the results folder's fault, unless it is only full.

    Raises:
        InputError: if the folder can't be written.
        OSError: if the disk is full.
    """
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise
        raise InputError(f"the results folder must be writable, but {describe(error)}") from error
