"""The program as a user runs it: started in a process of its own, watched, killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import optuna
import pandas as pd
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from sweep.training.cpu import ONEDNN

ROOT = Path(__file__).parents[2]

SPACE = """
import time
from sweep import Sweep

def space(trial):
    return {
        "filters_1": trial.suggest_categorical("filters_1", [4, 8]),
        "filters_2": 8,
        "filters_3": 8,
        "dense_units": 16,
        "learning_rate": trial.suggest_float("learning_rate", 1e-3, 1e-2, log=True),
        "batch_size": 32,
    }

SWEEP = Sweep(
    space=space,
    baseline={"filters_1": 8, "learning_rate": 3e-3},
    data="digits",
    trials=8,
    epochs=3,
    confirm_seeds=0,
)
"""


def environment(**extra: str) -> dict[str, str]:
    """This process's environment, with the package importable, no cluster named, and oneDNN left to the program."""
    env = {key: value for key, value in os.environ.items() if key not in ("RAY_ADDRESS", "SWEEP_DATA", ONEDNN)}
    return {**env, "PYTHONPATH": str(ROOT), **extra}


def start(
    arguments: Sequence[str | Path], cwd: Path, *, new_session: bool = False, **extra: str
) -> subprocess.Popen[str]:
    """Start `python -m sweep`, if asked for in a session, and so a process group, of its own."""
    command = [sys.executable, "-m", "sweep", *map(str, arguments)]
    pipe = subprocess.PIPE
    env = environment(**extra)
    return subprocess.Popen(
        command, cwd=cwd, env=env, stdout=pipe, stderr=pipe, text=True, start_new_session=new_session
    )


def finish(process: subprocess.Popen[str], timeout: float = 300) -> tuple[int, str, str]:
    """Wait for its end: exit status, standard output, standard error."""
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return process.returncode, out, err


def sweep(*arguments: str | Path, cwd: Path, timeout: float = 300, **extra: str) -> tuple[int, str, str]:
    """Run `python -m sweep` to its end."""
    return finish(start(arguments, cwd, **extra), timeout)


def space_file(folder: Path, text: str = SPACE, name: str = "tiny.py") -> Path:
    """Write a search-space file."""
    path = folder / name
    path.write_text(text)
    return path


def trials(folder: Path, name: str = "tiny") -> list[optuna.trial.FrozenTrial]:
    """A study's trials, read with plain Optuna."""
    storage = JournalStorage(JournalFileBackend(str(folder / "results" / name / "journal.log")))
    return optuna.load_study(study_name=name, storage=storage).trials


def board(folder: Path) -> pd.DataFrame:
    """The board of the study that ran last."""
    return pd.read_csv(folder / "results" / "leaderboard.csv")


def ended(folder: Path, name: str = "tiny") -> int:
    """How many trials have ended; 0 while there is no study yet."""
    try:
        return sum(trial.state.is_finished() for trial in trials(folder, name))
    except (OSError, KeyError):
        return 0


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str], seconds: float = 90) -> None:
    """Wait until something is so while a process runs."""
    deadline = time.monotonic() + seconds
    while not condition():
        if process.poll() is not None:
            raise AssertionError(f"ended with {process.returncode} before its time: {process.communicate()}")
        if time.monotonic() > deadline:
            raise AssertionError("waited too long")
        time.sleep(0.05)


def send(process: subprocess.Popen[str], number: signal.Signals) -> None:
    """Send a signal to the driver alone."""
    os.kill(process.pid, number)
