"""The driver's side of confirming runs: which is next, and when they are over. Knows nothing of Ray."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from sweep.errors import SweepFailed
from sweep.execution.stop import Deadline
from sweep.study.confirmations import Confirmations, trial_spec
from sweep.study.confirming_run import ConfirmingRun
from sweep.study.events import ConfirmingRunEnded, Observer, StopReason, WorkerLost
from sweep.study.records import StudyRecord
from sweep.training.messages import Failure, Measurement, TrialSpec

log = logging.getLogger(__name__)


class ConfirmationDriver:
    """Decides what the workers do while trials are confirmed; a `sweep.execution.driver.Decider`.

    Args:
        confirmations: the study's confirming runs, open for writing.
        runs: the runs to make, in the order in which they are started.
        observer: is notified of what happens.
        timeout_seconds: seconds after which no more is to be done. Default: no limit.
        clock: monotonic clock in seconds. Default: `time.monotonic`.
        still_needed: tells which of the runs may still be needed once some have ended; no other is started, and what
            runs is finished. Default: None, all are.

    Attributes:
        error: None, as no confirming run's failure ends the others.
        stop_reason: why the runs stop early; None while they go on.
        lost: whether a run's worker was lost so often that the run is left for the next time.
    """

    def __init__(
        self,
        confirmations: Confirmations,
        runs: Sequence[ConfirmingRun],
        observer: Observer,
        *,
        timeout_seconds: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        still_needed: Callable[[StudyRecord], Sequence[ConfirmingRun]] | None = None,
    ) -> None:
        self._confirmations = confirmations
        self._study = confirmations.record()
        self._waiting = list(runs)
        self._running: dict[int, ConfirmingRun] = {}
        self._observer = observer
        self._still_needed = still_needed
        self._deadline = Deadline(timeout_seconds, clock)
        self.error: SweepFailed | None = None
        self.stop_reason: StopReason | None = None
        self.lost = False

    def next_trial(self) -> TrialSpec | None:
        """The spec of the next run; None if no run is left."""
        if not self._waiting:
            return None
        run = self._waiting.pop(0)
        self._running[run.number] = run
        log.info("%s: started with seed %d", run.stem, run.seed)
        return trial_spec(self._study, run)

    def measured(self, number: int, measurement: Measurement) -> bool:
        """Write down a run's test scores; returns False, as a run is measured at its end alone and does not go on."""
        run = replace(
            self._running.pop(number),
            test=measurement.test,
            seconds=measurement.seconds,
            node=measurement.node,
            precision=measurement.precision,
        )
        self._end(run, measurement.environment)
        return False

    def worker_lost(self, number: int) -> None:
        """Let the observer know that a run's worker was lost."""
        self._observer.notice(WorkerLost(number))

    def failed(self, number: int, failure: Failure) -> None:
        """Write down a run's failure, unless its worker was lost: then `confirm` can make the run again."""
        run = replace(self._running.pop(number), error=failure.reason)
        log.warning("%s: %s\n%s", run.stem, failure.reason, failure.details)
        if failure.lost:
            self.lost = True
            if self._still_needed:
                self._waiting.clear()  # without this run nothing is decided
            self._observer.notice(ConfirmingRunEnded(run))
        else:
            self._end(run)

    def tick(self) -> None:
        """Let the observer show that time passes, and stop if the time limit has passed."""
        self._observer.tick()
        if self.stop_reason is None and self._deadline.passed:
            self.stop_reason = StopReason()

    def _end(self, run: ConfirmingRun, environment: str = "") -> None:
        self._confirmations.add(run, environment)
        log.info("%s: on the test set %s", run.stem, dict(run.test))
        self._confirmations.folder.checkpoint(run.stem).unlink(missing_ok=True)
        self._observer.notice(ConfirmingRunEnded(run))
        if self._still_needed:
            self._study = replace(self._study, confirming=[*self._study.confirming, run])
            needed = {other.number for other in self._still_needed(self._study)}
            self._waiting = [waiting for waiting in self._waiting if waiting.number in needed]
