"""A study followed from its folder alone, while another process runs it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import NAME, complete, fail, measurement, opened, prune, taken, tiny_dataset, tiny_sweep

from sweep.errors import InputError
from sweep.study.confirmations import missing
from sweep.study.events import (
    ConfirmationStarted,
    ConfirmingRunEnded,
    Event,
    SearchStarted,
    TrialEnded,
    TrialMeasured,
    TrialStarted,
    WorkerLost,
)
from sweep.study.following import Follower
from sweep.study.ledger import Ledger
from sweep.study.provenance import count_test_evaluations, write_run_json
from sweep.study.storage.folder import StudyFolder
from sweep.study.until_sure import UntilSure
from sweep.study.until_sure_started import UntilSureStarted
from sweep.training.messages import TrialSpec


class Told:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.ticks = 0

    def notice(self, event: Event) -> None:
        self.events.append(event)

    def tick(self) -> None:
        self.ticks += 1

    def take(self) -> list[tuple[Any, ...]]:
        """What was told since the last time, a tuple each."""
        taken_events, self.events = [_short(event) for event in self.events], []
        return taken_events


def _short(event: Event) -> tuple[Any, ...]:
    match event:
        case TrialStarted(spec):
            return ("started", spec.number)
        case TrialMeasured(number, measured):
            return ("measured", number, measured.step, measured.val["accuracy"])
        case TrialEnded(trial):
            return ("ended", trial.number, trial.state)
        case WorkerLost(number):
            return ("lost", number)
        case ConfirmingRunEnded(run):
            return ("run", run.trial, run.index)
        case _:
            return (type(event).__name__,)


def search(ledger: Ledger, trials: int = 4) -> SearchStarted:
    return SearchStarted(ledger.record(), trials, 5, 0, True, (24, 6), True, "2 CPUs", "float32")


def begun(ledger: Ledger, searches: bool = True) -> StudyFolder:
    """The folder of a study whose run has just written `run.json`."""
    event = search(ledger) if searches else None
    write_run_json(ledger.folder, tiny_dataset(), "this machine", ledger.record(), event)
    return ledger.folder


def follower(folder: StudyFolder, told: Told, now: Callable[[], datetime] = datetime.now) -> Follower:
    """A follower that reads at each look, as reading takes no time and a second passes between two looks."""
    calls = itertools.count()
    return Follower(folder, told, clock=lambda: float(next(calls) // 2), now=now)


def measure(ledger: Ledger, spec: TrialSpec, accuracy: float) -> None:
    ledger.report(spec.number, measurement(50, accuracy))


def test_what_a_run_tells_is_told_from_its_folder_alone(tmp_path: Path) -> None:
    told = Told()
    with opened(tmp_path) as ledger:
        watching = follower(begun(ledger), told)
        assert watching.look()
        assert told.take() == [("SearchStarted",)]
        specs = [taken(ledger) for _ in range(3)]
        measure(ledger, specs[1], 0.25)
        ledger.worker_lost(2)
        assert watching.look()
        assert told.take() == [("started", 0), ("started", 1), ("measured", 1, 50, 0.25), ("started", 2), ("lost", 2)]
        complete(ledger, specs[0], 0.5)
        ledger.prune(1)
        fail(ledger, specs[2])
        assert watching.look()
        assert told.take() == [
            *[("measured", 0, 50, 0.5), ("measured", 0, 100, 0.5), ("ended", 0, "COMPLETE")],
            *[("ended", 1, "PRUNED"), ("ended", 2, "FAIL")],
        ]
        assert watching.look()
        assert told.take() == []
    assert not watching.look()
    assert told.ticks == 5
    assert [trial.state for trial in watching.study.trials] == ["COMPLETE", "PRUNED", "FAIL"]


def test_one_who_comes_late_is_told_what_runs_and_when_it_began_but_not_what_is_over(tmp_path: Path) -> None:
    told = Told()
    with opened(tmp_path) as ledger:
        complete(ledger, taken(ledger))
        facts_of = begun(ledger).run_json
        facts = json.loads(facts_of.read_text())
        facts["started"] = (datetime.now().astimezone() + timedelta(seconds=1)).isoformat()
        facts_of.write_text(json.dumps(facts))
        spec, other = taken(ledger), taken(ledger)
        measure(ledger, spec, 0.25)
        ledger.worker_lost(other.number)
        watching = follower(ledger.folder, told, now=lambda: datetime.now() + timedelta(seconds=61))
        watching.look()
        event = told.events[0]
        assert told.take() == [("SearchStarted",), ("started", 1), ("started", 2)]
    assert isinstance(event, SearchStarted)
    assert (event.trials, event.images, event.workers, event.maximizes) == (4, (24, 6), "2 CPUs", True)
    assert event.elapsed_seconds == pytest.approx(60, abs=5)
    assert event.ended_before == 1
    assert event.study.trials[1].curve[0]["val_accuracy"] == 0.25
    assert event.study.trials[2].workers_lost == 1


def test_confirming_runs_are_told_as_they_end(tmp_path: Path) -> None:
    told = Told()
    with opened(tmp_path, tiny_sweep(trials=2)) as ledger:
        write_run_json(ledger.folder, tiny_dataset(), "here", ledger.record(), search(ledger, trials=2))
        watching = follower(ledger.folder, told)
        watching.look()
        for accuracy in (0.5, 0.6):
            complete(ledger, taken(ledger), accuracy)
        watching.look()
        told.take()
        confirmations = ledger.confirmations()
        runs = missing(ledger.record(), [0, 1], 2)
        confirmations.schedule(runs, 2)
        watching.look()
        event = told.events[0]
        assert told.take() == [("ConfirmationStarted",)]
        for run in runs[:3]:
            confirmations.add(replace(run, test={"accuracy": 0.5}))
        watching.look()
        assert told.take() == [("run", 0, 0), ("run", 0, 1), ("run", 1, 0)]
    assert isinstance(event, ConfirmationStarted)
    assert (len(event.runs), event.images, event.workers, event.ended_before) == (4, 24, "2 CPUs", 0)


def test_a_run_that_confirms_alone_counts_the_runs_that_are_there(tmp_path: Path) -> None:
    told = Told()
    with opened(tmp_path, tiny_sweep(trials=2)) as ledger:
        complete(ledger, taken(ledger))
        complete(ledger, taken(ledger))
        runs = missing(ledger.record(), [0, 1], 1)
        ledger.confirmations().schedule(runs, 1)
        ledger.confirmations().add(replace(runs[0], test={"accuracy": 0.5}))
        begun(ledger, searches=False)
        watching = follower(ledger.folder, told)
        watching.look()
        event = told.events[0]
        ledger.confirmations().add(replace(runs[1], error="no luck"))
        watching.look()
    assert isinstance(event, ConfirmationStarted)
    assert (len(event.runs), event.ended_before, event.workers, event.images) == (2, 1, "this machine", 0)
    assert told.take() == [("ConfirmationStarted",), ("run", 1, 0)]


def test_runs_until_it_is_decided_are_told_as_such_and_not_once_it_is(tmp_path: Path) -> None:
    told = Told()
    with opened(tmp_path, tiny_sweep(trials=2)) as ledger:
        complete(ledger, taken(ledger))
        complete(ledger, taken(ledger))
        study = replace(ledger.record(), until_sure=UntilSure(), confirm_seeds={0: 30, 1: 30})
        ledger.confirmations().plan(study)
        begun(ledger, searches=False)
        Follower(ledger.folder, told, undecided=lambda _: []).look()
        assert told.take() == []
        Follower(ledger.folder, told, undecided=lambda study: missing(study, [1], 2)).look()
        event = told.events[0]
    assert isinstance(event, UntilSureStarted)
    assert [run.index for run in event.runs] == [0, 1]


def test_a_study_that_is_not_being_run_is_only_read(tmp_path: Path) -> None:
    told = Told()
    with opened(tmp_path) as ledger:
        complete(ledger, taken(ledger))
        begun(ledger)
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert not follower(ledger.folder, told).look()
    assert told.take() == []
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == files


@pytest.mark.parametrize("ended", [True, False])
def test_until_a_run_has_its_workers_the_search_of_the_run_before_is_not_taken_for_its_own(
    tmp_path: Path, ended: bool
) -> None:
    told = Told()
    with opened(tmp_path) as ledger:
        begun(ledger)
        if ended:
            count_test_evaluations(ledger.folder, ledger.record())
        follower(ledger.folder, told).look()
    assert told.take() == ([] if ended else [("SearchStarted",)])


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"search": {"trials": "many"}}', '{"search": null, "started": 3}'])
def test_without_a_whole_run_json_the_end_is_seen_all_the_same(tmp_path: Path, text: str) -> None:
    told = Told()
    with opened(tmp_path) as ledger:
        begun(ledger).run_json.write_text(text)
        watching = follower(ledger.folder, told)
        assert watching.look()
        prune(ledger, taken(ledger))
    assert not watching.look()
    assert told.take() == []
    assert watching.study.trials[0].state == "PRUNED"


def test_a_study_that_is_set_aside_meanwhile_is_followed_once_it_is_there_again(tmp_path: Path) -> None:
    told = Told()
    with opened(tmp_path) as ledger:
        complete(ledger, taken(ledger))
        watching = follower(begun(ledger), told)
        watching.look()
        ledger.folder.set_aside()
        assert watching.look()
    with opened(tmp_path) as ledger:
        facts = begun(ledger).run_json
        facts.write_text(facts.read_text().replace('"started": "2', '"started": "3'))
        told.take()
        watching.look()
        assert told.take()[0] == ("SearchStarted",)


def test_an_unknown_study_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no study 'tiny'"):
        Follower(StudyFolder(tmp_path, NAME), Told())
