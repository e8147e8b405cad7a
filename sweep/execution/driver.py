"""The driver's side of a search: what to train next, whether a trial goes on, when all is over. Knows nothing of Ray.

The baseline's rules are here: its failure ends the search, and a study whose baseline failed can't be continued. (That
the baseline is never pruned is a rule of the ledger, which asks the pruner.)
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Protocol

from sweep.errors import SweepFailed
from sweep.execution.stop import Deadline
from sweep.study.events import Observer, StopReason, TrialEnded, TrialMeasured, TrialStarted, WorkerLost
from sweep.study.ledger import Ledger
from sweep.study.records import BASELINE, StudyRecord, TrialRecord
from sweep.training.messages import Failure, Measurement, TrialSpec, params_text, trial_stem

log = logging.getLogger(__name__)


class Decider(Protocol):
    """Decides what workers do. `sweep.execution.ray` asks it for trials, and reports what became of them."""

    error: SweepFailed | None
    """The failure that ends the run; None while there is none."""
    stop_reason: StopReason | None
    """Why the run stops early; None while it goes on."""

    def next_trial(self) -> TrialSpec | None:
        """The next trial for a worker; None if no trial is left."""

    def measured(self, number: int, measurement: Measurement) -> bool:
        """Take a trial's measurement; returns whether the trial goes on."""

    def failed(self, number: int, failure: Failure) -> None:
        """Take a trial's failure, which ends the trial."""

    def worker_lost(self, number: int) -> None:
        """Hear that a trial's worker was lost. The trial goes on with another one, or else `failed` is called."""

    def tick(self) -> None:
        """Let time pass: called about ten times a second."""


class Driver:
    """Decides, from the ledger, what the workers do.

    Args:
        ledger: the ledger of the study, open for writing.
        observer: is notified of what happens.
        trial_ended: a function called after each trial that ended. Default: does nothing.
        between: a function called about ten times a second, such as one that rewrites the board. Default: does nothing.
        target: value of the objective at which the search stops, if a completed trial is as good. Default: none.
        timeout_seconds: seconds after which the search stops. Default: no limit.
        clock: monotonic clock in seconds. Default: `time.monotonic`.

    Attributes:
        error: the baseline's failure, which ends the search; None while there is none.
        stop_reason: why the search stops early; None while it goes on.
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
        """The next trial to train; None if no trial is left, or the baseline failed."""
        spec = None if self.error else self._ledger.next_trial(self._unsuggested)
        if spec is not None:
            log.info("trial %d: started with seed %d and %s", spec.number, spec.seed, params_text(spec.params))
            self._observer.notice(TrialStarted(spec))
        return spec

    def measured(self, number: int, measurement: Measurement) -> bool:
        """Write down what a trial measured at a rung; returns whether the trial goes on."""
        self._observer.notice(TrialMeasured(number, measurement))
        prune = self._ledger.report(number, measurement)
        log.info(
            "trial %d: at %d %% on the validation examples %s after %.1f s",
            *(number, measurement.step, dict(measurement.val), measurement.seconds),
        )
        if measurement.step >= 100:
            self._end(self._ledger.complete(number, measurement))
        elif prune:
            log.info("trial %d: the pruner stops it at %d %%", number, measurement.step)
            self._end(self._ledger.prune(number))
        else:
            return True
        return False

    def worker_lost(self, number: int) -> None:
        """Write down that a trial's worker was lost."""
        self._ledger.worker_lost(number)
        self._observer.notice(WorkerLost(number))

    def failed(self, number: int, failure: Failure) -> None:
        """Write down a trial's failure. That of the baseline ends the search.

        A baseline whose workers were lost stays unfinished instead, so that the same command resumes it.
        """
        log.warning("trial %d: %s\n%s", number, failure.reason, failure.details)
        if number == BASELINE and failure.lost:
            self.error = SweepFailed(
                f"the baseline (trial 0) has no result yet: {failure.reason}. The same command goes on with it"
            )
            return
        if failure.parameters is not None:
            self._excluded(number, failure)
            return
        self._end(self._ledger.fail(number, failure))
        if number == BASELINE:
            self.error = SweepFailed(f"the baseline (trial 0) failed, so there is nothing to beat: {failure.reason}")

    def _excluded(self, number: int, failure: Failure) -> None:
        """Prune a trial whose model a constraint does not allow. The baseline stays unfinished instead."""
        if number == BASELINE:
            self.error = SweepFailed(
                f"the baseline (trial 0) must keep the constraints, but {failure.reason}. With larger ones, the same "
                "command goes on with it"
            )
            return
        self._end(self._ledger.exclude(number, failure))

    def tick(self) -> None:
        """Let the observer show that time passes, rewrite the board, and stop if the time limit has passed."""
        self._observer.tick()
        self._between()
        if self.stop_reason is None and self._deadline.passed:
            self.stop_reason = StopReason()

    def _unsuggested(self, number: int, failure: Failure) -> bool:
        """Write down the failure of a trial whose params could not be suggested; returns whether to try another."""
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
        SweepFailed: if the baseline failed.
    """
    baseline = study.trials[BASELINE]
    if baseline.state == "FAIL":
        raise SweepFailed(
            f"the baseline (trial 0) failed, so there is nothing to beat: {baseline.error}. "
            "Repair it, then run again with --new"
        )


def refuse_failed_outcome(study: StudyRecord) -> None:
    """Raise if a study that was run has no result.

    Raises:
        SweepFailed: if every trial failed, or every confirming run of the baseline.
    """
    if all(trial.state == "FAIL" for trial in study.trials):
        raise SweepFailed("every trial failed; `sweep show` says why, trial by trial")
    runs = [run for run in study.confirming if run.trial == BASELINE]
    if runs and all(run.error for run in runs):
        raise SweepFailed(f"the baseline failed each time it was to be confirmed: {runs[0].error}")
