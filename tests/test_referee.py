"""The referee between Tune and the driver: slots, lost workers, trials that hang, faults."""

from __future__ import annotations

from typing import Any

import pytest
from builders import rung
from test_driver import Heard, ScriptedLedger

from sweep.bridge.referee import Referee, StopTuning
from sweep.driver import Driver
from sweep.stopwatch import Stopwatches


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("sweep.bridge.referee.time", made)
    monkeypatch.setattr("sweep.bridge.referee.Stopwatches", lambda: Stopwatches(made.monotonic))
    return made


def made(plans: int = 5, **given: Any) -> tuple[Referee, ScriptedLedger]:
    ledger, heard = ScriptedLedger(plans=plans), Heard()
    driver = Driver(ledger, heard, heard.boarded)  # type: ignore[arg-type]
    options: dict[str, Any] = {"slots": lambda: 2, **given}
    return Referee(driver, lambda: False, lambda: None, **options), ledger


def flat(step: int) -> dict[str, Any]:
    return {f"rung/{name}": value for name, value in vars(rung(step)).items()}


def test_no_more_trials_are_handed_out_than_there_are_slots_and_slots_may_come_and_go(clock: Clock) -> None:
    slots = [2]
    referee, _ = made(slots=lambda: slots[0])
    for name in "ab":
        assert not referee.full()
        referee.next_plan(name)
    assert referee.full()
    slots[0] = 3  # a node joined
    clock.now += 10
    assert not referee.full()
    referee.next_plan("c")
    slots[0] = 1  # two were lost
    clock.now += 10
    for name in "abc":
        assert referee.full()
        assert referee.result(name, flat(100)) is False
    assert not referee.full()


def test_a_cluster_without_any_slot_still_has_a_trial_waiting_for_one(clock: Clock) -> None:
    referee, _ = made(slots=lambda: 0)
    assert not referee.full()
    referee.next_plan("a")
    assert referee.full()


def test_a_trial_that_runs_too_long_is_ended_once_and_fails_with_the_reason(clock: Clock) -> None:
    referee, ledger = made(max_trial_seconds=60)
    referee.next_plan("a")
    referee.next_plan("b")
    clock.now += 1000  # waiting for a worker
    assert referee.overdue() == set()
    referee.began("a")
    referee.began("b")
    clock.now += 59
    assert referee.overdue() == set()
    assert referee.result("b", flat(100)) is False
    clock.now += 2
    assert referee.overdue() == {"a"}
    assert referee.overdue() == set()
    referee.worker_lost("a", "The actor died unexpectedly")
    referee.crashed("a")
    (failed,) = [done for done in ledger.done if done[0] == "fail"]
    assert "ran for 61 s, longer than max_trial_seconds allows" in failed[2]


def test_without_a_limit_no_trial_is_ever_overdue(clock: Clock) -> None:
    referee, _ = made()
    referee.next_plan("a")
    referee.began("a")
    clock.now += 1e9
    assert referee.overdue() == set()


def test_a_worker_lost_too_often_fails_its_trial_with_what_ray_said(clock: Clock) -> None:
    referee, ledger = made()
    referee.next_plan("the baseline")
    referee.next_plan("a")
    referee.began("a")
    referee.worker_lost("a", "Task was killed due to the node running low on memory.")
    referee.crashed("a")
    assert ledger.done[-1][2].startswith("out of memory")
    assert not referee.full()


@pytest.mark.parametrize(
    ("when", "reason"), [("before", "the worker process was killed or crashed"), ("meanwhile", "out of memory")]
)
def test_only_what_the_system_killed_while_a_trial_ran_is_blamed_on_memory(
    when: str, reason: str, clock: Clock
) -> None:
    kills = [3]
    referee, ledger = made(count_kills=lambda: kills[0])
    referee.next_plan("the baseline")
    referee.next_plan("a")
    kills[0] += when == "before"
    referee.began("a")
    kills[0] += when == "meanwhile"
    referee.worker_lost("a", "The actor is dead because its worker process has died.")
    referee.crashed("a")
    assert ledger.done[-1][2].startswith(reason)


def test_a_disk_that_refuses_the_board_ends_the_run(clock: Clock) -> None:
    ledger, heard = ScriptedLedger(), Heard()

    def refuse() -> None:
        raise OSError(28, "No space left on device")

    driver = Driver(ledger, heard, heard.boarded, refuse)  # type: ignore[arg-type]
    referee = Referee(driver, lambda: False, lambda: None, slots=lambda: 1)
    with pytest.raises(StopTuning):
        referee.beat()
    assert isinstance(referee.fault, OSError)
    assert referee.next_plan("a") is None


def test_what_the_keeper_could_not_keep_ends_the_run_with_what_to_do(clock: Clock) -> None:
    referee, ledger = made()
    referee.next_plan("a")
    assert referee.result("a", {"unkept": "OSError: [Errno 28] No space left on device"}) is False
    with pytest.raises(StopTuning):
        referee.beat()
    assert "No space left" in str(referee.fault)
    assert "type the same command again" in str(referee.fault)
    assert ledger.done == []  # RUNNING: the next run goes on with it
