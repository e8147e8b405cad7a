"""The console that commands print to, a terminal or a file."""

from __future__ import annotations

import logging
from typing import Any

from rich.console import Console
from rich.text import Text

from sweep.sanitize import one_line


class _PlainConsole(Console):
    """Prints every str, also in tables, as one line without markup or control characters."""

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(one_line(text), **{**options, "markup": False, "emoji": False})

    def on_broken_pipe(self) -> None:
        """Nobody reads the output any more: raise what any `print` would, where rich would exit without a word."""
        raise BrokenPipeError


def console(*, quiet: bool = False, stderr: bool = False) -> Console:
    """A console for a command. It prints each str as one line; without a terminal it does not wrap, colour or cut.

    Args:
        quiet: whether it prints nothing. Default: no.
        stderr: whether it prints to standard error instead of standard output. Default: no.
    """
    plain = _PlainConsole(quiet=quiet, stderr=stderr, highlight=False, soft_wrap=False)
    if not plain.is_terminal:
        plain.width = 100_000
    return plain


class ConsoleHandler(logging.Handler):
    """Prints log records on a console, for `--verbose`.

    Args:
        out: the console.
    """

    def __init__(self, out: Console) -> None:
        super().__init__()
        self._out = out

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record, line by line."""
        for line in self.format(record).splitlines():
            self._out.print(line, style="dim")
