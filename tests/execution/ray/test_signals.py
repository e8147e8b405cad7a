"""Signals while Ray starts: Ctrl-C waits for it, SIGTERM is an interrupt, and all is as before afterwards."""

from __future__ import annotations

import signal
import threading
from typing import Any

import pytest

from sweep.execution.ray.signals import sigint_postponed, sigterm_interrupts


def interrupted(times: int, done: list[str]) -> None:
    """Start something that gets Ctrl-C a few times before it is done."""
    with sigint_postponed():
        for _ in range(times):
            signal.raise_signal(signal.SIGINT)
        done.append("all of it")


def terminated() -> None:
    """Start Ray and get a SIGTERM: it takes the signal for itself, and exits."""
    with sigterm_interrupts():
        signal.signal(signal.SIGTERM, lambda *_: None)
        raise SystemExit(1)


def test_ctrl_c_takes_effect_at_the_end() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        interrupted(1, done)
    assert done == ["all of it"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_ctrl_c_is_not_waited_with() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        interrupted(2, done)
    assert done == []


def test_without_a_signal_nothing_happens() -> None:
    with sigint_postponed(), sigterm_interrupts():
        pass
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_exit_that_ray_makes_of_a_sigterm_is_an_interrupt_and_its_handler_is_gone_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt):
        terminated()
    assert signal.getsignal(signal.SIGTERM) is before


def test_in_another_thread_signals_are_left_alone() -> None:
    handlers: list[Any] = []

    def start() -> None:
        with sigint_postponed(), sigterm_interrupts():
            handlers.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert handlers == [signal.default_int_handler]
