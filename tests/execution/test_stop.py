"""When a run ends: a time limit passes. Signals are tested end to end."""

from __future__ import annotations

from scripted import Clock

from sweep.execution.stop import Deadline


def test_a_deadline_passes_once_its_time_is_up_and_none_never() -> None:
    clock = Clock()
    deadline, never = Deadline(30, clock), Deadline(None, clock)
    clock.now += 29
    assert not deadline.passed
    clock.now += 1
    assert deadline.passed
    clock.now += 1e9
    assert not never.passed
