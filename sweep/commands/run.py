"""`run`: brings a study up to its budget and writes its board."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from sweep import space
from sweep.commands.summary import summarize, tell_interrupted
from sweep.data import Dataset
from sweep.definition import Definition
from sweep.display import console
from sweep.driver import Driver, Observer
from sweep.errors import InputError, SweepFailed
from sweep.job import Job
from sweep.keeper import checkpoint_name
from sweep.leaderboard import write_board
from sweep.ledger import Ledger, open_ledger, silence_optuna
from sweep.loader import fingerprint, load_sweep
from sweep.network import Network, batch_size
from sweep.origin import Origin
from sweep.precision import PRECISIONS
from sweep.precision import resolve as resolve_precision
from sweep.progress import Lines, LiveView
from sweep.provenance import write_run_json
from sweep.records import StudyRecord
from sweep.sources import FALLBACK_NAME, resolve
from sweep.stopping import StopRequest
from sweep.sweep import Sweep

INTERRUPTED = 130
BOARD_SECONDS = 0.5


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
    quiet: bool = False


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
    check_params(sweep)
    dataset = resolve(sweep.data, options.data)
    warn_of_fallback(dataset, file)
    definition = Definition.of(sweep, dataset)
    with open_ledger(options.results, name, sweep, definition, new=options.new) as ledger:
        _refuse_failed_baseline(ledger.record())
        ledger.note_origin(Origin.of(file, sweep, options.data, dataset))
        enough = ""
        try:
            if ledger.asked >= sweep.trials and not ledger.unfinished:
                out.print(f"study {name!r} already has its {ledger.asked} trials: nothing left to do")
            else:
                enough = _train(sweep, dataset, ledger, options, out, stop)
        finally:
            study = ledger.record()
            write_board(study, options.results)
    if stop:
        tell_interrupted(study, sweep)
        return INTERRUPTED
    summarize(out, study, options.results, len(dataset.training().y_val))
    if enough:
        out.print(f"stopped early: {enough}; what was running is saved, and the same command (without --new) goes on")
    if all(trial.state == "FAIL" for trial in study.trials):
        raise SweepFailed("every trial failed; `sweep show` tells why, trial by trial")
    return 0


def overridden(sweep: Sweep, options: RunOptions) -> Sweep:
    """The sweep with the flags in place of what the file says."""
    names = ("trials", "epochs", "seed", "cpus_per_trial", "gpus_per_trial")
    given = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    if options.jobs is not None and options.jobs < 1:
        raise InputError(f"--jobs must be a whole number >= 1, but got {options.jobs}")
    if options.max_failures < 0:
        raise InputError(f"--max-failures must be a whole number >= 0, but got {options.max_failures}")
    if options.timeout_seconds is not None and not options.timeout_seconds > 0:
        raise InputError(f"--timeout must be above 0 seconds, but got {options.timeout_seconds:g}")
    if options.target is not None and not math.isfinite(options.target):
        raise InputError(f"--target must be a number, but got {options.target}")
    if options.precision not in PRECISIONS:
        raise InputError(f"--precision must be one of {', '.join(PRECISIONS)}, but got {options.precision!r}")
    return replace(sweep, **given)


def study_name(name: str) -> str:
    """A study's name, fit to be a folder's."""
    if (
        not name
        or name.startswith((".", "-"))
        or name in ("leaderboard.csv",)
        or any(not (char.isalnum() or char in "-_.") for char in name)
    ):
        raise InputError(f"a study's name must be letters, digits, '-', '_' and '.', but got {name!r}; give a --name")
    return name


def check_params(sweep: Sweep) -> None:
    """Refuse params that no trial could use, before anything starts.

    Raises:
        InputError: if the baseline or a random configuration has an unknown name or a value outside its range.
    """
    params, _ = space.baseline(sweep)
    for candidate in [params, *(trial.user_attrs["params"] for trial in space.samples(sweep))]:
        if sweep.model is None:
            Network.of(candidate)
        else:
            batch_size(candidate)


def warn_of_fallback(dataset: Dataset, file: Path) -> None:
    """Say loudly that this is not MNIST, and how it would be."""
    if dataset.name == FALLBACK_NAME:
        warn = console(stderr=True)
        for line in (
            "WARNING: MNIST is not on this machine and could not be downloaded. This sweep runs on scikit-learn's "
            "1,797 small digits instead,",
            "and its figures say nothing about MNIST. With the real MNIST:",
            f"    python -m sweep run {file} --data PATH/mnist.npz --new",
        ):
            warn.print(line, style="bold yellow")


def _warn_of_open_door(address: str) -> None:
    tell = console(stderr=True)
    tell.print(
        f"WARNING: the Ray cluster at {address} asks for no token: whoever reaches its ports can run code on it. "
        "Set RAY_AUTH_MODE=token and one RAY_AUTH_TOKEN on every node and here",
        style="bold yellow",
    )


def _refuse_failed_baseline(study: StudyRecord) -> None:
    first = study.trials[0]
    if first.state == "FAIL":
        raise SweepFailed(
            f"the baseline (trial 0) failed, so there is nothing to beat: {first.error}. "
            "Mend it, then run again with --new"
        )


def _train(sweep: Sweep, dataset: Dataset, ledger: Ledger, options: RunOptions, out: Console, stop: StopRequest) -> str:
    # Postponed: Ray takes most of a second to import, and a study with nothing left to do needs none.
    from sweep.bridge.cluster import bfloat16_everywhere, connect
    from sweep.bridge.runner import run_trials

    before = ledger.record()
    with connect(options.address) as cluster:
        if not cluster.guarded:
            _warn_of_open_door(cluster.address)
        fit = cluster.slots(sweep.cpus_per_trial, sweep.gpus_per_trial)
        if fit < 1:
            raise InputError(
                f"a trial wants {sweep.cpus_per_trial} CPUs and {sweep.gpus_per_trial:g} GPUs of one node, "
                f"but there is no such node in {cluster}; lower --cpus-per-trial or --gpus-per-trial"
            )
        slots = min(fit, options.jobs or fit)
        gpu = sweep.gpus_per_trial > 0
        supported = options.precision == "auto" and bfloat16_everywhere(cluster, gpu=gpu)
        found = resolve_precision(options.precision, own_model=sweep.model is not None, supported=supported)
        precision = ledger.settle_precision(options.precision, found)
        where = f"{cluster}; {slots} trial{'s' * (slots > 1)} side by side in {precision}"
        out.print(_headline(sweep, dataset, ledger, where))
        write_run_json(ledger.folder, dataset, str(cluster))
        job = Job(
            sweep.model,
            sweep.epochs,
            sweep.steps,
            threads=sweep.cpus_per_trial,
            precision=precision,
            gpu=gpu,
            file_sha256=fingerprint(before.origin.file) if before.origin and sweep.model else "",
        )
        with stop.orderly(), _observer(out, sweep, before) as observer:
            board = _Board(ledger, options.results)
            driver = Driver(
                ledger,
                observer,
                board.ended,
                board.tick,
                target=options.target,
                timeout_seconds=options.timeout_seconds,
            )
            run_trials(
                driver,
                job,
                dataset,
                ledger.folder,
                slots=slots,
                gpus_per_trial=sweep.gpus_per_trial,
                max_failures=options.max_failures,
                should_stop=lambda: bool(stop or driver.enough),
            )
    return driver.enough


def _headline(sweep: Sweep, dataset: Dataset, ledger: Ledger, where: str) -> str:
    images = f"{len(dataset.y_train):,} + {len(dataset.y_test):,} images"
    there = f" ({ledger.asked} there, {ledger.unfinished} of them unfinished)" if ledger.asked else ""
    return (
        f"{ledger.folder.name}: {sweep.trials} trials{there} of at most {sweep.epochs} epochs "
        f"on {dataset.name} ({images}), on {where}"
    )


@contextmanager
def _observer(out: Console, sweep: Sweep, before: StudyRecord) -> Iterator[Observer]:
    params = before.definition.baseline
    ended = [trial for trial in before.trials if trial.state in ("COMPLETE", "PRUNED", "FAIL")]
    if out.is_terminal and not out.quiet:
        with LiveView(out, params, done=len(ended), total=sweep.trials, known=ended, maximizes=sweep.maximizes) as live:
            yield live
    else:
        yield Lines(out, params, before.trials[0].test_accuracy if before.trials else None)


class _Board:
    """Rewrites the board as trials end, but a few times a second at most.

    Args:
        ledger: the open study.
        results: the results folder.
    """

    def __init__(self, ledger: Ledger, results: Path) -> None:
        self._ledger = ledger
        self._results = results
        self._stale = False
        self._written = 0.0

    def ended(self, number: int) -> None:
        """A trial ended: its checkpoint is no longer needed, and the board is out of date."""
        (self._ledger.folder / checkpoint_name(number)).unlink(missing_ok=True)
        self._stale = True

    def tick(self) -> None:
        """Write the board if it is out of date and was not written just now."""
        if self._stale and time.monotonic() - self._written >= BOARD_SECONDS:
            write_board(self._ledger.record(), self._results)
            self._stale = False
            self._written = time.monotonic()
