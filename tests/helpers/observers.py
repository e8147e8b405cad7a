"""Observers that write down what they are told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sweep.study.events import ConfirmingRunEnded, Event, TrialEnded, TrialMeasured, TrialStarted
from sweep.study.records import ConfirmingRun


@dataclass
class Heard:
    """An observer that writes down what happens to trials, a tuple each."""

    said: list[tuple[Any, ...]] = field(default_factory=list)

    def notice(self, event: Event) -> None:
        match event:
            case TrialStarted(spec):
                self.said.append(("started", spec.number))
            case TrialMeasured(number, measurement):
                self.said.append(("measured", number, measurement.step))
            case TrialEnded(trial):
                self.said.append(("ended", trial.number, trial.state))
            case _:
                self.said.append((type(event).__name__,))

    def tick(self) -> None:
        self.said.append(("tick",))

    def boarded(self) -> None:
        self.said.append(("board",))


class Quiet:
    """An observer that writes down which confirming runs ended."""

    def __init__(self) -> None:
        self.runs: list[ConfirmingRun] = []

    def notice(self, event: Event) -> None:
        if isinstance(event, ConfirmingRunEnded):
            self.runs.append(event.run)

    def tick(self) -> None:
        """Nothing."""
