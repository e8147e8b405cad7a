"""Ctrl-C and SIGTERM: the first asks for an orderly stop, the second ends at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130
"""The exit status of a command that the user stopped."""

ORDERLY_SECONDS = 8
"""How long an orderly stop may take: what the user's own functions do in the driver can't be asked to hurry."""


class StopRequest:
    """Whether the user asked for the end. Until `orderly`, a signal ends what runs by KeyboardInterrupt."""

    def __init__(self) -> None:
        self._asked = False
        self._orderly = False

    def __bool__(self) -> bool:
        return self._asked

    def listen(self) -> None:
        """Take the two signals, in the main thread alone: no other may. Again after `ray.init`, which takes SIGTERM."""
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, self._on_signal)

    @contextmanager
    def orderly(self) -> Iterator[None]:
        """While trials run, the first signal only asks."""
        self.listen()
        self._orderly = True
        try:
            yield
        finally:
            self._orderly = False
            if self._asked:
                signal.alarm(0)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        first, self._asked = not self._asked, True
        if not (first and self._orderly):
            raise KeyboardInterrupt
        signal.signal(signal.SIGALRM, self._on_signal)
        signal.alarm(ORDERLY_SECONDS)
