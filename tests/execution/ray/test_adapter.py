"""The referee between Tune and the driver: slots, lost workers, trials that hang, faults."""

from __future__ import annotations

import pytest
from builders import measurement
from scripted import Clock, made

from sweep.execution.ray.adapter import StopTuning, TuneAdapter
from sweep.study.events import StopReason
from sweep.training.messages import StepResult


@pytest.fixture
def clock() -> Clock:
    return Clock()


def at(step: int) -> StepResult:
    return StepResult(measurement(step))


def test_no_more_trials_are_handed_out_than_there_are_slots_and_slots_may_come_and_go(clock: Clock) -> None:
    slots = [2]
    adapter, _ = made(clock, slots=lambda: slots[0])
    for name in "ab":
        assert not adapter.full()
        adapter.next_trial(name)
    assert adapter.full()
    slots[0] = 3  # a node joined
    clock.now += 10
    assert not adapter.full()
    adapter.next_trial("c")
    slots[0] = 1  # two were lost
    clock.now += 10
    for name in "abc":
        assert adapter.full()
        assert adapter.result(name, at(100)) is False
    assert not adapter.full()


def test_a_cluster_without_any_slot_still_has_a_trial_waiting_for_one(clock: Clock) -> None:
    adapter, _ = made(clock, slots=lambda: 0)
    assert not adapter.full()
    adapter.next_trial("a")
    assert adapter.full()


def test_a_trial_that_runs_too_long_is_ended_once_and_fails_with_the_reason(clock: Clock) -> None:
    adapter, script = made(clock, max_trial_seconds=60)
    adapter.next_trial("a")
    adapter.next_trial("b")
    clock.now += 1000  # waiting for a worker
    assert adapter.overdue() == set()
    adapter.began("a")
    adapter.began("b")
    clock.now += 59
    assert adapter.overdue() == set()
    assert adapter.result("b", at(100)) is False
    clock.now += 2
    assert adapter.overdue() == {"a"}
    assert adapter.overdue() == set()
    adapter.worker_lost("a", "The actor died unexpectedly", here=True)
    adapter.crashed("a")
    (failed,) = [done for done in script.done if done[0] == "failed"]
    assert "ran for 61 s, longer than max_trial_seconds allows" in failed[2]


def test_without_a_limit_no_trial_is_ever_overdue(clock: Clock) -> None:
    adapter, _ = made(clock)
    adapter.next_trial("a")
    adapter.began("a")
    clock.now += 1e9
    assert adapter.overdue() == set()


def test_a_worker_lost_too_often_fails_its_trial_with_what_ray_said(clock: Clock) -> None:
    adapter, script = made(clock)
    adapter.next_trial("the baseline")
    adapter.next_trial("a")
    adapter.began("a")
    adapter.worker_lost("a", "Task was killed due to the node running low on memory.", here=True)
    adapter.crashed("a")
    assert script.done[-1][2].startswith("out of memory")
    assert not adapter.full()


@pytest.mark.parametrize(
    ("when", "here", "reason"),
    [
        ("before", True, "the worker process was killed or crashed"),
        ("meanwhile", True, "out of memory"),
        ("meanwhile", False, "the worker process was killed or crashed"),
    ],
)
def test_only_what_the_system_killed_here_while_a_trial_ran_is_blamed_on_memory(
    when: str, here: bool, reason: str, clock: Clock
) -> None:
    kills = [3]
    adapter, script = made(clock, count_kills=lambda: kills[0])
    adapter.next_trial("the baseline")
    adapter.next_trial("a")
    kills[0] += when == "before"
    adapter.began("a")
    kills[0] += when == "meanwhile"
    adapter.worker_lost("a", "The actor is dead because its worker process has died.", here=here)
    adapter.crashed("a")
    assert script.done[-1][2].startswith(reason)


def test_a_disk_that_refuses_the_board_ends_the_run(clock: Clock) -> None:
    adapter, script = made(clock)

    def refuse() -> None:
        raise OSError(28, "No space left on device")

    script.tick = refuse  # type: ignore[method-assign]
    with pytest.raises(StopTuning):
        adapter.beat()
    assert isinstance(adapter.fault, OSError)
    assert adapter.next_trial("a") is None


def test_what_could_not_be_kept_ends_the_run_with_what_to_do(clock: Clock) -> None:
    adapter, script = made(clock)
    adapter.next_trial("a")
    assert adapter.result("a", StepResult(machine_fault="OSError: [Errno 28] No space left on device")) is False
    with pytest.raises(StopTuning):
        adapter.beat()
    assert "No space left" in str(adapter.fault)
    assert "type the same command again" in str(adapter.fault)
    assert script.done == []  # RUNNING: the next run goes on with it


def expect_tune_to_end(adapter: TuneAdapter) -> None:
    """Tune is told, when it asks for a trial, that there is none, and ends by itself, as none runs."""
    adapter.beat()
    assert not adapter.full()
    assert adapter.next_trial("another") is None


def test_a_stop_lets_what_runs_be_saved_and_then_ends_the_run(clock: Clock) -> None:
    adapter, script = made(clock)
    adapter.next_trial("a")
    script.stop_reason = StopReason(trial=3)
    adapter.beat()  # "a" is still being saved
    assert adapter.next_trial("b") is None
    assert adapter.result("a", StepResult()) is False
    expect_tune_to_end(adapter)
    assert (adapter.fault, script.done) == (None, [])


def test_workers_that_never_answer_are_not_waited_for(clock: Clock) -> None:
    adapter, script = made(clock)
    adapter.next_trial("a")
    script.stop_reason = StopReason()
    adapter.beat()
    clock.now += 5
    adapter.beat()
    clock.now += 2
    with pytest.raises(StopTuning):
        adapter.beat()


def test_a_worker_that_is_lost_while_the_sweep_ends_leaves_its_trial_unfinished(clock: Clock) -> None:
    adapter, script = made(clock)
    for name in "ab":
        adapter.next_trial(name)
        adapter.began(name)
    script.stop_reason = StopReason()
    adapter.worker_lost("a", "The actor is dead because its worker process has died.", here=True)
    adapter.crashed("a")
    assert adapter.result("b", StepResult()) is False
    expect_tune_to_end(adapter)
    assert script.done == []


def test_a_lost_worker_is_told_to_the_driver_unless_it_was_ended_on_purpose(clock: Clock) -> None:
    adapter, script = made(clock, max_trial_seconds=60)
    for name in "abc":
        adapter.next_trial(name)
        adapter.began(name)
    adapter.worker_lost("b", "The actor died unexpectedly", here=True)
    assert script.done == [("worker lost", 1)]
    clock.now += 61
    assert "a" in adapter.overdue()
    adapter.worker_lost("a", "it was killed", here=True)
    script.stop_reason = StopReason()
    adapter.worker_lost("c", "the cluster ends", here=True)
    adapter.worker_lost("unknown", "it has ended", here=True)
    assert script.done == [("worker lost", 1)]
