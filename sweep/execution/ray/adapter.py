"""Between Tune's callbacks and the driver: translates names, and carries a fault out of Tune whole."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import ray
from ray.tune import Callback

from sweep.errors import SweepError
from sweep.execution.driver import Decider
from sweep.execution.ray.memory import oom_kills
from sweep.execution.ray.private import do_not_retry, forget_results, worker_of
from sweep.execution.ray.timers import Stopwatches
from sweep.execution.ray.worker_failures import lost
from sweep.training.messages import Failure, Measurement, TrialSpec

SAVING_SECONDS = 6.0
"""How long workers may take to save their trials when the sweep is to stop."""
COUNT_SECONDS = 2.0
"""How old the count of slots may be."""


class StopTuning(BaseException):
    """Ends `Tuner.fit` from a callback; Tune lets through only what is not an `Exception`."""


@dataclass
class _Running:
    """A trial that Tune was given and that has not ended.

    Args:
        spec: what is trained.
        kills_before: what `count_kills` said when a worker took it on.
        late: whether it ran for too long.
        said: what Ray said of its last lost worker.
        out_of_memory: whether the system ended a process for want of memory before that worker was lost.
    """

    spec: TrialSpec
    kills_before: int = 0
    late: bool = False
    said: str = ""
    out_of_memory: bool = False


class TuneAdapter:
    """Translates between Tune's trial ids and the study's numbers.

    Tune catches what its callbacks raise and goes on or wraps it; so a fault of the driver's (a full disk, a
    failing sampler) is kept here, and `Heartbeat` ends the run with it.

    Args:
        driver: decides.
        should_stop: whether the user asked for the end.
        tell_workers: is called once then; each worker saves its trial and stops.
        slots: how many trials may run side by side now.
        max_trial_seconds: a trial that runs longer fails. Default: no limit.
        count_kills: how many processes the system has ended for want of memory. Default: `oom_kills`.
        clock: seconds that only rise. Default: `time.monotonic`.
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
        """A worker takes a trial on."""
        self._watches.start(trial_id)
        self._running[trial_id].kills_before = self._count_kills()

    def overdue(self) -> set[str]:
        """Whose worker is to be ended now, because the trial has run for too long."""
        beyond = set() if self._limit is None else self._watches.beyond(self._limit)
        late = {trial_id for trial_id in beyond if not self._running[trial_id].late}
        for trial_id in late:
            self._running[trial_id].late = True
        return late

    def result(self, trial_id: str, flat: dict[str, Any]) -> bool:
        """One result of a trial; returns whether it goes on."""
        if self._broken():
            return False
        number = self._running[trial_id].spec.number
        if flat.get("stopped"):
            self._forget(trial_id)  # saved; RUNNING in the ledger, and the next run goes on with it
            return False
        if "machine" in flat:
            self.fault = SweepError(
                f"{flat['machine']}. To go on, type the same command again (without --new); what was finished is kept"
            )
            return False
        measurement, failure = _unflattened(flat, "rung"), _unflattened(flat, "failure")
        goes_on = False
        with self._kept():
            goes_on = bool(measurement) and self._driver.measured(number, Measurement(**measurement))
            if failure:
                self._driver.failed(number, Failure(**failure))
        if self.fault is not None:
            return False
        if not goes_on:
            self._forget(trial_id)
        return goes_on

    def worker_lost(self, trial_id: str, said: str) -> None:
        """A trial's worker was lost, and what Ray says of it."""
        self._watches.pause(trial_id)
        trial = self._running.get(trial_id)
        if trial is not None:
            trial.said, trial.out_of_memory = said, self._count_kills() > trial.kills_before

    def crashed(self, trial_id: str) -> None:
        """A trial's worker was lost more often than it is retried, or was ended because the trial ran for too long."""
        if self._broken() or trial_id not in self._running:
            return
        trial = self._running[trial_id]
        ran_seconds = self._watches.seconds(trial_id) if trial.late else None
        self._forget(trial_id)
        if self._ending() and not trial.late:
            return  # whoever ends the sweep may end its workers too: RUNNING, and the next run goes on with it
        with self._kept():
            self._driver.failed(
                trial.spec.number, lost(trial.spec, trial.said, ran_seconds, out_of_memory=trial.out_of_memory)
            )

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
        return self._broken() or self._should_stop() or bool(self._driver.stop_reason)


class Heartbeat(Callback):
    """Tune's callback that beats about ten times a second.

    Args:
        adapter: is told.
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


def _unflattened(flat: dict[str, Any], key: str) -> dict[str, Any]:
    return {name.partition("/")[2]: value for name, value in flat.items() if name.startswith(f"{key}/")}
