"""Writing files so that they appear whole or not at all, and errors of a disk that refuses them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sweep.errors import InputError, describe, is_full


def write_whole(path: Path, content: bytes | str) -> None:
    """Write a file beside its place, then rename it: no reader sees half of it, and no killed run leaves half of it."""
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


def refuse_link(path: Path, what: str) -> None:
    """Refuse a file of a study that is a link, or lies in a folder that is one: it may lead to another's file.

    Args:
        path: path of the file.
        what: what is to be done with it, such as "a model is exported".

    Raises:
        InputError: if it is a link.
    """
    if path.is_symlink() or path.parent.is_symlink():
        raise InputError(f"{what} from the study's own folder, but {path} is a link to {path.resolve()}")


@contextmanager
def writable() -> Iterator[None]:
    """Turn what the disk refuses in this context into an error about the results folder, unless the disk is full.

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
