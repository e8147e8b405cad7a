"""The driver's side of every trial: what to train next, whether to go on, when the sweep is over. Knows no Ray."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from sweep.errors import SweepFailed
from sweep.execution.ray.timers import Deadline
from sweep.study.ledger import Ledger
from sweep.study.records import TrialRecord
from sweep.training.messages import Failure, Measurement, TrialSpec


class Observer(Protocol):
    """Something that shows a sweep while it runs."""

    def started(self, spec: TrialSpec) -> None:
        """A trial was handed to a worker."""

    def measured(self, number: int, measurement: Measurement) -> None:
        """A running trial reached a rung."""

    def ended(self, trial: TrialRecord) -> None:
        """A trial completed, was pruned or failed."""

    def tick(self) -> None:
        """Called about ten times a second."""


class Decider(Protocol):
    """What the bridge asks what to do, and tells what was done."""

    error: SweepFailed | None
    """Why there is nothing more to do, if it is a failure."""
    stop_reason: str
    """Why no more is to be done, though there is more; "" while it is."""

    def next_trial(self) -> TrialSpec | None:
        """The next plan for a worker; None when there is none."""

    def measured(self, number: int, measurement: Measurement) -> bool:
        """Take a measurement; returns whether that plan goes on."""

    def failed(self, number: int, failure: Failure) -> None:
        """Take a failure, the end of that plan."""

    def tick(self) -> None:
        """Called about ten times a second."""


class Driver:
    """Decides, from the ledger, what the workers do.

    Args:
        ledger: the open study.
        observer: is told what happens.
        trial_ended: is called with the number of each trial that ended.
        between: is called about ten times a second; it rewrites the board. Default: nothing.
        target: the sweep is to stop when a completed trial's objective reaches this. Default: none.
        timeout_seconds: the sweep is to stop after so long. Default: none.
        clock: seconds that only rise. Default: `time.monotonic`.
    """

    def __init__(
        self,
        ledger: Ledger,
        observer: Observer,
        trial_ended: Callable[[int], None],
        between: Callable[[], None] = lambda: None,
        *,
        target: float | None = None,
        timeout_seconds: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ledger = ledger
        self._observer = observer
        self._trial_ended = trial_ended
        self._between = between
        self._target = target
        self._deadline = Deadline(timeout_seconds, clock)
        self.error: SweepFailed | None = None
        self.stop_reason = ""

    def next_trial(self) -> TrialSpec | None:
        """The next trial to train; None when nothing is left or the sweep is over."""
        spec = None if self.error else self._ledger.next_trial(self.failed)
        if spec is not None:
            self._observer.started(spec)
        return spec

    def measured(self, number: int, measurement: Measurement) -> bool:
        """Take a rung's measurement; returns whether the trial goes on."""
        self._observer.measured(number, measurement)
        stop = self._ledger.report(number, measurement)
        if measurement.step >= 100:
            self._ledger.complete(number, measurement)
        elif stop:
            self._ledger.prune(number)
        else:
            return True
        self._end(number)
        return False

    def failed(self, number: int, failure: Failure) -> None:
        """Take a trial's failure. If it was the baseline's, the sweep is over.

        A baseline that only lost its workers is left unfinished, so that the same command goes on with it.
        """
        if number == 0 and failure.lost:
            self.error = SweepFailed(
                f"the baseline (trial 0) has no result yet: {failure.reason}. The same command goes on with it"
            )
            return
        self._ledger.fail(number, failure)
        self._end(number)
        if number == 0:
            self.error = SweepFailed(f"the baseline (trial 0) failed, so there is nothing to beat: {failure.reason}")

    def tick(self) -> None:
        """Let the observer show that time passes, and see whether it is up."""
        self._observer.tick()
        self._between()
        self.stop_reason = self.stop_reason or self._deadline.passed()

    def _end(self, number: int) -> None:
        trial = self._ledger.trial(number)
        self._observer.ended(trial)
        self._trial_ended(number)
        self.stop_reason = self.stop_reason or self._ledger.reached(self._target)
