"""Between Tune's callbacks and the driver: translates names, and carries a fault out of Tune whole."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ray.exceptions import OutOfMemoryError, RayActorError
from ray.tune import Callback

from sweep.driver import Decider
from sweep.errors import SweepError, describe
from sweep.job import Failure, Plan, Rung

SAVING_SECONDS = 6.0
"""How long workers may take to save their trials when the sweep is to stop."""


class StopTuning(BaseException):
    """Ends `Tuner.fit` from a callback; Tune lets through only what is not an `Exception`."""


class Referee:
    """Translates between Tune's trial ids and the study's numbers.

    Tune catches what its callbacks raise and goes on or wraps it; so a fault of the driver's (a full disk, a
    failing sampler) is kept here, and `Heartbeat` ends the run with it.

    Args:
        driver: decides.
        should_stop: whether the user asked for the end.
        tell_workers: is called once then; each worker saves its trial and stops.
    """

    def __init__(self, driver: Decider, should_stop: Callable[[], bool], tell_workers: Callable[[], None]) -> None:
        self._driver = driver
        self._should_stop = should_stop
        self._tell_workers = tell_workers
        self._deadline: float | None = None
        self._numbers: dict[str, int] = {}
        self._errors: dict[str, BaseException | None] = {}
        self.fault: Exception | None = None

    def __getstate__(self) -> dict[str, object]:
        """Nothing: Tune pickles what it is given, but its snapshots are never read; the ledger is the only truth."""
        return {}

    def next_plan(self, trial_id: str) -> Plan | None:
        """The next trial for Tune; None when there is none."""
        if self._ending():
            return None
        try:
            plan = self._driver.next_plan()
        except Exception as error:  # noqa: BLE001 - carried out of Tune by Heartbeat
            self.fault = error
            return None
        if plan is not None:
            self._numbers[trial_id] = plan.number
        return plan

    def result(self, trial_id: str, flat: dict[str, Any]) -> bool:
        """One result of a trial; returns whether it goes on."""
        if self._broken():
            return False
        number = self._numbers[trial_id]
        if flat.get("stopped"):
            del self._numbers[trial_id]  # saved; RUNNING in the ledger, and the next run goes on with it
            return False
        if "unkept" in flat:
            self.fault = SweepError(f"a checkpoint or model could not be kept, so the sweep stopped: {flat['unkept']}")
            return False
        rung, failure = _unflattened(flat, "rung"), _unflattened(flat, "failure")
        try:
            goes_on = bool(rung) and self._driver.measured(number, Rung(**rung))
            if failure:
                self._driver.failed(number, Failure(**failure))
        except Exception as error:  # noqa: BLE001 - carried out of Tune by Heartbeat
            self.fault = error
            return False
        if not goes_on:
            del self._numbers[trial_id]
        return goes_on

    def note_error(self, trial_id: str, error: BaseException | None) -> None:
        """Why a trial's worker was lost."""
        self._errors[trial_id] = error

    def crashed(self, trial_id: str) -> None:
        """A trial's worker was lost more often than it is retried."""
        if self._broken() or trial_id not in self._numbers:
            return
        try:
            self._driver.failed(self._numbers.pop(trial_id), _failure(self._errors.pop(trial_id, None)))
        except Exception as error:  # noqa: BLE001 - carried out of Tune by Heartbeat
            self.fault = error

    def beat(self) -> None:
        """Between two of Tune's steps: show that time passes; end the run if it is to end."""
        if not self._broken():
            self._driver.tick()
        if self._ending() and self._deadline is None:
            self._deadline = time.monotonic() + SAVING_SECONDS
            self._tell_workers()
        late = self._deadline is not None and time.monotonic() > self._deadline
        if self._broken() or late or (self._ending() and not self._numbers):
            raise StopTuning

    def _broken(self) -> bool:
        return self.fault is not None or self._driver.over is not None

    def _ending(self) -> bool:
        return self._broken() or self._should_stop()


class Heartbeat(Callback):
    """Tune's callback that beats about ten times a second.

    Args:
        referee: is told.
    """

    def __init__(self, referee: Referee) -> None:
        self._referee = referee

    def on_step_end(self, iteration: int, trials: list[Any], **info: Any) -> None:
        """Called by Tune after each turn of its loop."""
        self._referee.beat()

    def on_trial_complete(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Called by Tune when a trial ended.

        Tune keeps every trial it ran, and of each the course of every number it reported: 40 KB that nothing reads.
        """
        trial.run_metadata.metric_analysis.clear()
        trial.run_metadata.metric_n_steps.clear()


def _unflattened(flat: dict[str, Any], key: str) -> dict[str, Any]:
    return {name.partition("/")[2]: value for name, value in flat.items() if name.startswith(f"{key}/")}


def _failure(error: BaseException | None) -> Failure:
    if isinstance(error, OutOfMemoryError):
        return Failure("out of memory: Ray ended the worker", str(error))
    if isinstance(error, RayActorError):
        return Failure("the worker process died", str(error))
    return Failure(describe(error) if error else "the worker was lost")
