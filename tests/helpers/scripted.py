"""A bridge to Tune whose decider follows a script, on a clock of its own."""

from __future__ import annotations

from typing import Any

from sweep.errors import SweepFailed
from sweep.execution.ray.adapter import Referee
from sweep.training.messages import Failure, Plan, Rung


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Script:
    """A decider that hands out a few plans, lets each end at step 100, and remembers what was done to it."""

    def __init__(self, plans: int = 5) -> None:
        self.over: SweepFailed | None = None
        self.enough = ""
        self.done: list[tuple[Any, ...]] = []
        self._plans = [Plan(number, {}, 7) for number in range(plans)]

    def next_plan(self) -> Plan | None:
        return self._plans.pop(0) if self._plans else None

    def measured(self, number: int, rung: Rung) -> bool:
        self.done.append(("measured", number, rung.step))
        return rung.step < 100

    def failed(self, number: int, failure: Failure) -> None:
        self.done.append(("failed", number, failure.reason))

    def tick(self) -> None:
        """Nothing."""


def made(clock: Clock, **given: Any) -> tuple[Referee, Script]:
    script = Script()
    options: dict[str, Any] = {"slots": lambda: 2, "clock": clock, **given}
    return Referee(script, lambda: False, lambda: None, **options), script
