"""The driver's side of the runs that confirm: hands them out, writes each down as it ends. Knows no Ray."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from sweep.errors import SweepFailed
from sweep.execution.ray.timers import Deadline
from sweep.study.confirmations import Confirmations, trial_spec
from sweep.study.records import ConfirmingRun
from sweep.study.storage.artifacts import checkpoint_name
from sweep.training.messages import Failure, Measurement, TrialSpec


class ConfirmObserver(Protocol):
    """Something that shows the confirming while it runs."""

    def ended(self, run: ConfirmingRun) -> None:
        """A run ended, with a test accuracy or an error."""

    def tick(self) -> None:
        """Called about ten times a second."""


class ConfirmationDriver:
    """Decides what the workers do while trials are confirmed; a `sweep.execution.driver.Decider`.

    Args:
        confirmations: the open study.
        runs: what is to be done, in this order.
        observer: is told what happens.
        timeout_seconds: it is to stop after so long. Default: none.
        clock: seconds that only rise. Default: `time.monotonic`.
    """

    def __init__(
        self,
        confirmations: Confirmations,
        runs: Sequence[ConfirmingRun],
        observer: ConfirmObserver,
        *,
        timeout_seconds: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._confirmations = confirmations
        self._study = confirmations.record()
        self._waiting = list(runs)
        self._running: dict[int, ConfirmingRun] = {}
        self._observer = observer
        self._deadline = Deadline(timeout_seconds, clock)
        self.error: SweepFailed | None = None
        self.stop_reason = ""

    def next_trial(self) -> TrialSpec | None:
        """The next run to train; None when there is none."""
        if not self._waiting:
            return None
        run = self._waiting.pop(0)
        self._running[run.number] = run
        return trial_spec(self._study, run)

    def measured(self, number: int, measurement: Measurement) -> bool:
        """Take a run's test accuracy; it does not go on, as it is measured at its end alone."""
        self._end(
            replace(
                self._running.pop(number),
                test_accuracy=measurement.test_accuracy,
                seconds=measurement.seconds,
                node=measurement.node,
                precision=measurement.precision,
            ),
            measurement.environment,
        )
        return False

    def failed(self, number: int, failure: Failure) -> None:
        """Take a run's failure. One whose worker was lost is not written down, and so it is made again."""
        run = replace(self._running.pop(number), error=failure.reason)
        if failure.lost:
            self._observer.ended(run)
        else:
            self._end(run)

    def tick(self) -> None:
        """Let the observer show that time passes, and see whether it is up."""
        self._observer.tick()
        self.stop_reason = self.stop_reason or self._deadline.passed()

    def _end(self, run: ConfirmingRun, environment: str = "") -> None:
        self._confirmations.add(run, environment)
        (self._confirmations.folder / checkpoint_name(run.stem)).unlink(missing_ok=True)
        self._observer.ended(run)
