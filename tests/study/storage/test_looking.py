"""Whether a driver has a study open, seen from outside."""

from __future__ import annotations

import fcntl
import threading
from pathlib import Path

from sweep.study.storage import journal
from sweep.study.storage.looking import is_locked


def test_whether_a_lock_is_held_is_seen_without_touching_it_and_does_not_keep_a_driver_out(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    assert not is_locked(path)
    assert not path.exists()
    held = journal.lock(path)
    before = path.stat()
    assert is_locked(path)
    assert path.stat() == before
    held.release()
    assert not is_locked(path)
    with path.open("rb") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        threading.Timer(journal.LOOK_SECONDS / 4, fcntl.flock, (looking, fcntl.LOCK_UN)).start()
        journal.lock(path).release()
