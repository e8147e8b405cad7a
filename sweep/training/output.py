"""What a trial's code prints, kept for the study's log as it goes to the worker's own output."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any, TextIO

from sweep.training.messages import MAX_OUTPUT_CHARS

BEGIN = ":sweep:"
"""What begins the line that a worker's own output has before what it prints of a trial."""


def mark_begin(stem: str) -> None:
    """Write a line into this worker's own output, and into its errors, from which on they are a trial's.

    Args:
        stem: the name of the trial's files.
    """
    for stream in (sys.stdout, sys.stderr):
        print(f"\n{BEGIN}{stem}", file=stream, flush=True)


class Output:
    """A stream that keeps the last characters of what is written to it.

    Args:
        stream: where what is written goes; it answers everything else that is asked of a stream.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._kept = ""

    def write(self, text: str) -> int:
        """Keep some text, and pass it on."""
        self._kept = (self._kept + text)[-MAX_OUTPUT_CHARS:]
        return self._stream.write(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Keep several texts, and pass them on."""
        for line in lines:
            self.write(line)

    def text(self) -> str:
        """What was kept."""
        return self._kept

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def printed() -> Iterator[Output]:
    """Keep the last of what Python code prints meanwhile, to standard output and standard error alike."""
    output = Output(sys.stdout)
    with redirect_stdout(output), redirect_stderr(output):
        yield output
