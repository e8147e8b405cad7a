"""What Ray takes of this machine to start. Where a limit is lower, Ray itself would hang, abort or give no reason."""

from __future__ import annotations

import os
import resource
import shutil
from contextlib import suppress
from pathlib import Path

from sweep.errors import InputError, MachineError
from sweep.execution.ray import private

MB = 10**6
RAYLET_BYTES = 500 * MB
"""Address space of Ray's raylet, besides the object store, which it maps twice."""
WORKER_BYTES = 4_500 * MB
"""Address space of a worker that has imported TensorFlow, besides the object store, which it maps once."""
THREADS = 200
THREADS_OF_A_WORKER = 30
OPEN_FILES = 64
FREE_BYTES = 5 * MB
"""Room for Ray's sockets and the beginning of its logs."""

AGAIN = "or in the settings of the container or batch system, and type the same command again"


def refuse_low_limits(folder: Path) -> None:
    """Refuse to start Ray where it could not start, or its workers could not.

    Args:
        folder: folder of temporary files in which Ray is to make its own.

    Raises:
        InputError: if a limit of this process is too low.
        MachineError: if the folder's disk is full.
    """
    space = _limit(resource.RLIMIT_AS)
    if space is not None and space < (needed := _address_space()):
        raise InputError(
            f"each process of Ray must be allowed {_gigabytes(needed)} of address space on this machine, but "
            f"`ulimit -v` allows {_gigabytes(space)}; lift it with `ulimit -v unlimited`, {AGAIN}"
        )
    threads = None if os.geteuid() == 0 else _limit(resource.RLIMIT_NPROC)  # root is not bound by it
    if threads is not None and threads < (wanted := _threads_of_user() + _threads()):
        raise InputError(
            f"Ray must be allowed {_threads()} threads on this machine, {wanted:,} with those that this user runs, but "
            f"`ulimit -u` allows {threads:,}; lift it with `ulimit -u unlimited`, {AGAIN}"
        )
    files = _limit(resource.RLIMIT_NOFILE, hard=True)
    if files is not None and files < OPEN_FILES:
        raise InputError(
            f"each process of Ray must be allowed {OPEN_FILES} open files, but `ulimit -n` allows {files}; lift it "
            f"with `ulimit -n 1024`, {AGAIN}"
        )
    free = shutil.disk_usage(folder).free
    if free < FREE_BYTES:
        raise MachineError(
            f"Ray must have {FREE_BYTES // MB} MB for its files in {folder}, but {free / MB:.1f} MB are free; make "
            "room there, or set TMPDIR to another folder, and type the same command again"
        )


def limits_here(folder: Path) -> str:
    """What of this machine Ray may lack, in words: the limits of this process, and the room for temporary files.

    Args:
        folder: folder of temporary files in which Ray makes its own.
    """
    space, threads = _limit(resource.RLIMIT_AS), _limit(resource.RLIMIT_NPROC)
    files = _limit(resource.RLIMIT_NOFILE, hard=True)
    parts = [
        "" if space is None else f"{_gigabytes(space)} of address space (ulimit -v)",
        "" if threads is None else f"{threads:,} threads (ulimit -u), {_threads_of_user():,} of them in use",
        "" if files is None else f"{files:,} open files (ulimit -n)",
        f"{_gigabytes(private.available_memory_bytes())} of free memory",
        f"{_gigabytes(shutil.disk_usage(folder).free)} free in {folder}",
    ]
    return ", ".join(filter(None, parts))


def _limit(kind: int, *, hard: bool = False) -> int | None:
    """A limit of this process: the soft one, or the hard one, up to which Ray goes by itself; None if there is none."""
    limit = resource.getrlimit(kind)[hard]
    return None if limit == resource.RLIM_INFINITY else limit


def _address_space() -> int:
    """How many bytes of address space Ray's largest process takes."""
    store = private.object_store_bytes()
    return max(2 * store + RAYLET_BYTES, store + WORKER_BYTES)


def _threads() -> int:
    """How many threads Ray's processes have together when the workers are there."""
    return THREADS + THREADS_OF_A_WORKER * private.cpus()


def _threads_of_user() -> int:
    """How many threads this user has now, on Linux; 0 where that is not known."""
    threads = 0
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has just ended
            if process.stat().st_uid == os.getuid():
                threads += len(os.listdir(process / "task"))
    return threads


def _gigabytes(size: int) -> str:
    return f"{size / 10**9:.1f} GB"
