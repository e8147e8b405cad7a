"""The referee between Tune and the driver: slots, lost workers, trials that hang, faults."""

from __future__ import annotations

from typing import Any

import pytest
from builders import rung
from scripted import Clock, made

from sweep.execution.ray.adapter import StopTuning


@pytest.fixture
def clock() -> Clock:
    return Clock()


def flat(step: int) -> dict[str, Any]:
    return {f"rung/{name}": value for name, value in vars(rung(step)).items()}


def test_no_more_trials_are_handed_out_than_there_are_slots_and_slots_may_come_and_go(clock: Clock) -> None:
    slots = [2]
    referee, _ = made(clock, slots=lambda: slots[0])
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
    referee, _ = made(clock, slots=lambda: 0)
    assert not referee.full()
    referee.next_plan("a")
    assert referee.full()


def test_a_trial_that_runs_too_long_is_ended_once_and_fails_with_the_reason(clock: Clock) -> None:
    referee, script = made(clock, max_trial_seconds=60)
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
    (failed,) = [done for done in script.done if done[0] == "failed"]
    assert "ran for 61 s, longer than max_trial_seconds allows" in failed[2]


def test_without_a_limit_no_trial_is_ever_overdue(clock: Clock) -> None:
    referee, _ = made(clock)
    referee.next_plan("a")
    referee.began("a")
    clock.now += 1e9
    assert referee.overdue() == set()


def test_a_worker_lost_too_often_fails_its_trial_with_what_ray_said(clock: Clock) -> None:
    referee, script = made(clock)
    referee.next_plan("the baseline")
    referee.next_plan("a")
    referee.began("a")
    referee.worker_lost("a", "Task was killed due to the node running low on memory.")
    referee.crashed("a")
    assert script.done[-1][2].startswith("out of memory")
    assert not referee.full()


@pytest.mark.parametrize(
    ("when", "reason"), [("before", "the worker process was killed or crashed"), ("meanwhile", "out of memory")]
)
def test_only_what_the_system_killed_while_a_trial_ran_is_blamed_on_memory(
    when: str, reason: str, clock: Clock
) -> None:
    kills = [3]
    referee, script = made(clock, count_kills=lambda: kills[0])
    referee.next_plan("the baseline")
    referee.next_plan("a")
    kills[0] += when == "before"
    referee.began("a")
    kills[0] += when == "meanwhile"
    referee.worker_lost("a", "The actor is dead because its worker process has died.")
    referee.crashed("a")
    assert script.done[-1][2].startswith(reason)


def test_a_disk_that_refuses_the_board_ends_the_run(clock: Clock) -> None:
    referee, script = made(clock)

    def refuse() -> None:
        raise OSError(28, "No space left on device")

    script.tick = refuse  # type: ignore[method-assign]
    with pytest.raises(StopTuning):
        referee.beat()
    assert isinstance(referee.fault, OSError)
    assert referee.next_plan("a") is None


def test_what_the_keeper_could_not_keep_ends_the_run_with_what_to_do(clock: Clock) -> None:
    referee, script = made(clock)
    referee.next_plan("a")
    assert referee.result("a", {"machine": "OSError: [Errno 28] No space left on device"}) is False
    with pytest.raises(StopTuning):
        referee.beat()
    assert "No space left" in str(referee.fault)
    assert "type the same command again" in str(referee.fault)
    assert script.done == []  # RUNNING: the next run goes on with it


def test_enough_lets_what_runs_be_saved_and_then_ends_the_run(clock: Clock) -> None:
    referee, script = made(clock)
    referee.next_plan("a")
    script.enough = "the target was reached"
    referee.beat()  # "a" is still being saved
    assert referee.next_plan("b") is None
    assert referee.result("a", {"stopped": True}) is False
    with pytest.raises(StopTuning):
        referee.beat()
    assert (referee.fault, script.done) == (None, [])


def test_workers_that_never_answer_are_not_waited_for(clock: Clock) -> None:
    referee, script = made(clock)
    referee.next_plan("a")
    script.enough = "the time is up"
    referee.beat()
    clock.now += 5
    referee.beat()
    clock.now += 2
    with pytest.raises(StopTuning):
        referee.beat()


def test_a_worker_that_is_lost_while_the_sweep_ends_leaves_its_trial_unfinished(clock: Clock) -> None:
    referee, script = made(clock)
    for name in "ab":
        referee.next_plan(name)
        referee.began(name)
    script.enough = "the time is up"
    referee.worker_lost("a", "The actor is dead because its worker process has died.")
    referee.crashed("a")
    assert referee.result("b", {"stopped": True}) is False
    with pytest.raises(StopTuning):
        referee.beat()
    assert script.done == []
