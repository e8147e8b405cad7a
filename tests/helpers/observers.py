"""Observers that write down what they are told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sweep.study.confirming_run import ConfirmingRun
from sweep.study.events import ConfirmingRunEnded, Event, TrialEnded, TrialMeasured, TrialStarted


@dataclass
class Heard:
    """An observer that writes down what happens to trials, a tuple each."""

    events: list[tuple[Any, ...]] = field(default_factory=list)

    def notice(self, event: Event) -> None:
        match event:
            case TrialStarted(spec):
                self.events.append(("started", spec.number))
            case TrialMeasured(number, measurement):
                self.events.append(("measured", number, measurement.step))
            case TrialEnded(trial):
                self.events.append(("ended", trial.number, trial.state))
            case _:
                self.events.append((type(event).__name__,))

    def tick(self) -> None:
        self.events.append(("tick",))

    def boarded(self) -> None:
        self.events.append(("board",))


class Quiet:
    """An observer that writes down which confirming runs ended."""

    def __init__(self) -> None:
        self.runs: list[ConfirmingRun] = []

    def notice(self, event: Event) -> None:
        if isinstance(event, ConfirmingRunEnded):
            self.runs.append(event.run)

    def tick(self) -> None:
        """Nothing."""
