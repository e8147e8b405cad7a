"""An observer together with trackers, and the trackers that a run's flags ask for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from sweep.report.extras import module_of_extra
from sweep.report.trackers.background import Background, Tracker
from sweep.study.events import Event, Observer, TrackerFailed


class Tracking(Protocol):
    """Which trackers the flags of a run ask for."""

    @property
    def results(self) -> Path:
        """The results folder."""

    @property
    def tensorboard(self) -> bool:
        """Whether TensorBoard's files are written."""

    @property
    def mlflow(self) -> str | None:
        """URI of an MLflow tracking server; None for none."""


class Tracked:
    """An observer that hands each event on to another one, and to trackers that can do the run no harm.

    Args:
        observer: the other one. It is told of each tracker that fails, once, in the thread of the run.
        trackers: the trackers, each in a thread of its own.
    """

    def __init__(self, observer: Observer, trackers: Sequence[Background]) -> None:
        self._observer = observer
        self._trackers = list(trackers)
        self._told: set[str] = set()

    def notice(self, event: Event) -> None:
        """Hand an event on."""
        self._observer.notice(event)
        for tracker in self._trackers:
            tracker.hand(event)
        self._tell_failures()

    def tick(self) -> None:
        """Let time pass, and tell which trackers have failed meanwhile."""
        self._observer.tick()
        self._tell_failures()

    def close(self) -> None:
        """End the trackers."""
        for tracker in self._trackers:
            tracker.close()
        self._tell_failures()

    def _tell_failures(self) -> None:
        for tracker in self._trackers:
            if tracker.name not in self._told and (reason := tracker.failure):
                self._told.add(tracker.name)
                self._observer.notice(TrackerFailed(tracker.name, reason))


@contextmanager
def tracked(observer: Observer, trackers: Sequence[Tracker]) -> Iterator[Observer]:
    """Meanwhile trackers are told what an observer is told; at the end they get a short time to finish.

    Args:
        observer: the observer.
        trackers: the trackers; the observer itself is used if there are none.
    """
    if not trackers:
        yield observer
        return
    both = Tracked(observer, [Background(tracker) for tracker in trackers])
    try:
        yield both
    finally:
        both.close()


def trackers_of(options: Tracking) -> list[Tracker]:
    """The trackers that a run's flags ask for.

    Raises:
        InputError: if the package of one is not installed, or its flag is wrong.
    """
    trackers: list[Tracker] = []
    if options.tensorboard:
        module = module_of_extra("sweep.report.trackers.tensorboard", "tensorboard", "--tensorboard")
        trackers.append(module.TensorBoardTracker(options.results))
    if options.mlflow is not None:
        module = module_of_extra("sweep.report.trackers.mlflow", "mlflow", "--mlflow")
        trackers.append(module.MlflowTracker(options.mlflow, options.results))
    return trackers
