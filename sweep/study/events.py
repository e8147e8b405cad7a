"""What happens to a study while it is run, as plain values: the driver tells an observer, which shows or keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sweep.study.records import ConfirmingRun, StudyRecord, TrialRecord
from sweep.training.messages import Measurement, TrialSpec


@dataclass(frozen=True)
class DigitsInsteadOfMnist:
    """MNIST could not be had, and the sweep runs on scikit-learn's digits.

    Args:
        space_file: the search-space file, for the command that would use MNIST.
    """

    space_file: Path


@dataclass(frozen=True)
class IncompleteWriteSetAside:
    """An earlier driver was killed while it wrote to the journal; what it left of that write was cut off and kept.

    Args:
        path: the file with those bytes.
        size: how many bytes they are.
    """

    path: Path
    size: int


@dataclass(frozen=True)
class ClusterIsOpen:
    """The Ray cluster lets in everyone who reaches its ports, also without a token.

    Args:
        address: the cluster's, HOST:PORT.
    """

    address: str


@dataclass(frozen=True)
class StopReason:
    """Why a run ended although there was more to do.

    Args:
        trial: the completed trial that reached the target; None if the time was up.
    """

    trial: int | None = None


@dataclass(frozen=True)
class NothingToTrain:
    """The study has all its trials.

    Args:
        name: the study's.
        trials: how many trials it has.
        reached: the target that was reached instead, if trials are lacking.
        confirms: whether runs that confirm its best trial are still to be made.
    """

    name: str
    trials: int
    reached: StopReason | None
    confirms: bool


@dataclass(frozen=True)
class SearchStarted:
    """Trials are about to be trained.

    Args:
        study: as it stands before.
        trials: the budget.
        epochs: of a whole trial.
        unfinished: how many trials an earlier driver left running.
        maximizes: whether a larger objective is better.
        images: how many examples there are to train on, and to test on.
        workers: where the trials are trained.
        precision: what they are trained in.
    """

    study: StudyRecord
    trials: int
    epochs: int
    unfinished: int
    maximizes: bool
    images: tuple[int, int]
    workers: str
    precision: str


@dataclass(frozen=True)
class TrialStarted:
    """A trial was handed to a worker."""

    spec: TrialSpec


@dataclass(frozen=True)
class TrialMeasured:
    """A running trial reached a rung."""

    number: int
    measurement: Measurement


@dataclass(frozen=True)
class TrialEnded:
    """A trial completed, was pruned or failed."""

    trial: TrialRecord


@dataclass(frozen=True)
class ConfirmationStarted:
    """Runs that confirm are about to be made.

    Args:
        runs: what is to be done.
        images: how many examples each is trained on.
        workers: where they are trained.
    """

    runs: Sequence[ConfirmingRun]
    images: int
    workers: str


@dataclass(frozen=True)
class ConfirmingRunEnded:
    """A confirming run ended, with a test accuracy or an error."""

    run: ConfirmingRun


Event = (
    DigitsInsteadOfMnist
    | IncompleteWriteSetAside
    | ClusterIsOpen
    | NothingToTrain
    | SearchStarted
    | TrialStarted
    | TrialMeasured
    | TrialEnded
    | ConfirmationStarted
    | ConfirmingRunEnded
)


class Observer(Protocol):
    """Something that shows or keeps what happens while a study is run: a terminal, a notebook, a tracker."""

    def notice(self, event: Event) -> None:
        """Take an event, in the order in which they happen."""

    def tick(self) -> None:
        """Called about ten times a second while workers train."""
