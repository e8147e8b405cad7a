"""What happens to a study: plain values that an observer gets, and that nobody changes."""

from __future__ import annotations

import dataclasses
import inspect
import pickle
import typing
from pathlib import Path
from typing import Any

import pytest
from builders import completed, hand_made_study, measurement
from observers import Heard, Quiet
from screens import screen

from sweep.report.progress import Progress
from sweep.study import events as module
from sweep.study.confirming_run import ConfirmingRun
from sweep.study.events import (
    ClusterIsOpen,
    ConfirmationStarted,
    ConfirmingRunEnded,
    DigitsInsteadOfMnist,
    Event,
    FirstRungIsEarly,
    IncompleteWriteSetAside,
    NothingToTrain,
    Observer,
    ParamsAdded,
    RetriesEnqueued,
    RunEnded,
    SearchStarted,
    StopReason,
    StudyTaken,
    TrackerFailed,
    TrialEnded,
    TrialMeasured,
    TrialStarted,
    WorkerLost,
)
from sweep.study.storage.folder import StudyFolder
from sweep.training.messages import TrialSpec

NO_EVENTS = {StopReason}
"""What events hold."""


def one_of_each() -> list[Any]:
    study = hand_made_study(completed(0, 0.5))
    return [
        DigitsInsteadOfMnist(Path("a.py")),
        IncompleteWriteSetAside(Path("b"), 3),
        ClusterIsOpen("h:1"),
        FirstRungIsEarly(10, 10, 98),
        NothingToTrain("tiny", 1, StopReason(), False),
        ParamsAdded({"dropout": 0.0}),
        StudyTaken("other", [2, 4], {3: "it lies outside"}),
        RetriesEnqueued([3, 5]),
        SearchStarted(study, 1, 5, 0, True, (20, 6), True, "here", "float32"),
        TrialStarted(TrialSpec(1, {}, 7)),
        TrialMeasured(1, measurement(50)),
        WorkerLost(1),
        TrialEnded(completed(1, 0.5)),
        ConfirmationStarted([ConfirmingRun(1, 0, 7)], 20, "here"),
        ConfirmingRunEnded(ConfirmingRun(1, 0, 7, {"accuracy": 0.5})),
        TrackerFailed("MLflow", "it has not answered for 20 s"),
        RunEnded(study, StudyFolder(Path("results"), "tiny"), stopped=False),
    ]


def test_every_class_here_is_an_event_and_there_is_one_of_each_to_test_with() -> None:
    classes = {
        one for _, one in inspect.getmembers(module, dataclasses.is_dataclass) if one.__module__ == module.__name__
    }
    assert set(typing.get_args(Event)) == classes - NO_EVENTS
    assert {type(event) for event in one_of_each()} == classes - NO_EVENTS


@pytest.mark.parametrize("event", one_of_each(), ids=lambda event: type(event).__name__)
def test_an_event_is_a_plain_value(event: Any) -> None:
    assert event == dataclasses.replace(event)
    assert pickle.loads(pickle.dumps(event)) == event  # noqa: S301
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(event, dataclasses.fields(event)[0].name, None)


@pytest.mark.parametrize("event", one_of_each(), ids=lambda event: type(event).__name__)
def test_whatever_listens_takes_every_event(event: Any) -> None:
    out, _ = screen(terminal=True)
    observers: list[Observer] = [Heard(), Quiet()]
    for observer in observers:
        observer.notice(event)
        observer.tick()
    with Progress(out) as progress:
        progress.notice(
            SearchStarted(hand_made_study(completed(0, 0.5)), 1, 5, 0, True, (20, 6), True, "here", "float32")
        )
        progress.notice(TrialStarted(TrialSpec(1, {}, 7)))
        progress.notice(event)
        progress.tick()


def test_a_time_that_is_up_and_a_target_that_is_reached_differ_by_the_trial() -> None:
    assert StopReason() == StopReason(trial=None) != StopReason(trial=0)
