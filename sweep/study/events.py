"""What happens to a study while it is run, as plain values that the driver hands to an observer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from sweep.space.metrics import ACCURACY
from sweep.space.sweep import Params
from sweep.study.confirming_run import ConfirmingRun
from sweep.study.records import StudyRecord, TrialRecord
from sweep.study.storage.folder import StudyFolder
from sweep.training.messages import Measurement, TrialSpec


@dataclass(frozen=True)
class DigitsInsteadOfMnist:
    """MNIST is not available, and the sweep runs on scikit-learn's digits instead.

    Args:
        space_file: path of the search-space file, to name in the command that uses MNIST; None if there is none.
    """

    space_file: Path | None


@dataclass(frozen=True)
class IncompleteWriteSetAside:
    """An earlier driver was killed while it wrote to the journal, and its incomplete last write was cut off and kept.

    Args:
        path: the file that the bytes of that write are kept in.
        size: number of these bytes.
    """

    path: Path
    size: int


@dataclass(frozen=True)
class ClusterIsOpen:
    """The Ray cluster lets in whoever reaches its ports, with or without a token.

    Args:
        address: address of the cluster, HOST:PORT.
    """

    address: str


@dataclass(frozen=True)
class FirstRungIsEarly:
    """Trials may be pruned after so few training steps that their scores tell little.

    Args:
        percent: the first rung, in percent of a trial's epochs.
        steps: number of training steps of the baseline until then.
        total: number of training steps of the whole baseline.
    """

    percent: int
    steps: int
    total: int


@dataclass(frozen=True)
class StopReason:
    """Why a run ended before all trials or confirming runs were done.

    Args:
        trial: number of the completed trial that reached the target; None if the time limit had passed.
    """

    trial: int | None = None


@dataclass(frozen=True)
class NothingToTrain:
    """The study needs no more trials.

    Args:
        name: name of the study.
        trials: number of trials that it has.
        reached: which trial reached the target, if that is why no more are needed; else None.
        confirms: whether confirming runs are still to be made.
    """

    name: str
    trials: int
    reached: StopReason | None
    confirms: bool


@dataclass(frozen=True)
class ParamsAdded:
    """Params are new in the space of a study that goes on.

    Args:
        params: their values in the trials before.
    """

    params: Params


@dataclass(frozen=True)
class StudyTaken:
    """The params of another study's best trials are enqueued, unless they were before.

    Args:
        name: name of the other study.
        taken: numbers of its trials whose params are tried, the best first.
        left_out: why others as good are not, by their numbers.
    """

    name: str
    taken: Sequence[int]
    left_out: Mapping[int, str]


@dataclass(frozen=True)
class RetriesEnqueued:
    """Failed trials are to be tried again, each as a new trial.

    Args:
        numbers: numbers of the failed trials; empty if there is none that was not tried again before.
    """

    numbers: Sequence[int]


@dataclass(frozen=True)
class SearchStarted:
    """Trials are about to be trained.

    Args:
        study: the study's record before.
        trials: number of trials that the study is brought up to.
        epochs: epochs of a whole trial.
        unfinished: number of trials that an earlier driver left running.
        maximizes: whether larger values of the objective, or of the first of several, are better.
        images: number of training examples, those held out for validation included, and of test examples.
        scaled: whether the examples are pixels, which models get scaled from 0-255 to 0-1.
        workers: the workers, in words.
        precision: "float32" or "bfloat16", what trials are trained in.
        fixed: values of the parameters that the sampler does not draw, by name. Default: none.
        elapsed_seconds: seconds since the search began, for an observer that comes later. Default 0.
        ended_before: number of trials that had ended when the search began. Default: None, those of `study`.
    """

    study: StudyRecord
    trials: int
    epochs: int
    unfinished: int
    maximizes: bool
    images: tuple[int, int]
    scaled: bool
    workers: str
    precision: str
    fixed: Params = field(default_factory=dict)
    elapsed_seconds: float = 0.0
    ended_before: int | None = None


@dataclass(frozen=True)
class TrialStarted:
    """A trial was handed to a worker.

    Args:
        spec: the trial.
    """

    spec: TrialSpec


@dataclass(frozen=True)
class TrialMeasured:
    """A running trial was measured at a rung.

    Args:
        number: number of the trial.
        measurement: what was measured.
    """

    number: int
    measurement: Measurement


@dataclass(frozen=True)
class WorkerLost:
    """A running trial or confirming run has lost its worker; another one goes on with it, unless that was too often.

    Args:
        number: number of the trial, or `ConfirmingRun.number` of the confirming run.
    """

    number: int


@dataclass(frozen=True)
class TrialEnded:
    """A trial completed, was pruned or failed.

    Args:
        trial: record of the trial.
    """

    trial: TrialRecord


@dataclass(frozen=True)
class ConfirmationStarted:
    """Confirming runs are about to be made.

    Args:
        runs: the runs, in the order in which they are started.
        images: number of examples that each is trained on; 0 if it is not known.
        workers: the workers, in words.
        metric: name in Keras of the metric that they are compared by. Default "accuracy".
        held_out: number of training examples that are held out, as callbacks watch them. Default 0.
        ended_before: number of the runs that have ended, for an observer that comes later. Default 0.
    """

    runs: Sequence[ConfirmingRun]
    images: int
    workers: str
    metric: str = ACCURACY
    held_out: int = 0
    ended_before: int = 0


@dataclass(frozen=True)
class ConfirmingRunEnded:
    """A confirming run ended.

    Args:
        run: the run, with its test scores or its error.
    """

    run: ConfirmingRun


@dataclass(frozen=True)
class TrackerFailed:
    """A tracker failed or hangs. The run goes on as if it had never been asked for.

    Args:
        name: name of the tracker.
        reason: what is wrong with it, in words.
    """

    name: str
    reason: str


@dataclass(frozen=True)
class RunEnded:
    """A run is over, and its files are written.

    Args:
        study: the study's record at the end.
        folder: the study's folder.
        stopped: whether the user stopped the run.
    """

    study: StudyRecord
    folder: StudyFolder
    stopped: bool


Event = (
    DigitsInsteadOfMnist
    | IncompleteWriteSetAside
    | ClusterIsOpen
    | FirstRungIsEarly
    | NothingToTrain
    | ParamsAdded
    | StudyTaken
    | RetriesEnqueued
    | SearchStarted
    | TrialStarted
    | TrialMeasured
    | WorkerLost
    | TrialEnded
    | ConfirmationStarted
    | ConfirmingRunEnded
    | TrackerFailed
    | RunEnded
)


class Observer(Protocol):
    """Something that shows or keeps what happens while a study is run: a terminal, a notebook, a tracker."""

    def notice(self, event: Event) -> None:
        """Take an event. Events come in the order in which they happen."""

    def tick(self) -> None:
        """Let time pass: called about ten times a second while workers train."""
