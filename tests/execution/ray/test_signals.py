"""Signals while Ray starts wait for it, Ray takes none for itself, and all is as before afterwards."""

from __future__ import annotations

import signal
import threading
from typing import Any

import pytest
from ray._private import utils

from sweep.execution.ray.signals import stop_postponed
from sweep.execution.stop import SIGNALS


@pytest.fixture(autouse=True)
def interrupting() -> Any:
    """As in a command, each signal that stops one raises KeyboardInterrupt."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number in SIGNALS:
        signal.signal(number, signal.default_int_handler)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def interrupted(numbers: list[signal.Signals], done: list[str]) -> None:
    """Start Ray, which takes SIGTERM for itself, and get signals before it is done."""
    with stop_postponed():
        utils.set_sigterm_handler(lambda number, frame: exit(number))
        for number in numbers:
            signal.raise_signal(number)
        done.append("all of it")


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_takes_effect_at_the_end(number: signal.Signals) -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        interrupted([number], done)
    assert done == ["all of it"]
    assert [signal.getsignal(other) for other in SIGNALS] == [signal.default_int_handler] * 3


@pytest.mark.parametrize("numbers", [[signal.SIGINT] * 2, [signal.SIGTERM] * 2, [signal.SIGINT, signal.SIGTERM]])
def test_a_second_signal_is_not_waited_with(numbers: list[signal.Signals]) -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        interrupted(numbers, done)
    assert done == []


def test_without_a_signal_nothing_happens_and_a_hang_up_stays_ignored() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    done: list[str] = []
    interrupted([signal.SIGHUP], done)
    assert done == ["all of it"]
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_in_another_thread_signals_are_left_alone() -> None:
    handlers: list[Any] = []

    def start() -> None:
        with stop_postponed():
            handlers.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert handlers == [signal.default_int_handler]
