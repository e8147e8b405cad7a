"""What stops a run before its work is done: Ctrl-C, SIGTERM or a closed terminal, a target, a time limit."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

ORDERLY_SECONDS = 8
"""Maximum number of seconds for an orderly stop, as functions of the user's own may keep the driver busy."""

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def stopping_signals() -> list[signal.Signals]:
    """The signals that stop a run: SIGHUP, of a terminal that is closed, not where `nohup` keeps it off."""
    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return [number for number in SIGNALS if number != signal.SIGHUP or not ignored]


class StopRequest:
    """Whether the user asked to stop, and how long a command may take. Make it when the command starts.

    Outside of `orderly`, a signal raises KeyboardInterrupt at once.

    Args:
        timeout_seconds: time limit in seconds from now, the flag `--timeout`. Default: no limit.
        clock: monotonic clock in seconds. Default: `time.monotonic`.
    """

    def __init__(self, timeout_seconds: float | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._asked = False
        self._orderly = False
        self._ended = False
        self._alarmed = False
        self._clock = clock
        self._end = None if timeout_seconds is None else clock() + timeout_seconds

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the time limit, negative once it has passed; None without a limit."""
        return None if self._end is None else self._end - self._clock()

    def __bool__(self) -> bool:
        return self._asked

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Handle Ctrl-C, SIGTERM and SIGHUP in this context; afterwards the former handlers are back.

        Only the main thread of a process can handle signals; in another thread this does nothing.
        """
        with signal_handlers_kept(*SIGNALS, signal.SIGALRM) as main:
            if main:
                self._listen()
            try:
                yield
            finally:
                self._ended = True
                self._disarm()

    @contextmanager
    def orderly(self) -> Iterator[None]:
        """In this context the first signal only makes the request true; a second one raises KeyboardInterrupt."""
        main = threading.current_thread() is threading.main_thread()
        if main:
            self._listen()  # again: `ray.init` has set its own handler of SIGTERM
        self._orderly = True
        try:
            yield
        finally:
            self._orderly = False
            self._disarm()

    def _disarm(self) -> None:
        if self._alarmed:
            signal.alarm(0)

    def _listen(self) -> None:
        for number in stopping_signals():
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._ended:
            return  # it is the end anyway, and an error would leave signals as they are here
        first, self._asked = not self._asked, True
        if not (first and self._orderly):
            raise KeyboardInterrupt
        self._alarmed = True
        signal.signal(signal.SIGALRM, self._on_signal)  # only now: until then an alarm is the caller's
        signal.alarm(ORDERLY_SECONDS)


@contextmanager
def signal_handlers_kept(*numbers: signal.Signals) -> Iterator[bool]:
    """Put back, at the end, how some signals are handled.

    Yields:
        Whether this is the main thread; Python lets no other take signals, so that there is nothing to put back.
    """
    if threading.current_thread() is not threading.main_thread():
        yield False
        return
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        yield True
    finally:
        for number, handler in before.items():
            if handler is not None:  # it was not taken by Python, which can't put it back
                signal.signal(number, handler)


class Deadline:
    """The time limit of a command, if it has one.

    Args:
        seconds: time limit in seconds from now; None for no limit.
        clock: monotonic clock in seconds. Default: `time.monotonic`.
    """

    def __init__(self, seconds: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = math.inf if seconds is None else clock() + seconds

    @property
    def passed(self) -> bool:
        """Whether the time limit has passed."""
        return self._clock() >= self._end
