"""The runs that confirm a search's best trials, as a study is run for them. Knows no Ray but the way to it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from sweep.errors import SweepFailed
from sweep.execution.stop import Deadline
from sweep.study.confirmations import Confirmations, trial_spec
from sweep.study.events import ConfirmingRunEnded, Observer, StopReason
from sweep.study.records import ConfirmingRun
from sweep.training.messages import Failure, Measurement, TrialSpec

log = logging.getLogger(__name__)


class ConfirmationDriver:
    """Decides what the workers do while trials are confirmed; a `sweep.execution.driver.Decider`.

    Args:
        confirmations: the open study.
        runs: what is to be done, in this order.
        observer: is told what happens.
        timeout_seconds: it is to stop after this time. Default: no limit.
        clock: monotonic clock in seconds. Default: `time.monotonic`.
    """

    def __init__(
        self,
        confirmations: Confirmations,
        runs: Sequence[ConfirmingRun],
        observer: Observer,
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
        self.stop_reason: StopReason | None = None

    def next_trial(self) -> TrialSpec | None:
        """The next run to train; None when there is none."""
        if not self._waiting:
            return None
        run = self._waiting.pop(0)
        self._running[run.number] = run
        log.info("%s: started with seed %d", run.stem, run.seed)
        return trial_spec(self._study, run)

    def measured(self, number: int, measurement: Measurement) -> bool:
        """Take a run's test accuracy; it does not go on, as it is measured at its end alone."""
        run = replace(
            self._running.pop(number),
            test_accuracy=measurement.test_accuracy,
            seconds=measurement.seconds,
            node=measurement.node,
            precision=measurement.precision,
        )
        self._end(run, measurement.environment)
        return False

    def failed(self, number: int, failure: Failure) -> None:
        """Take a run's failure. One whose worker was lost is not written down, and so it is made again."""
        run = replace(self._running.pop(number), error=failure.reason)
        log.warning("%s: %s\n%s", run.stem, failure.reason, failure.details)
        if failure.lost:
            self._observer.notice(ConfirmingRunEnded(run))
        else:
            self._end(run)

    def tick(self) -> None:
        """Let the observer show that time passes, and see whether it is up."""
        self._observer.tick()
        if self.stop_reason is None and self._deadline.passed:
            self.stop_reason = StopReason()

    def _end(self, run: ConfirmingRun, environment: str = "") -> None:
        self._confirmations.add(run, environment)
        log.info("%s: test accuracy %s", run.stem, run.test_accuracy)
        self._confirmations.folder.checkpoint(run.stem).unlink(missing_ok=True)
        self._observer.notice(ConfirmingRunEnded(run))
