"""An adapter to Tune whose decider follows a script, on a clock of its own."""

from __future__ import annotations

from typing import Any

from sweep.errors import SweepFailed
from sweep.execution.ray.adapter import TuneAdapter
from sweep.study.events import StopReason
from sweep.training.messages import Failure, Measurement, TrialSpec


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Script:
    """A decider that hands out a few specs, lets each end at step 100, and remembers what was done to it."""

    def __init__(self, specs: int = 5) -> None:
        self.error: SweepFailed | None = None
        self.stop_reason: StopReason | None = None
        self.done: list[tuple[Any, ...]] = []
        self._specs = [TrialSpec(number, {}, 7) for number in range(specs)]

    def next_trial(self) -> TrialSpec | None:
        return self._specs.pop(0) if self._specs else None

    def measured(self, number: int, measurement: Measurement) -> bool:
        self.done.append(("measured", number, measurement.step))
        return measurement.step < 100

    def worker_lost(self, number: int) -> None:
        self.done.append(("worker lost", number))

    def failed(self, number: int, failure: Failure) -> None:
        self.done.append(("failed", number, failure.reason))

    def tick(self) -> None:
        """Nothing."""


def made(clock: Clock, **of_adapter: Any) -> tuple[TuneAdapter, Script]:
    script = Script()
    options: dict[str, Any] = {"slots": lambda: 2, "clock": clock, **of_adapter}
    return TuneAdapter(script, lambda: False, lambda: None, **options), script
