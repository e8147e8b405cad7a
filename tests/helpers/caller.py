"""A program that runs sweeps in its own process and prints, as JSON, what each of them changed in it.

python caller.py FILE FAILING_FILE
"""

from __future__ import annotations

import faulthandler
import json
import logging
import os
import resource
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

import cloudpickle
import optuna
import psutil
from observers import Quiet

import sweep
from sweep.errors import InputError, Interrupted, SweepFailed
from sweep.study.private import SETS_STATE


def run_file(file: Path, name: str, **options: Any) -> str:
    """Run a search-space file; returns how it ended."""
    try:
        sweep.run(file, name=name, progress=Quiet(), **{"trials": 2, "epochs": 1, "confirm": False, **options})
    except Interrupted:
        return "interrupted"
    return "completed"


def state() -> dict[str, Any]:
    """What a run might leave changed. Filters of warnings are left out: each library that is imported adds its own."""
    ray, own = logging.getLogger("ray"), logging.getLogger("sweep")
    return {
        **{f"handler of {number.name}": signal.getsignal(number) for number in signal.Signals},
        "timer": signal.getitimer(signal.ITIMER_REAL)[0] > 0,
        **{f"${name}": value for name, value in os.environ.items()},
        "file descriptor 2": os.fstat(2)[:3],
        "streams": (sys.stdin, sys.stdout, sys.stderr),
        "tempfile.tempdir": tempfile.tempdir,
        "cloudpickle's registry": cloudpickle.list_registry_pickle_by_value(),
        "logger ray": (ray.level, list(ray.handlers), ray.propagate, ray.disabled),
        "logger sweep": (own.level, list(own.handlers), own.propagate, own.disabled),
        "root logger": (logging.root.level, list(logging.root.handlers), logging.root.manager.disable),
        "log records": logging.getLogRecordFactory(),
        "Optuna's verbosity": optuna.logging.get_verbosity(),
        "hooks": (sys.excepthook, threading.excepthook, sys.unraisablehook, sys.displayhook),
        "sys.path": list(sys.path),
        "import hooks": (list(sys.meta_path), list(sys.path_hooks)),
        "open files": resource.getrlimit(resource.RLIMIT_NOFILE),
        "crash reports": faulthandler.is_enabled(),
        "folder": os.getcwd(),
    }


def changes(call: Callable[[], object]) -> list[str]:
    """What is not as before once something was called, and processes that it left."""
    before = state()
    call()
    after = state()
    deadline = time.monotonic() + 10
    while (left := psutil.Process().children(recursive=True)) and time.monotonic() < deadline:
        time.sleep(0.1)
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return [
        *(f"{name}: {before.get(name)} -> {after.get(name)}" for name in names),
        *(f"still running: {process}" for process in left),
    ]


def refused(error: type[BaseException], file: Path, name: str, **options: Any) -> Callable[[], None]:
    """A run that is to end by an exception."""

    def call() -> None:
        try:
            run_file(file, name, **options)
        except error:
            return
        raise AssertionError(f"{name} did not end by {error.__name__}")

    return call


def interrupted(file: Path, name: str) -> Callable[[], None]:
    """A run that a signal ends while its first workers start."""
    journal = Path("results", name, "journal.log")

    def call() -> None:
        interrupt_once(lambda: journal.exists() and SETS_STATE in journal.read_bytes())
        assert run_file(file, name, epochs=10_000) == "interrupted"

    return call


def interrupted_early(file: Path, name: str) -> Callable[[], None]:
    """A run that a signal ends while Ray starts."""

    def call() -> None:
        interrupt_once(lambda: bool(psutil.Process().children()))
        refused(KeyboardInterrupt, file, name)()

    return call


def interrupt_once(condition: Callable[[], bool]) -> None:
    """Send this process SIGINT as soon as something is so."""

    def watch() -> None:
        while not condition():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=watch, daemon=True).start()


def in_a_thread(call: Callable[[], str]) -> Callable[[], None]:
    """A call in a thread that is not the main one."""

    def threaded() -> None:
        statuses: list[str] = []
        thread = threading.Thread(target=lambda: statuses.append(call()))
        thread.start()
        thread.join()
        assert statuses == ["completed"]

    return threaded


def _on_signal(number: int, frame: FrameType | None) -> None:
    """The caller's own."""


def _on_error(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """The caller's own."""
    sys.__excepthook__(kind, error, trace)


def settle() -> None:
    """Give the process settings of its own, which a run overrides while it lasts."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM, signal.SIGUSR1):
        signal.signal(number, _on_signal)
    sys.excepthook = _on_error
    os.environ.update(RAY_USAGE_STATS_ENABLED="1", TF_CPP_MIN_LOG_LEVEL="1", RAY_AUTH_TOKEN="0123456789abcdef" * 4)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    logging.getLogger("ray").setLevel(logging.ERROR)


def main() -> None:
    """Run the sweeps, one after another."""
    file, failing = map(Path, sys.argv[1:])
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard - 1, 4096), hard))
    statuses: list[str] = []
    found = {
        "the first run": changes(lambda: statuses.append(run_file(file, "one"))),
        "a run in a thread": changes(in_a_thread(lambda: run_file(file, "two"))),
        "an address without Ray": changes(refused(InputError, file, "three", address="127.0.0.1:1")),
    }
    settle()
    found["a run among the caller's own settings"] = changes(lambda: statuses.append(run_file(file, "four")))
    found["a run that is interrupted"] = changes(interrupted(file, "five"))
    found["a run that is interrupted as Ray starts"] = changes(interrupted_early(file, "seven"))
    found["a baseline that fails"] = changes(refused(SweepFailed, failing, "six"))
    print(json.dumps({"statuses": statuses, "changes": found}))


if __name__ == "__main__":
    main()
