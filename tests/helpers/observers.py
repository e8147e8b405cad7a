"""Observers that write down what they are told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sweep.study.records import ConfirmingRun, TrialRecord
from sweep.training.messages import Measurement, TrialSpec


@dataclass
class Heard:
    """An observer that writes down what it is told."""

    said: list[tuple[Any, ...]] = field(default_factory=list)

    def started(self, spec: TrialSpec) -> None:
        self.said.append(("started", spec.number))

    def measured(self, number: int, measurement: Measurement) -> None:
        self.said.append(("measured", number, measurement.step))

    def ended(self, trial: TrialRecord) -> None:
        self.said.append(("ended", trial.number, trial.state))

    def tick(self) -> None:
        self.said.append(("tick",))

    def boarded(self, number: int) -> None:
        self.said.append(("board", number))


class Quiet:
    """An observer that writes down what ended."""

    def __init__(self) -> None:
        self.runs: list[ConfirmingRun] = []

    def ended(self, run: ConfirmingRun) -> None:
        self.runs.append(run)

    def tick(self) -> None:
        """Nothing."""
