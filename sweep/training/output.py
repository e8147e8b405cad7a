"""What a trial's code prints: passed on to the worker's own output, and its end kept for the study's log."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import TextIOBase
from typing import TextIO

from sweep.training.messages import MAX_OUTPUT_CHARS


class Output(TextIOBase):
    """A stream that passes text on and keeps the last `MAX_OUTPUT_CHARS` characters of it.

    Args:
        stream: the stream that text is passed on to.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._kept = ""

    def write(self, text: str) -> int:
        """Keep some text and pass it on; returns the number of characters written."""
        self._kept = (self._kept + text)[-MAX_OUTPUT_CHARS:]
        return self._stream.write(text)

    def flush(self) -> None:
        """Flush the stream that text is passed on to."""
        self._stream.flush()

    def text(self) -> str:
        """The last `MAX_OUTPUT_CHARS` characters written, or all if there are fewer."""
        return self._kept


@contextmanager
def printed() -> Iterator[Output]:
    """Keep the end of what Python code prints in this context, to standard output or standard error."""
    output = Output(sys.stdout)
    with redirect_stdout(output), redirect_stderr(output):
        yield output
