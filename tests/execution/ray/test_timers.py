"""A stopwatch counts while a trial runs, over all its tries."""

from __future__ import annotations

from sweep.execution.ray.timers import Deadline, Stopwatches


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_waiting_between_two_tries_does_not_count() -> None:
    clock = Clock()
    watches = Stopwatches(clock)
    watches.start("a")
    clock.now += 5
    watches.pause("a")
    clock.now += 1000
    assert watches.seconds("a") == 5
    assert watches.beyond(4) == set()
    watches.start("a")
    clock.now += 3
    assert watches.seconds("a") == 8
    assert watches.beyond(7.5) == {"a"}
    assert watches.beyond(8) == set()


def test_a_trial_that_ended_begins_at_zero_again() -> None:
    clock = Clock()
    watches = Stopwatches(clock)
    watches.start("a")
    clock.now += 5
    watches.pause("a")
    watches.forget("a")
    assert watches.seconds("a") == 0
    watches.start("a")
    clock.now += 2
    assert watches.seconds("a") == 2


def test_a_trial_that_never_ran_is_paused_and_forgotten_without_harm() -> None:
    watches = Stopwatches(Clock())
    watches.pause("a")
    watches.forget("a")
    assert watches.seconds("a") == 0
    assert watches.beyond(0) == set()


def test_a_deadline_passes_once_its_time_is_up_and_none_never() -> None:
    clock = Clock()
    deadline, never = Deadline(30, clock), Deadline(None, clock)
    clock.now += 29
    assert deadline.passed() == ""
    clock.now += 1
    assert "--timeout" in deadline.passed()
    clock.now += 1e9
    assert never.passed() == ""
