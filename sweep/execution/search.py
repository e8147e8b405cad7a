"""The search part of `run`: trains what the study still lacks, on workers that are there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from sweep.analysis.leaderboard import write_board
from sweep.data.dataset import Dataset
from sweep.execution.driver import Driver, Observer
from sweep.execution.stop import StopRequest
from sweep.execution.workers import Workers
from sweep.report.progress import Lines, LiveView
from sweep.space.loader import fingerprint
from sweep.space.sweep import Sweep
from sweep.study.ledger import Ledger
from sweep.study.records import StudyRecord
from sweep.study.storage.artifacts import checkpoint_name
from sweep.training.messages import TrainingConfig, trial_stem
from sweep.training.precision import resolve

BOARD_SECONDS = 0.5


@dataclass(frozen=True)
class StopConditions:
    """When a search ends before its budget is used up.

    Args:
        stop: whether the user asked for the end.
        target: a completed trial's objective that is enough.
        timeout_seconds: that are enough.
    """

    stop: StopRequest
    target: float | None = None
    timeout_seconds: float | None = None


def training_config_of(sweep: Sweep, ledger: Ledger, found: Workers, choice: str) -> TrainingConfig:
    """What the study's trials have in common, on these workers.

    Args:
        sweep: what is searched.
        ledger: the open study; it settles the precision.
        found: the workers.
        choice: "auto", "float32" or "bfloat16".
    """
    # Postponed, as in `workers`: Ray takes most of a second to import.
    from sweep.execution.ray.cluster import bfloat16_everywhere

    supported = choice == "auto" and bfloat16_everywhere(found.cluster, gpu=sweep.gpus_per_trial > 0)
    precision = ledger.settle_precision(choice, resolve(choice, own_model=sweep.model is not None, supported=supported))
    origin = ledger.record().origin
    return TrainingConfig(
        sweep.model,
        sweep.epochs,
        sweep.steps,
        threads=sweep.cpus_per_trial,
        precision=precision,
        gpus=sweep.gpus_per_trial,
        max_trial_seconds=sweep.max_trial_seconds,
        file_sha256=fingerprint(origin.file) if origin and sweep.model else "",
    )


def search(
    sweep: Sweep,
    dataset: Dataset,
    ledger: Ledger,
    training_config: TrainingConfig,
    found: Workers,
    results: Path,
    out: Console,
    until: StopConditions,
) -> str:
    """Train the trials that the study lacks; returns why it ended early, or "".

    Raises:
        SweepFailed: if the baseline failed.
    """
    # Postponed, as in `workers`: Ray takes most of a second to import.
    from sweep.execution.ray.runner import run_trials

    out.print(_headline(sweep, dataset, ledger, f"{found} in {training_config.precision}"))
    with until.stop.orderly(), _observer(out, sweep, ledger.record()) as observer:
        board = _Board(ledger, results)
        driver = Driver(
            ledger, observer, board.ended, board.tick, target=until.target, timeout_seconds=until.timeout_seconds
        )
        run_trials(
            driver,
            training_config,
            dataset.training(),
            dataset.test(),
            ledger.folder,
            slots=found.slots,
            max_failures=found.max_failures,
            should_stop=until.stop.__bool__,
        )
    return driver.stop_reason


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
    ended = [trial for trial in before.trials if trial.ended]
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
        (self._ledger.folder / checkpoint_name(trial_stem(number))).unlink(missing_ok=True)
        self._stale = True

    def tick(self) -> None:
        """Write the board if it is out of date and was not written just now."""
        if self._stale and time.monotonic() - self._written >= BOARD_SECONDS:
            write_board(self._ledger.record(), self._results)
            self._stale = False
            self._written = time.monotonic()
