"""The commands that are compared: the peers, each in a file of its own, and `sweep run`."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import optuna
from common import DEFAULT_SPACE, Finished, timed

from sweep.space import suggest as space
from sweep.space.loader import load_sweep
from sweep.study.storage.journal import load_study

Params = dict[str, Any]
Watch = Callable[[int], None]

OURS = "sweep"
STUDY = "benchmark"
LISTED = Path(__file__).parent / "spaces" / "listed.py"

PEERS = {
    "plain script": ("plain.py", ()),
    "KerasTuner": ("kerastuner_peer.py", ()),
    "Optuna n_jobs=1": ("optuna_peer.py", ("--jobs", "1")),
    "Optuna n_jobs=2": ("optuna_peer.py", ("--jobs", "2")),
    "Ray Tune + OptunaSearch": ("ray_peer.py", ()),
}
"""Each peer's script and its arguments."""


@dataclass(frozen=True)
class Setup:
    """What every tool is given.

    Args:
        data: the .npz; None for what the search-space file names.
        folder: for what the tools write.
        epochs: of every trial.
        sweep_flags: further flags of `sweep run`, as typed. Default none.
        space: the search-space file. Default search_spaces/default.py.
    """

    data: Path | None
    folder: Path
    epochs: int
    sweep_flags: str = ""
    space: Path = DEFAULT_SPACE


@dataclass(frozen=True)
class Trials:
    """What one run of a tool gave.

    Args:
        finished: its process.
        trials: one dict a trial: params, val_accuracy and, of `sweep`, more.
    """

    finished: Finished
    trials: list[dict[str, Any]] = field(default_factory=list)

    @property
    def best(self) -> float | None:
        """The best validation accuracy of all trials that have one."""
        values = [trial["val_accuracy"] for trial in self.trials if trial["val_accuracy"] is not None]
        return max(values, default=None)


def configurations(file: Path, count: int) -> list[Params]:
    """The baseline and random configurations of a search-space file, always the same."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sweep = load_sweep(file)
    first, _ = space.baseline_params(sweep)
    return [first, *space.sample_params(sweep, count - 1)]


def run_peer(name: str, setup: Setup, *, configs: list[Params] | None = None, trials: int | None = None) -> Trials:
    """Run a peer on listed configurations, or let it search for so many trials."""
    script, arguments = PEERS[name]
    out = setup.folder / "peer.json"
    out.unlink(missing_ok=True)
    command = [sys.executable, str(Path(__file__).parent / "peers" / script), *arguments]
    command += ["--data", str(setup.data), "--space", str(setup.space), "--epochs", str(setup.epochs)]
    command += ["--scratch", str(setup.folder / "peer"), "--out", str(out)]
    command += ["--trials", str(trials)] if configs is None else ["--configs", _written(setup.folder, configs)]
    finished = timed(command)
    return Trials(finished, json.loads(out.read_text()) if out.is_file() else [])


def run_listed(setup: Setup, configs: list[Params], watch: Watch | None = None) -> Trials:
    """Let `sweep run` train listed configurations in full."""
    environ = {"BENCHMARK_SPACE": str(setup.space), "BENCHMARK_CONFIGS": _written(setup.folder, configs)}
    return run_sweep(LISTED, setup, trials=len(configs), environ=environ, watch=watch)


def run_sweep(
    file: Path,
    setup: Setup,
    *,
    trials: int | None = None,
    seed: int = 0,
    environ: Mapping[str, str] | None = None,
    watch: Watch | None = None,
) -> Trials:
    """Run `sweep run` on a search-space file, from nothing, and read its journal."""
    command = sweep_command(file, setup, trials=trials, seed=seed)
    finished = timed(command, environ, watch)
    return Trials(finished, journal(setup.folder / STUDY / "journal.log"))


def sweep_command(file: Path, setup: Setup, *, trials: int | None, seed: int) -> list[str]:
    """The command line of `sweep run`; the only place that knows it."""
    command = [sys.executable, "-m", "sweep", "run", str(file), "--new", "--quiet", "--name", STUDY]
    command += ["--results", str(setup.folder), "--epochs", str(setup.epochs), "--seed", str(seed)]
    command += ["--no-confirm", "--address", "local", "--data", str(setup.data or "auto")]
    command += ["--trials", str(trials)] if trials is not None else []
    return command + shlex.split(setup.sweep_flags)


def journal(path: Path) -> list[dict[str, Any]]:
    """The trials in a study's journal, in the order in which they ended; times in seconds since 1970."""
    study = load_study(path) if path.is_file() else None
    trials = [trial for trial in study.get_trials() if trial.datetime_complete is not None] if study else []
    return sorted((_as_dict(trial) for trial in trials), key=lambda trial: trial["ended"])


def _as_dict(trial: Any) -> dict[str, Any]:
    complete = trial.state == optuna.trial.TrialState.COMPLETE
    curve = trial.user_attrs.get("curve", [])
    return {
        "number": trial.number,
        "state": trial.state.name,
        "params": trial.user_attrs.get("params", trial.params),
        "val_accuracy": round(trial.value, 6) if complete else None,
        "test_accuracy": trial.user_attrs.get("test_accuracy"),
        "precision": trial.user_attrs.get("precision"),
        "worker_seconds": curve[-1]["seconds"] if curve else None,
        "ended": trial.datetime_complete.timestamp(),
        "error": trial.user_attrs.get("error", ""),
    }


def _written(folder: Path, configs: list[Params]) -> str:
    path = folder / "configs.json"
    path.write_text(json.dumps(configs))
    return str(path)


def add_sweep_flags(options: argparse.ArgumentParser) -> None:
    """The option that passes further flags on to `sweep run`."""
    options.add_argument(
        "--sweep-flags", default="", metavar="FLAGS", help="further flags of `sweep run`, as one string"
    )
