"""Signals while Ray starts."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from sweep.execution.ray import private
from sweep.execution.stop import stopping_signals


@contextmanager
def stop_postponed() -> Iterator[None]:
    """Ctrl-C, SIGTERM and SIGHUP take effect once Ray has started, and are then handled as before.

    Half of it could not be ended, and would stay until the process ends, or abort it. A second signal is not waited
    with.
    """
    before = {number: signal.getsignal(number) for number in stopping_signals()}
    if threading.current_thread() is not threading.main_thread() or None in before.values():
        yield  # Python takes no signals here, or a handler that is not its own could not be put back
        return
    received: list[int] = []

    def put_back() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def receive(number: int, frame: FrameType | None) -> None:
        received.append(number)
        put_back()

    for number in before:
        signal.signal(number, receive)
    try:
        with private.sigterm_left_alone():
            yield
    finally:
        put_back()
    if received:
        signal.raise_signal(received[0])
