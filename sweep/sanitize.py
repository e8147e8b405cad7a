"""Text from elsewhere - a search-space file, an error, a path - made harmless where a person reads it."""

from __future__ import annotations

import logging
from typing import Any

FORMULA_STARTS = tuple("=+-@\uff1d\uff0b\uff0d\uff20")  # the last four are their full-width twins


def one_line(text: object, limit: int | None = None) -> str:
    """Text as one line for a terminal or a table, which can't move the cursor, colour, reorder or break the line.

    Any white space becomes a space; what can't be seen (controls, escapes, marks that turn the reading direction,
    lone surrogates) is spelt out, as `\\x1b`.

    Args:
        text: what to make one line of; other types than str are converted with `str`.
        limit: maximum number of characters; a longer line is cut and ends with an ellipsis. Default: no limit.
    """
    line = "".join(char if char.isprintable() else _visible(char) for char in str(text))
    return line if limit is None or len(line) <= limit else f"{line[: limit - 1]}…"


def _visible(char: str) -> str:
    return " " if char.isspace() else char.encode("unicode_escape").decode()


def csv_cell(value: Any) -> Any:
    """A value for a CSV cell that no spreadsheet runs: text that would begin a formula gets a single quote in front.

    Text becomes one line; numbers, and all else that is not text, stay as they are.
    """
    if not isinstance(value, str):
        return value
    line = one_line(value)
    return f"'{line}" if line.lstrip().startswith(FORMULA_STARTS) else line


class OneLineFormatter(logging.Formatter):
    """Formats log records. Lines after the first are indented, so that no text from outside can pose as a record."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The text of a record, without control characters."""
        return "\n    ".join(one_line(line) for line in super().format(record).splitlines())
