"""The driver's side of every trial: what to train next, whether to go on, when the search is over. Knows no Ray.

The baseline's rules are here: its failure ends the search, and a study whose baseline failed is not gone on with. (That
it is never pruned is the ledger's rule, which asks the pruner.)
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Protocol

from sweep.errors import SweepFailed
from sweep.execution.stop import Deadline
from sweep.study.events import Observer, StopReason, TrialEnded, TrialMeasured, TrialStarted
from sweep.study.ledger import Ledger
from sweep.study.records import BASELINE, StudyRecord, TrialRecord
from sweep.training.messages import Failure, Measurement, TrialSpec, params_text, trial_stem

log = logging.getLogger(__name__)


class Decider(Protocol):
    """What the bridge to Ray asks what to do, and tells what was done."""

    error: SweepFailed | None
    """Why there is nothing more to do, if it is a failure."""
    stop_reason: StopReason | None
    """Why the run ends although there is more to do; None while it does not."""

    def next_trial(self) -> TrialSpec | None:
        """The next trial for a worker; None when there is none."""

    def measured(self, number: int, measurement: Measurement) -> bool:
        """Take a measurement; returns whether that trial goes on."""

    def failed(self, number: int, failure: Failure) -> None:
        """Take a failure, the end of that trial."""

    def tick(self) -> None:
        """Called about ten times a second."""


class Driver:
    """Decides, from the ledger, what the workers do.

    Args:
        ledger: the open study.
        observer: is told what happens.
        trial_ended: is called after each trial that ended. Default: nothing.
        between: is called about ten times a second; it rewrites the board. Default: nothing.
        target: the search is to stop when a completed trial's objective is as good as this. Default: none.
        timeout_seconds: the search is to stop after this time. Default: no limit.
        clock: monotonic clock in seconds. Default: `time.monotonic`.
    """

    def __init__(
        self,
        ledger: Ledger,
        observer: Observer,
        trial_ended: Callable[[], None] = lambda: None,
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
        self.stop_reason: StopReason | None = None

    def next_trial(self) -> TrialSpec | None:
        """The next trial to train; None when nothing is left or the search is over."""
        spec = None if self.error else self._ledger.next_trial(self._unsuggested)
        if spec is not None:
            log.info("trial %d: started with seed %d and %s", spec.number, spec.seed, params_text(spec.params))
            self._observer.notice(TrialStarted(spec))
        return spec

    def measured(self, number: int, measurement: Measurement) -> bool:
        """Take a rung's measurement; returns whether the trial goes on."""
        self._observer.notice(TrialMeasured(number, measurement))
        prune = self._ledger.report(number, measurement)
        log.info(
            "trial %d: at %d %% validation accuracy %s, loss %s after %.1f s",
            *(number, measurement.step, measurement.val_accuracy, measurement.val_loss, measurement.seconds),
        )
        if measurement.step >= 100:
            self._end(self._ledger.complete(number, measurement))
        elif prune:
            log.info("trial %d: the pruner stops it at %d %%", number, measurement.step)
            self._end(self._ledger.prune(number))
        else:
            return True
        return False

    def failed(self, number: int, failure: Failure) -> None:
        """Take a trial's failure. If it was the baseline's, the search is over.

        A baseline that only lost its workers is left unfinished, so that the same command goes on with it.
        """
        log.warning("trial %d: %s\n%s", number, failure.reason, failure.details)
        if number == BASELINE and failure.lost:
            self.error = SweepFailed(
                f"the baseline (trial 0) has no result yet: {failure.reason}. The same command goes on with it"
            )
            return
        self._end(self._ledger.fail(number, failure))
        if number == BASELINE:
            self.error = SweepFailed(f"the baseline (trial 0) failed, so there is nothing to beat: {failure.reason}")

    def tick(self) -> None:
        """Let the observer show that time passes, and see whether it is up."""
        self._observer.tick()
        self._between()
        if self.stop_reason is None and self._deadline.passed:
            self.stop_reason = StopReason()

    def _unsuggested(self, number: int, failure: Failure) -> bool:
        """Take the failure of a trial whose params could not be suggested; returns whether to go on with another."""
        self.failed(number, failure)
        return self.error is None

    def _end(self, trial: TrialRecord) -> None:
        log.info("trial %d: %s", trial.number, trial.state)
        self._ledger.folder.checkpoint(trial_stem(trial.number)).unlink(missing_ok=True)
        self._observer.notice(TrialEnded(trial))
        self._trial_ended()
        if self.stop_reason is None and self._ledger.reaches(trial, self._target):
            self.stop_reason = StopReason(trial.number)


def refuse_failed_baseline(study: StudyRecord) -> None:
    """Refuse to go on with a study whose baseline failed.

    Raises:
        SweepFailed: if it did.
    """
    baseline = study.trials[BASELINE]
    if baseline.state == "FAIL":
        raise SweepFailed(
            f"the baseline (trial 0) failed, so there is nothing to beat: {baseline.error}. "
            "Repair it, then run again with --new"
        )


def refuse_failed_outcome(study: StudyRecord) -> None:
    """Raise if a study that was run has nothing to say.

    Raises:
        SweepFailed: if every trial failed, or all confirming runs of the baseline did.
    """
    if all(trial.state == "FAIL" for trial in study.trials):
        raise SweepFailed("every trial failed; `sweep show` tells why, trial by trial")
    runs = [run for run in study.confirming if run.trial == BASELINE]
    if runs and all(run.error for run in runs):
        raise SweepFailed(f"the baseline failed each time it was to be confirmed: {runs[0].error}")
