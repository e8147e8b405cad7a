"""How long each trial has run, over all its tries."""

from __future__ import annotations

import time
from collections.abc import Callable


class Stopwatches:
    """A stopwatch for each trial. Waiting does not count.

    Args:
        clock: monotonic clock in seconds. Default: `time.monotonic`.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began: dict[str, float] = {}
        self._before: dict[str, float] = {}

    def start(self, key: str) -> None:
        """Let the trial's stopwatch run: a worker takes the trial on."""
        self._began[key] = self._clock()

    def pause(self, key: str) -> None:
        """Stop the trial's stopwatch until it is started again: its worker was lost."""
        if key in self._began:
            self._before[key] = self.seconds(key)
            del self._began[key]

    def forget(self, key: str) -> None:
        """Drop the trial's stopwatch: the trial has ended."""
        self._began.pop(key, None)
        self._before.pop(key, None)

    def seconds(self, key: str) -> float:
        """How long a trial has run."""
        running = self._clock() - self._began[key] if key in self._began else 0.0
        return self._before.get(key, 0.0) + running

    def beyond(self, limit_seconds: float) -> set[str]:
        """Which of the trials that run have done so for longer than this."""
        return {key for key in self._began if self.seconds(key) > limit_seconds}
