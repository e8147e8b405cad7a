"""When a run ends before its work is done: Ctrl-C and SIGTERM, a target, a time limit."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

ORDERLY_SECONDS = 8
"""How long an orderly stop may take: what the user's own functions do in the driver can't be asked to hurry."""

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopRequest:
    """Whether the user asked for the end. Until `orderly`, a signal ends what runs by KeyboardInterrupt."""

    def __init__(self) -> None:
        self._asked = False
        self._orderly = False

    def __bool__(self) -> bool:
        return self._asked

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take Ctrl-C and SIGTERM meanwhile; afterwards they are handled as before.

        Only the main thread of a process can take signals; in another one this does nothing.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.getsignal(number) for number in (*SIGNALS, signal.SIGALRM)}
        self._listen()
        try:
            yield
        finally:
            for number, handler in before.items():
                if handler is not None:  # it was not taken by Python, which can't put it back
                    signal.signal(number, handler)

    @contextmanager
    def orderly(self) -> Iterator[None]:
        """While trials run, the first signal only asks."""
        main = threading.current_thread() is threading.main_thread()
        if main:
            self._listen()  # again: `ray.init` took SIGTERM for itself
        self._orderly = True
        try:
            yield
        finally:
            self._orderly = False
            if main and self._asked:
                signal.alarm(0)

    def _listen(self) -> None:
        for number in SIGNALS:
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        first, self._asked = not self._asked, True
        if not (first and self._orderly):
            raise KeyboardInterrupt
        signal.signal(signal.SIGALRM, self._on_signal)  # only now: until then an alarm is the caller's
        signal.alarm(ORDERLY_SECONDS)


@dataclass(frozen=True)
class StopConditions:
    """When a search, or the runs that confirm, end before all is done.

    Args:
        request: whether the user asked for the end.
        target: a search ends when a completed trial's objective is as good as this. Default: none.
        timeout_seconds: it ends after this time. Default: no limit.
    """

    request: StopRequest
    target: float | None = None
    timeout_seconds: float | None = None


class Deadline:
    """The end of the time that a command was given, if it was given any.

    Args:
        seconds: from now; None for no end.
        clock: monotonic clock in seconds. Default: `time.monotonic`.
    """

    def __init__(self, seconds: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = math.inf if seconds is None else clock() + seconds

    @property
    def passed(self) -> bool:
        """Whether the time is up."""
        return self._clock() >= self._end
