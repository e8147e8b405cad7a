"""Between Tune's callbacks and the driver: translates names, and carries a fault out of Tune whole."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import ray
from ray.tune import Callback

from sweep.errors import SweepError
from sweep.execution.driver import Decider
from sweep.execution.ray.private import do_not_retry, forget_results, worker_of
from sweep.execution.ray.timers import Stopwatches
from sweep.execution.ray.worker_failures import WorkerLoss, oom_kills, worker_failure
from sweep.training.messages import StepResult, TrialSpec

log = logging.getLogger(__name__)

SAVING_SECONDS = 6.0
"""How long workers may take to save their trials when the sweep is to stop."""
COUNT_SECONDS = 2.0
"""How old the count of slots may be."""


NO_LOSS = WorkerLoss()


class StopTuning(BaseException):
    """Ends `Tuner.fit` from a callback; Tune lets through only what is not an `Exception`."""


@dataclass
class _Running:
    """A trial that Tune was given and that has not ended.

    Args:
        spec: spec of the trial.
        kills_before: number of processes that the system had ended for lack of memory when a worker took the trial on.
        late: whether the trial ran for too long.
        loss: how the trial lost its last worker.
    """

    spec: TrialSpec
    kills_before: int = 0
    late: bool = False
    loss: WorkerLoss = NO_LOSS


class TuneAdapter:
    """Translates between Tune's trial ids and the study's numbers.

    Tune catches what its callbacks raise and goes on or wraps it; so a fault of the driver's (a full disk, a
    failing sampler) is kept here, and `Heartbeat` ends the run with it.

    Args:
        driver: decides what is trained and whether a trial goes on.
        should_stop: tells whether the user asked for the end.
        tell_workers: is called once when the sweep is to stop; each worker then saves its trial and stops.
        slots: tells how many trials may run side by side now.
        max_trial_seconds: seconds after which a running trial fails. Default: no limit.
        count_kills: tells how many processes the system has ended for lack of memory. Default: `oom_kills`.
        clock: monotonic clock in seconds. Default: `time.monotonic`.
    """

    def __init__(
        self,
        driver: Decider,
        should_stop: Callable[[], bool],
        tell_workers: Callable[[], None],
        *,
        slots: Callable[[], int],
        max_trial_seconds: float | None = None,
        count_kills: Callable[[], int] = oom_kills,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._driver = driver
        self._should_stop = should_stop
        self._tell_workers = tell_workers
        self._slots = slots
        self._counted: tuple[float, int] | None = None
        self._limit = max_trial_seconds
        self._count_kills = count_kills
        self._clock = clock
        self._watches = Stopwatches(clock)
        self._running: dict[str, _Running] = {}
        self._deadline: float | None = None
        self.fault: Exception | None = None

    def __getstate__(self) -> dict[str, object]:
        """Nothing: Tune pickles what it is given, but its snapshots are never read; the ledger is the only truth."""
        return {}

    def full(self) -> bool:
        """Whether all slots are taken."""
        now = self._clock()
        if self._counted is None or now - self._counted[0] > COUNT_SECONDS:
            self._counted = now, self._slots()
        return len(self._running) >= max(1, self._counted[1])

    def next_trial(self, trial_id: str) -> TrialSpec | None:
        """The next trial for Tune; None when there is none."""
        if self._ending():
            return None
        spec = None
        with self._kept():
            spec = self._driver.next_trial()
        if spec is not None:
            self._running[trial_id] = _Running(spec)
        return spec

    def began(self, trial_id: str) -> None:
        """Note that a worker takes a trial on: its time begins to count."""
        self._watches.start(trial_id)
        self._running[trial_id].kills_before = self._count_kills()

    def overdue(self) -> set[str]:
        """Tune's ids of the trials that have run for too long, each once; their workers are to be ended now."""
        beyond = set() if self._limit is None else self._watches.beyond(self._limit)
        late = {trial_id for trial_id in beyond if not self._running[trial_id].late}
        for trial_id in late:
            self._running[trial_id].late = True
        return late

    def result(self, trial_id: str, step: StepResult) -> bool:
        """Hand what a trial's step came to on to the driver; returns whether the trial goes on."""
        if self._broken():
            return False
        spec = self._running[trial_id].spec
        if step.output:
            log.info("%s printed:\n%s", spec.stem, step.output)
        if step.stopped:
            log.info("%s: saved and stopped", spec.stem)
            self._forget(trial_id)  # RUNNING in the ledger, and the next run goes on with it
            return False
        if step.machine_fault:
            self.fault = SweepError(
                f"{step.machine_fault}. To go on, type the same command again (without --new); "
                "what was finished is kept"
            )
            return False
        goes_on = False
        with self._kept():
            goes_on = step.measurement is not None and self._driver.measured(spec.number, step.measurement)
            if step.failure is not None:
                self._driver.failed(spec.number, replace(step.failure, output=step.output))
        if self.fault is not None:
            return False
        if not goes_on:
            self._forget(trial_id)
        return goes_on

    def worker_lost(self, trial_id: str, report: str, output: str = "", *, here: bool) -> None:
        """Note that a trial's worker was lost.

        Args:
            trial_id: Tune's name of the trial.
            report: what Ray says of the loss.
            output: the last lines that the worker wrote. Default: not known.
            here: whether the worker was on this machine, whose count of kills then tells something.
        """
        self._watches.pause(trial_id)
        trial = self._running.get(trial_id)
        if trial is not None:
            log.warning("%s lost its worker: %s\nthe worker's last lines:\n%s", trial.spec.stem, report, output)
            trial.loss = WorkerLoss(report, output, here and self._count_kills() > trial.kills_before)
            if not (trial.late or self._ending()):  # else it was ended on purpose
                with self._kept():
                    self._driver.worker_lost(trial.spec.number)

    def crashed(self, trial_id: str) -> None:
        """Fail a trial whose worker was lost too often, or was ended because the trial ran for too long."""
        if self._broken() or trial_id not in self._running:
            return
        trial = self._running[trial_id]
        ran_seconds = self._watches.seconds(trial_id) if trial.late else None
        self._forget(trial_id)
        if self._ending() and not trial.late:
            return  # whoever ends the sweep may end its workers too: RUNNING, and the next run goes on with it
        with self._kept():
            self._driver.failed(trial.spec.number, worker_failure(trial.spec, trial.loss, ran_seconds))

    def beat(self) -> None:
        """Between two of Tune's steps: show that time passes, and end the run if it is to end.

        Once no trial runs, Tune ends by itself, since it gets no other one.

        Raises:
            StopTuning: if the run failed, or its workers take too long to save their trials.
        """
        if not self._broken():
            with self._kept():
                self._driver.tick()
        if self._ending() and self._deadline is None:
            self._deadline = self._clock() + SAVING_SECONDS
            self._tell_workers()
        late = self._deadline is not None and self._clock() > self._deadline
        if self._broken() or late:
            raise StopTuning

    @contextmanager
    def _kept(self) -> Iterator[None]:
        """What the driver raises meanwhile ends the run: `Heartbeat` carries it out of Tune."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - any
            self.fault = error

    def _forget(self, trial_id: str) -> None:
        del self._running[trial_id]
        self._watches.forget(trial_id)

    def _broken(self) -> bool:
        return self.fault is not None or self._driver.error is not None

    def _ending(self) -> bool:
        return self._broken() or self._should_stop() or self._driver.stop_reason is not None


class Heartbeat(Callback):
    """Tune's callback that beats about ten times a second.

    Args:
        adapter: is asked at each beat whether the run is to end.
    """

    def __init__(self, adapter: TuneAdapter) -> None:
        self._adapter = adapter

    def on_trial_start(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Called by Tune when a worker takes a trial on."""
        self._adapter.began(trial.trial_id)

    def on_step_end(self, iteration: int, trials: list[Any], **info: Any) -> None:
        """Called by Tune after each turn of its loop."""
        self._adapter.beat()
        late = self._adapter.overdue()
        for trial in trials if late else []:
            if trial.trial_id in late:
                do_not_retry(trial)
                ray.kill(worker_of(trial))

    def on_trial_complete(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Called by Tune when a trial ended. Tune keeps every trial it ran."""
        forget_results(trial)
