"""`run`: brings a study up to its budget and writes its board."""

from __future__ import annotations

import math
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from sweep.cli.confirm import make_runs, to_confirm
from sweep.data.dataset import Dataset
from sweep.errors import InputError, SweepFailed
from sweep.execution.caller import caller_unchanged
from sweep.execution.prepare import prepare, with_flags
from sweep.execution.results import board_kept, board_of, tell_torn
from sweep.execution.search import StopConditions, search, training_config_of
from sweep.execution.stop import INTERRUPTED, StopRequest
from sweep.execution.workers import Workers, check_limits, workers
from sweep.report.findings import refuse_unconfirmed_baseline
from sweep.report.format import console
from sweep.report.summary import summarize, tell_interrupted
from sweep.space.loader import load_sweep
from sweep.space.sweep import Sweep
from sweep.study.ledger import Ledger
from sweep.study.opening import open_ledger, silence_optuna
from sweep.study.origin import Origin
from sweep.study.provenance import write_run_json
from sweep.study.records import ConfirmingRun, StudyRecord
from sweep.training.messages import TrainingConfig
from sweep.training.precision import PRECISIONS

MAX_NAME_BYTES = 200
"""Bytes of a study's name: file systems allow 255, and `--new` appends to the old study's."""


@dataclass(frozen=True)
class RunOptions:
    """The flags of `run`; None leaves what the search-space file says.

    Args:
        results: the results folder.
        name: of the study. Default: the file's.
        new: keep the old study under another name and start afresh.
        data: "auto", "mnist", "digits" or a path.
        trials: the budget.
        epochs: of a whole trial.
        seed: of the study.
        cpus_per_trial: CPUs of a trial.
        gpus_per_trial: GPUs of a trial.
        jobs: at most so many trials side by side.
        address: of a Ray cluster.
        precision: "auto", "float32" or "bfloat16".
        max_failures: how often a trial is tried again after its worker was lost.
        target: stop when a completed trial's objective reaches this.
        timeout_seconds: stop after so long.
        confirm: train the best trial and the baseline again on fresh seeds when the search is done.
        quiet: print nothing but errors.
    """

    results: Path = Path("results")
    name: str | None = None
    new: bool = False
    data: str = "auto"
    trials: int | None = None
    epochs: int | None = None
    seed: int | None = None
    cpus_per_trial: int | None = None
    gpus_per_trial: float | None = None
    jobs: int | None = None
    address: str | None = None
    precision: str = "auto"
    max_failures: int = 2
    target: float | None = None
    timeout_seconds: float | None = None
    confirm: bool = True
    quiet: bool = False


@caller_unchanged()
def run(file: Path, options: RunOptions) -> int:
    """Run a search-space file; returns the exit status.

    Raises:
        InputError: if something given is wrong.
        SweepFailed: if the baseline or every trial failed.
    """
    stop = StopRequest()
    stop.listen()
    silence_optuna()
    out = console(quiet=options.quiet)
    sweep = overridden(load_sweep(file), options)
    name = study_name(file.stem if options.name is None else options.name)
    dataset, definition = prepare(sweep, file, options.data)
    with open_ledger(options.results, name, sweep, definition, new=options.new) as ledger:
        tell_torn(ledger.incomplete_write)
        _refuse_failed_baseline(ledger.record())
        origin = Origin.of(file, sweep, options.data, dataset)
        with board_kept(options.results, name):
            stop_reason = _Errand(sweep, origin, dataset, ledger, options, out, stop).do()
        study = board_of(ledger.record(), options.results)
    if stop:
        tell_interrupted(study, sweep)
        return INTERRUPTED
    summarize(out, study, options.results)
    if stop_reason:
        again = "without --target" if "--target" in stop_reason else "(without --new)"
        out.print(f"stopped early: {stop_reason}; what was running is saved, and the same command {again} goes on")
    if all(trial.state == "FAIL" for trial in study.trials):
        raise SweepFailed("every trial failed; `sweep show` tells why, trial by trial")
    refuse_unconfirmed_baseline(study)
    return 0


