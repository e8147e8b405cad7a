"""A tracker in a thread of its own: however slow it is, and whatever it raises, the run neither waits nor fails."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Protocol

from sweep.errors import SweepError, describe
from sweep.study.events import Event

MAX_WAITING = 10_000
"""Maximum number of events that wait for a tracker: those of about 2,000 trials."""
HANG_SECONDS = 20.0
"""A tracker that takes longer than this for one event is taken to hang."""
END_SECONDS = 20.0
"""How long the end of a run waits for a tracker to take what is left."""


class Tracker(Protocol):
    """Something outside that keeps what happens while a study is run. It is called in one thread alone."""

    name: str
    """What it is called in messages."""

    def take(self, event: Event) -> None:
        """Keep an event. Whatever it raises ends the tracker, and not the run."""

    def close(self) -> None:
        """End: the run is over, or has failed."""


class Background:
    """A tracker in a thread of its own, which is handed events through a queue of bounded length.

    Args:
        tracker: the tracker.
        clock: monotonic clock in seconds. Default: `time.monotonic`.
        hang_seconds: seconds for one event after which it is taken to hang. Default: `HANG_SECONDS`.
    """

    def __init__(
        self,
        tracker: Tracker,
        clock: Callable[[], float] = time.monotonic,
        hang_seconds: float = HANG_SECONDS,
    ) -> None:
        self.name = tracker.name
        self._tracker = tracker
        self._clock = clock
        self._hang_seconds = hang_seconds
        self._events: queue.Queue[Event | None] = queue.Queue(MAX_WAITING)
        self._since: float | None = None
        self._error = ""
        self._left_behind = False
        # A daemon: a tracker that hangs keeps no process from ending.
        self._thread = threading.Thread(target=self._run, name=f"sweep-{tracker.name}", daemon=True)
        self._silenced = _OneThreadSilenced(self._thread)
        if logging.lastResort is not None:
            logging.lastResort.addFilter(self._silenced)
        self._thread.start()

    def hand(self, event: Event) -> None:
        """Let the tracker take an event when it comes round to it."""
        if self._error:
            return
        try:
            self._events.put_nowait(event)
        except queue.Full:
            self._error = f"it is {MAX_WAITING:,} events behind"

    @property
    def failure(self) -> str:
        """Why the tracker does not keep up, in words; empty while it does."""
        since = self._since
        if not self._error and since is not None and self._clock() - since > self._hang_seconds:
            return f"it has not answered for {self._hang_seconds:g} s"
        return self._error

    def close(self, seconds: float = END_SECONDS) -> None:
        """Let the tracker take what is left and end; it is left behind if that takes longer.

        Args:
            seconds: maximum number of seconds to wait. Default: `END_SECONDS`.
        """
        hangs = bool(self.failure)
        try:
            self._events.put_nowait(None)
        except queue.Full:
            hangs = self._left_behind = True
        self._thread.join(0 if hangs else seconds)
        self._left_behind = True  # should it come back: the next run may be logging the same by then
        if self._thread.is_alive() and not self._error:
            self._error = f"it has not taken all within {seconds:g} s of the run's end"

    def _run(self) -> None:
        try:
            while not self._left_behind and (event := self._events.get()) is not None:
                self._since = self._clock()
                self._tracker.take(event)
                self._since = None
            self._since = self._clock()
            self._tracker.close()
        except Exception as error:  # noqa: BLE001 - no error of a tracker is one of the run
            self._error = str(error) if isinstance(error, SweepError) else describe(error)
        finally:
            self._since = None
            if logging.lastResort is not None:
                logging.lastResort.removeFilter(self._silenced)


class _OneThreadSilenced(logging.Filter):
    """Keeps what libraries log in one thread, such as each try to connect, off the screen."""

    def __init__(self, thread: threading.Thread) -> None:
        super().__init__()
        self._thread = thread

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is to be shown."""
        return record.threadName != self._thread.name
