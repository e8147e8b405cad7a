"""A stopwatch counts while a trial runs, over all its tries."""

from __future__ import annotations

from scripted import Clock

from sweep.execution.ray.timers import Stopwatches


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