@dataclass(frozen=True)
class _Errand:
    """What a run is to do for a study that it holds open.

    Args:
        sweep: what is searched.
        origin: where it came from.
        dataset: what it is trained on.
        ledger: the open study.
        options: the flags.
        out: where to tell.
        stop: whether the user asked for the end.
        began: when, by `time.monotonic`.
    """

    sweep: Sweep
    origin: Origin
    dataset: Dataset
    ledger: Ledger
    options: RunOptions
    out: Console
    stop: StopRequest
    began: float = field(default_factory=time.monotonic)

    def do(self) -> str:
        """Do what the study lacks: trials, then the runs that confirm its best. Returns why it ended early, or ""."""
        ledger, sweep = self.ledger, self.sweep
        reached = ledger.reached(self.options.target) if ledger.lacks_trials else ""
        lacks_trials = ledger.lacks_trials and not reached
        if not lacks_trials:
            runs = self._runs()
            rest = "its best is yet to be confirmed" if runs else "nothing left to do"
            self.out.print(
                f"{reached or f'study {ledger.folder.name!r} already has its {ledger.asked} trials'}: {rest}"
            )
            if not runs:
                return reached
        with self._workers() as found:
            ledger.note_origin(self.origin)
            training_config = training_config_of(sweep, ledger, found, self.options.precision)
            write_run_json(ledger.folder, self.dataset, str(found.cluster), ledger.record())
            until = StopConditions(self.stop, self.options.target, self._seconds_left())
            stop_reason = ""
            if lacks_trials:
                stop_reason = search(
                    sweep, self.dataset, ledger, training_config, found, self.options.results, self.out, until
                )
            if self.stop or not stop_reason:
                return "" if self.stop else self._confirm(found, training_config) or reached
        left = self._seconds_left()
        if left is None or left > 0:  # the target was reached, and the search has let its workers go
            with self._workers() as found:
                self._confirm(found, training_config)
        return stop_reason

    def _workers(self) -> AbstractContextManager[Workers]:
        return workers(
            self.options.address,
            cpus_per_trial=self.sweep.cpus_per_trial,
            gpus_per_trial=self.sweep.gpus_per_trial,
            jobs=self.options.jobs,
            max_failures=self.options.max_failures,
        )

    def _runs(self) -> list[ConfirmingRun]:
        return to_confirm(self.ledger.record(), 1, self.sweep.confirm_seeds) if self.options.confirm else []

    def _confirm(self, found: Workers, training_config: TrainingConfig) -> str:
        runs, confirmations = self._runs(), self.ledger.confirmations()
        if not runs:
            return ""
        confirmations.schedule(runs, self.sweep.confirm_seeds)
        until = StopConditions(self.stop, timeout_seconds=self._seconds_left())
        return make_runs(confirmations, runs, training_config, self.dataset, found, self.out, until)

    def _seconds_left(self) -> float | None:
        limit = self.options.timeout_seconds
        return None if limit is None else limit - (time.monotonic() - self.began)


def overridden(sweep: Sweep, options: RunOptions) -> Sweep:
    """The sweep with the flags in place of what the file says."""
    check_limits(options.jobs, options.max_failures, options.timeout_seconds)
    if options.target is not None and not math.isfinite(options.target):
        raise InputError(f"--target must be a number, but got {options.target}")
    if options.precision not in PRECISIONS:
        raise InputError(f"--precision must be one of {', '.join(PRECISIONS)}, but got {options.precision!r}")
    changed = with_flags(
        sweep,
        trials=options.trials,
        epochs=options.epochs,
        seed=options.seed,
        cpus_per_trial=options.cpus_per_trial,
        gpus_per_trial=options.gpus_per_trial,
    )
    if options.target is not None and changed.is_multi_objective:
        objectives = ", ".join(changed.directions)
        raise InputError(f"--target must have a single objective to look at, but the file has {objectives}")
    return changed


def study_name(name: str) -> str:
    """A study's name, fit to be a folder's."""
    if (
        not name
        or name.startswith((".", "-"))
        or name in ("leaderboard.csv",)
        or any(not (char.isalnum() or char in "-_.") for char in name)
        or len(name.encode()) > MAX_NAME_BYTES
    ):
        raise InputError(
            f"a study's name must be letters, digits, '-', '_' and '.', at most {MAX_NAME_BYTES} bytes of them, "
            f"but got {name!r}; give a --name"
        )
    return name


def _refuse_failed_baseline(study: StudyRecord) -> None:
    first = study.trials[0]
    if first.state == "FAIL":
        raise SweepFailed(
            f"the baseline (trial 0) failed, so there is nothing to beat: {first.error}. "
            "Mend it, then run again with --new"
        )
