"""The journal file under a ledger: opened by one driver at a time, mended if its last line is torn."""

from __future__ import annotations

import json
import os
from pathlib import Path

import optuna
from filelock import FileLock, Timeout
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

from sweep.errors import InputError


class _HeldLock(JournalFileOpenLock):
    """No lock for each append: the whole journal is already locked, and a killed driver can't leave this one behind."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        return None


def lock(path: Path) -> FileLock:
    """Take a study's lock, which ends with the process that holds it.

    Raises:
        InputError: if another driver holds it.
    """
    held = FileLock(path)
    try:
        held.acquire(timeout=0)
    except Timeout as error:
        raise InputError(
            f"a study is run by one driver at a time, but another one has {path.parent} open; "
            "wait for it to end, or give this run another --name"
        ) from error
    return held


def mend(path: Path) -> Path | None:
    """Cut off what a killed driver left of a last line, and keep it beside the journal.

    Returns:
        The file with the torn bytes, or None if the journal was whole.
    """
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    last = data[:whole].rstrip(b"\n").rpartition(b"\n")[2]
    if last and not _is_json(last):
        whole -= len(last) + 1
    if whole == len(data):
        return None
    torn = path.with_name(f"{path.name}.torn-{whole}")
    torn.write_bytes(data[whole:])
    with path.open("r+b") as file:
        file.truncate(whole)
        os.fsync(file.fileno())
    return torn


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def storage(path: Path) -> JournalStorage:
    """Optuna's storage over the journal.

    Raises:
        InputError: if the file is not an Optuna journal.
    """
    try:
        return JournalStorage(JournalFileBackend(str(path), lock_obj=_HeldLock(str(path))))
    except (ValueError, KeyError, TypeError, AttributeError, AssertionError) as error:
        raise InputError(f"{path} must be an Optuna journal, but it can't be read: {error!r}") from error


def load_study(path: Path) -> optuna.Study | None:
    """The one study in a journal, or None if it holds none yet."""
    store = storage(path)
    names = [study.study_name for study in store.get_all_studies()]
    return optuna.load_study(study_name=names[0], storage=store) if names else None
