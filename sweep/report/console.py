"""The terminal, or the file, that commands print to."""

from __future__ import annotations

import logging
from typing import Any

from rich.console import Console
from rich.text import Text

from sweep.sanitize import one_line


class _PlainConsole(Console):
    """Prints every str, in a table or out of it, as one line of what it says: no markup, no control characters."""

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(one_line(text), **{**options, "markup": False, "emoji": False})


def console(*, quiet: bool = False, stderr: bool = False) -> Console:
    """Where commands print, a str a line. Without a terminal nothing is wrapped, coloured or cut."""
    made = _PlainConsole(quiet=quiet, stderr=stderr, highlight=False, soft_wrap=False)
    if not made.is_terminal:
        made.width = 100_000
    return made


class ConsoleHandler(logging.Handler):
    """Shows what is logged on a console, for `--verbose`.

    Args:
        out: where to.
    """

    def __init__(self, out: Console) -> None:
        super().__init__()
        self._out = out

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record, a line of its text each."""
        for line in self.format(record).splitlines():
            self._out.print(line, style="dim")
