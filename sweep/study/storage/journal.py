"""The journal file under a ledger: written by one driver at a time, repaired if its last write is incomplete."""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import optuna
from filelock import FileLock, Timeout
from optuna.storages import JournalStorage
from optuna.storages.journal import BaseJournalBackend, JournalFileSymlinkLock

from sweep.errors import InputError, SweepError, describe, is_full
from sweep.study.private import SETS_STATE

LAST_WRITE_BYTES = 65_536
"""Maximum number of bytes of one write. A write has about 10 KB, or a few times that with many parameters."""

LOCK_SECONDS = 5
"""After this time a lock on the file is one that a killed process left: writes take milliseconds."""

LOOK_SECONDS = 0.1
"""For so long a driver tries to get a study's lock, which `looking.is_locked` holds for a moment."""


class Journal(BaseJournalBackend):
    """Optuna's journal format, written by the one driver that holds the study's lock.

    Unlike Optuna's `JournalFileBackend` it can write several lines at once, and takes back the part of a write that
    still fitted on a full disk. What another program writes meanwhile with that backend, such as a trial that it
    enqueues, is read before the next write; Optuna's own lock keeps the two apart.

    Args:
        path: path of the file, which is made if it does not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._path.open("ab").close()
        self._others = JournalFileSymlinkLock(str(path.resolve()), grace_period=LOCK_SECONDS)
        self._size = 0
        self._read = 0
        self._unread: list[dict[str, Any]] = []
        self._held: list[dict[str, Any]] | None = None

    @contextmanager
    def together(self) -> Iterator[None]:
        """Write what is appended in this context to the disk at its end, at once; nothing if the context raises.

        Raises:
            SweepError: if another program has cut or replaced the file.
            OSError: if the disk refuses the lines; the file is then unchanged.
        """
        held: list[dict[str, Any]] = []
        with self._alone():
            self._held = held
            try:
                yield
            finally:
                self._held = None
            if held:
                self._append(held)

    def read_logs(self, log_number_from: int) -> Iterator[dict[str, Any]]:
        """The lines from `log_number_from` on, for Optuna: those in the file first, then those appended since."""
        if not self._size:
            self._catch_up()
        del self._unread[: log_number_from - self._read]
        self._read = log_number_from
        yield from list(self._unread)

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Append lines, for Optuna.

        Raises:
            SweepError: if another program has cut or replaced the file.
            OSError: if the disk refuses them; the file is then unchanged.
        """
        plain = [json.loads(json.dumps(log)) for log in logs]
        if self._held is None:
            with self._alone():
                self._append(plain)
        else:
            self._held += plain
        self._unread += plain

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other programs from writing, once all that they have written is read."""
        locked = self._lock_out_others()
        try:
            self._catch_up()
            yield
        finally:
            if locked:
                self._let_others_in()

    def _let_others_in(self) -> None:
        try:
            self._others.release()
        except RuntimeError as error:
            # Another program took the lock for one that a killed process left; or a full disk refused to free it.
            if isinstance(error.__context__, OSError) and is_full(error.__context__):
                self._path.resolve().with_name(f"{self._path.name}.lock").unlink(missing_ok=True)

    def _lock_out_others(self) -> bool:
        try:
            return self._others.acquire()
        except OSError as error:
            if is_full(error):
                raise
            return False  # a file system without links, where no other program can lock either

    def _catch_up(self) -> None:
        size = self._path.stat().st_size
        if size == self._size:
            return
        with self._path.open("rb") as file:
            file.seek(self._size)
            data = file.read()
        if size < self._size or not data.endswith(b"\n"):
            raise SweepError(
                "a journal is only appended to while a study is run, but another program has cut or replaced "
                f"{self._path}, or left a write incomplete. Type the same command again (without --new)"
            )
        try:
            self._unread += [json.loads(line) for line in data.splitlines()]
        except ValueError as error:
            if not self._size:
                raise  # the file was never a journal
            raise SweepError(f"another program wrote to {self._path} what is no line of an Optuna journal") from error
        self._size = size

    def _append(self, logs: list[dict[str, Any]]) -> None:
        data = b"".join(json.dumps(log, separators=(",", ":")).encode() + b"\n" for log in logs)
        size = len(data)
        with self._path.open("ab", buffering=0) as file:
            if os.fstat(file.fileno()).st_size != self._size:
                raise SweepError(
                    f"another program wrote to {self._path} while this one was writing. Type the same command again "
                    "(without --new); what was finished is kept"
                )
            try:
                while data:
                    data = data[file.write(data) :]
                os.fsync(file.fileno())
            except OSError:
                file.truncate(self._size)
                raise
        self._size += size


def lock(path: Path) -> FileLock:
    """Take a study's lock, the file at `path`; it is released with the process that holds it at the latest.

    Raises:
        InputError: if another driver holds it.
    """
    held = FileLock(path)
    try:
        held.acquire(timeout=LOOK_SECONDS, poll_interval=LOOK_SECONDS / 5)
    except Timeout as error:
        raise InputError(
            f"a study is run by one driver at a time, but another one has {path.parent} open; "
            "wait for it to end, or give this run another --name"
        ) from error
    return held


def clear_stale_lock(path: Path) -> None:
    """Wait until no other program writes a journal, and remove the lock of one that was killed while it wrote.

    Args:
        path: path of the lock, a link that may point to where nothing is any more. One that stays for `LOCK_SECONDS`
            is taken for a killed process's.
    """
    seen, since = None, time.monotonic()
    while (status := _link_status(path)) is not None:
        if (status.st_ino, status.st_mtime_ns) != seen:
            seen, since = (status.st_ino, status.st_mtime_ns), time.monotonic()
        if max(time.time() - status.st_mtime, time.monotonic() - since) > LOCK_SECONDS:
            path.unlink(missing_ok=True)
        else:
            time.sleep(0.05)


def _link_status(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except FileNotFoundError:
        return None


def repair(path: Path) -> Path | None:
    """Cut an incomplete last write, of a killed driver or a power cut, off a journal, and keep it in a file beside it.

    Args:
        path: path of the journal.

    Returns:
        The path of the file with the bytes cut off, or None if the journal was whole.
    """
    data = path.read_bytes()
    whole = _whole(data)
    if whole == len(data):
        return None
    incomplete_write = path.with_name(f"{path.name}.torn-{whole}")
    incomplete_write.write_bytes(data[whole:])
    with path.open("r+b") as file:
        file.truncate(whole)
        os.fsync(file.fileno())
    return incomplete_write


def _whole(data: bytes) -> int:
    """Number of a journal's bytes that come before its incomplete last write, or of all if that is complete."""
    whole = data.rfind(b"\n") + 1
    last = data[:whole].rstrip(b"\n").rpartition(b"\n")[2]
    if last and not _is_json(last):
        whole -= len(last) + 1
    # A power cut may leave a page of the last write as zeros, although later pages of it reached the disk.
    hole = data.find(b"\0", 0, whole)
    if hole >= 0:
        begins = data.rfind(b"\n", 0, hole) + 1
        if len(data) - begins <= LAST_WRITE_BYTES and data.count(SETS_STATE, begins) <= 1:
            whole = begins
    return whole


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


