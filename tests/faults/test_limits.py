"""A machine that allows less than Ray takes: one message with what to do, soon, and nothing is left behind."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import program
import psutil
import pytest
from filelock import FileLock

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere these limits are not kept"),
]

LIMITS = [(resource.RLIMIT_AS, 4 * 10**9, "ulimit -v"), (resource.RLIMIT_NOFILE, 48, "ulimit -n")]


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder of temporary files, its path short, since Ray puts sockets there."""
    folder = Path(tempfile.mkdtemp(dir="/tmp", prefix="t"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize(("kind", "allowed", "flag"), LIMITS, ids=[flag for *_, flag in LIMITS])
def test_a_limit_that_is_too_low_for_ray_is_one_message(
    tmp_path: Path, temporary: Path, kind: int, allowed: int, flag: str
) -> None:
    file = program.space_file(tmp_path)
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "sweep", "run", str(file)],
        cwd=tmp_path,
        env=program.environment(TMPDIR=str(temporary)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: resource.setrlimit(kind, (allowed, allowed)),
    )
    status, out, err = program.finish(process, timeout=60)
    assert (status, out) == (2, ""), err
    assert err.startswith("sweep: each process of Ray must be allowed ")
    assert f"`{flag}` allows" in err
    assert f"lift it with `{flag} " in err
    assert err.count("\n") == 1
    assert time.monotonic() - began < 30
    assert list(temporary.iterdir()) == []
    assert [one for one in psutil.process_iter() if _belongs(one, temporary)] == []
    FileLock(tmp_path / "results" / "tiny" / ".lock").acquire(timeout=0).lock.release()


def _belongs(process: psutil.Process, temporary: Path) -> bool:
    try:
        return process.environ().get("TMPDIR") == str(temporary) and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
