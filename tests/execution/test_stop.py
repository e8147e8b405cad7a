"""When a run ends: a time limit passes, a signal comes. What signals save is tested end to end."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from commands import finished, space_file
from observers import Quiet
from scripted import Clock

from sweep import api, execution
from sweep.execution.confirm import make_runs
from sweep.execution.options import ConfirmOptions, RunOptions
from sweep.execution.stop import SIGNALS, Deadline, StopRequest
from sweep.study.events import StopReason


def test_a_deadline_passes_once_its_time_is_up_and_none_never() -> None:
    clock = Clock()
    deadline, never = Deadline(30, clock), Deadline(None, clock)
    clock.now += 29
    assert not deadline.passed
    clock.now += 1
    assert deadline.passed
    clock.now += 1e9
    assert not never.passed


def test_what_is_left_of_a_time_limit_counts_from_when_the_request_was_made() -> None:
    clock = Clock()
    limited, unlimited = StopRequest(30, clock), StopRequest(None, clock)
    clock.now += 31
    assert limited.seconds_left == -1
    assert unlimited.seconds_left is None
    assert StopRequest().seconds_left is None


@pytest.mark.parametrize("command", ["run", "confirm"])
def test_the_time_limit_of_both_commands_counts_the_loading_of_file_and_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    left: list[float | None] = []

    class Enough(Exception):
        """Nothing more is needed."""

    def load(*args: Any, **kwargs: Any) -> None:
        time.sleep(0.1)

    def train(*args: Any) -> None:
        left.append(args[-1].seconds_left)
        raise Enough

    for module, loading in ((execution.run, "load_sweep"), (api, "restore_study")):
        monkeypatch.setattr(module, loading, load)
    for module, training in ((execution.run, "run_sweep"), (api, "confirm_study")):
        monkeypatch.setattr(module, training, train)
    study = api.load("my_space", finished(space_file(tmp_path)))
    commands: dict[str, Callable[[], object]] = {
        "run": lambda: api.run_study("space.py", RunOptions(timeout=0.1), Quiet()),
        "confirm": lambda: api.confirm_loaded(study, ConfirmOptions(timeout=0.1), Quiet()),
    }
    with pytest.raises(Enough):
        commands[command]()
    (seconds,) = left
    assert seconds is not None
    assert seconds <= 0


def test_no_confirming_run_is_begun_once_the_time_is_up() -> None:
    clock = Clock()
    stop = StopRequest(5, clock)
    clock.now += 5
    nothing: Any = None
    assert make_runs(nothing, [], nothing, nothing, nothing, nothing, stop) == StopReason()


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_asks_once_and_interrupts_twice_and_handlers_and_alarm_are_as_before(number: signal.Signals) -> None:
    before = [signal.getsignal(other) for other in SIGNALS]
    asked: list[bool] = []

    def run() -> None:
        stop = StopRequest()
        with stop.listening(), stop.orderly():
            signal.raise_signal(number)
            asked.append(bool(stop))
            signal.raise_signal(number)

    with pytest.raises(KeyboardInterrupt):
        run()
    assert asked == [True]
    assert [signal.getsignal(other) for other in SIGNALS] == before
    assert signal.alarm(0) == 0


def test_no_alarm_is_left_where_a_signal_comes_at_the_end_of_an_orderly_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = StopRequest()
    disarm = stop._disarm

    def late() -> None:
        monkeypatch.setattr(stop, "_disarm", disarm)
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(stop, "_disarm", late)
    with pytest.raises(KeyboardInterrupt), stop.listening(), stop.orderly():
        signal.raise_signal(signal.SIGTERM)
    assert signal.alarm(0) == 0


def test_the_callers_alarm_is_left_alone() -> None:
    signal.alarm(600)
    stop = StopRequest()
    with stop.listening(), stop.orderly():
        pass
    assert signal.alarm(0) > 0


def test_nohup_keeps_a_run_going_when_its_terminal_is_closed() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        stop = StopRequest()
        with stop.listening(), stop.orderly():
            signal.raise_signal(signal.SIGHUP)
            assert not stop
    finally:
        signal.signal(signal.SIGHUP, before)
