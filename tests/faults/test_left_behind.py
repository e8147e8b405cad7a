"""However a sweep ends, nothing of it is left: no process, no lock, no file outside its results.

A handful of ends in the short form, 34 in the full one (SWEEP_FAULTS=short or full).
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import program
import psutil
import pytest
from filelock import FileLock

LENGTH = os.environ.get("SWEEP_FAULTS", "")
SECONDS = 20.0
"""How long what a killed driver leaves may take to notice."""

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(LENGTH not in ("short", "full"), reason="minutes long: set SWEEP_FAULTS=short or full"),
]

LONG = program.SPACE.replace("epochs=3", "epochs=60")
FAILING = program.SPACE.replace("SWEEP = Sweep(", "def model(params):\n    raise OSError\n\nSWEEP = Sweep(model=model,")


class Run:
    """A sweep in a folder of its own, all of its temporary files in another one.

    Args:
        folder: where it is started.
        temporary: its TMPDIR; short, since Ray puts sockets there.
    """

    def __init__(self, folder: Path, temporary: Path) -> None:
        self.folder = folder
        self.temporary = temporary

    def start(self, text: str, *flags: str, new_session: bool = False) -> subprocess.Popen[str]:
        """Start a sweep of a search-space file, if asked for in a process group of its own."""
        words = ["run", program.space_file(self.folder, text), *flags]
        return program.start(words, self.folder, new_session=new_session, TMPDIR=str(self.temporary))

    def started(self, text: str = LONG, *flags: str) -> subprocess.Popen[str]:
        """The same, and wait until a trial has measured something."""
        driver = self.start(text, *flags)
        program.wait_for(lambda: any(trial.user_attrs.get("curve") for trial in self.trials()), driver)
        return driver

    def trials(self) -> list:
        """What the ledger says so far."""
        try:
            return program.trials(self.folder)
        except (OSError, KeyError):
            return []

    def processes(self) -> list[psutil.Process]:
        """Whatever runs with this run's TMPDIR."""
        leftovers = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("TMPDIR") == str(self.temporary) and process.status() != psutil.STATUS_ZOMBIE:
                    leftovers.append(process)
            except psutil.Error:
                continue
        return leftovers

    def locks(self) -> list[Path]:
        """The studies whose lock is held."""
        held = []
        for path in self.folder.glob("results/*/.lock"):
            lock = FileLock(path)
            try:
                lock.acquire(timeout=0)
            except TimeoutError:
                held.append(path)
            else:
                lock.release()
        return held

    def files(self) -> list[Path]:
        """What is left of its temporary files."""
        return sorted(self.temporary.rglob("*"))


def done(run: Run) -> int:
    return program.finish(run.start(program.SPACE, "--trials", "2", "--epochs", "1"))[0]


def interrupted(run: Run) -> int:
    return stopped(run, signal.SIGINT)


def terminated(run: Run) -> int:
    return stopped(run, signal.SIGTERM)


def hung_up(run: Run) -> int:
    return stopped(run, signal.SIGHUP)


def terminated_early(run: Run) -> int:
    """A SIGTERM to all of its process group while Ray starts."""
    driver = run.start(LONG, new_session=True)
    program.wait_for(lambda: any("raylet" in process.name() for process in run.processes()), driver)
    os.killpg(driver.pid, signal.SIGTERM)
    return program.finish(driver)[0]


def stopped(run: Run, number: signal.Signals) -> int:
    driver = run.started()
    program.send(driver, number)
    return program.finish(driver)[0]


def interrupted_twice(run: Run) -> int:
    driver = run.started()
    for _ in range(2):
        program.send(driver, signal.SIGINT)
        time.sleep(0.3)
    return program.finish(driver)[0]


def killed(run: Run) -> int:
    return stopped(run, signal.SIGKILL)


def killed_early(run: Run) -> int:
    driver = run.start(LONG)
    program.wait_for(lambda: any("raylet" in process.name() for process in run.processes()), driver)
    program.send(driver, signal.SIGKILL)
    return program.finish(driver)[0]


def timed_out(run: Run) -> int:
    return program.finish(run.start(LONG, "--timeout", "10"))[0]


def on_target(run: Run) -> int:
    return program.finish(run.start(program.SPACE, "--target", "0.05"))[0]


def failed(run: Run) -> int:
    return program.finish(run.start(FAILING))[0]


def wrong(run: Run) -> int:
    return program.finish(run.start("SWEEP = 1"))[0]


def unmet(run: Run) -> int:
    return program.finish(run.start(program.SPACE, "--cpus-per-trial", "1000"))[0]


def unwritable(run: Run) -> int:
    driver = run.started()
    shutil.rmtree(run.folder / "results")
    (run.folder / "results").touch()
    status = program.finish(driver)[0]
    (run.folder / "results").unlink()
    return status


SHORT: list[tuple[Callable[[Run], int], int]] = [(done, 0), (interrupted, 130), (killed, -9)]
OTHERS: list[tuple[Callable[[Run], int], int]] = [
    (interrupted_twice, 130),
    (terminated, 130),
    (hung_up, 130),
    (terminated_early, 130),
    (timed_out, 0),
    (on_target, 0),
    (failed, 3),
    (wrong, 2),
    (unmet, 2),
    (unwritable, 1),
    (killed_early, -9),
]
ENDS = [*SHORT, *OTHERS, *OTHERS, *SHORT, *SHORT, *SHORT][:34] if LENGTH == "full" else SHORT


@pytest.fixture
def a_run(tmp_path: Path) -> Iterator[Run]:
    temporary = Path(tempfile.mkdtemp(dir="/tmp", prefix="t"))
    run = Run(tmp_path, temporary)
    yield run
    for process in run.processes():
        process.kill()
    shutil.rmtree(temporary, ignore_errors=True)


@pytest.mark.parametrize(("end", "status"), ENDS, ids=[end.__name__ for end, _ in ENDS])
def test_nothing_is_left(a_run: Run, end: Callable[[Run], int], status: int) -> None:
    assert end(a_run) == status
    deadline = time.monotonic() + (SECONDS if status == -9 else 2.0)
    while a_run.processes() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert [(process.pid, process.cmdline()) for process in a_run.processes()] == []
    assert a_run.locks() == []
    if status == -9:  # nobody is left to tidy up; the next run does it
        another = a_run.start(program.SPACE, "--trials", "1", "--epochs", "1", "--name", "another")
        assert program.finish(another)[0] == 0
    assert a_run.files() == []