class Reader(BaseJournalBackend):
    """A journal opened for reading alone: a driver may be writing it, and its last write may be incomplete.

    Args:
        path: path of the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._logs: list[dict[str, Any]] | None = None

    def read_logs(self, log_number_from: int) -> Iterator[dict[str, Any]]:
        """The lines from `log_number_from` on, for Optuna."""
        if self._logs is None:
            data = self._path.read_bytes()
            self._logs = [json.loads(line) for line in data[: _whole(data)].splitlines()]
        yield from self._logs[log_number_from:]

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Refuse to append lines: the journal is open for reading."""
        raise io.UnsupportedOperation(f"{self._path} was opened to be read")


def storage(path: Path, backend: BaseJournalBackend) -> JournalStorage:
    """Optuna's storage over a journal.

    Args:
        path: path of the journal, for the error message.
        backend: the journal, opened.

    Raises:
        InputError: if the file is not an Optuna journal.
    """
    try:
        return JournalStorage(backend)
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError, ArithmeticError) as error:
        unknown = isinstance(error, AssertionError)  # so Optuna ends on an operation that it does not know
        reason = "a line has an operation that Optuna does not know" if unknown else describe(error)
        raise InputError(f"{path} must be an Optuna journal, but it can't be read: {reason}") from error


def only_study(store: JournalStorage) -> optuna.Study | None:
    """The one study in a journal, or None if it holds none yet."""
    names = [study.study_name for study in store.get_all_studies()]
    return optuna.load_study(study_name=names[0], storage=store) if names else None


def load_study(path: Path) -> optuna.Study | None:
    """The one study in a journal that a driver may be writing, or None if it holds none yet.

    Raises:
        InputError: if the file is not an Optuna journal.
    """
    return only_study(storage(path, Reader(path)))
