"""Text from elsewhere - a search-space file, an error, a path - made harmless where a person reads it."""

from __future__ import annotations

from typing import Any

FORMULA_STARTS = tuple("=+-@\uff1d\uff0b\uff0d\uff20")  # the last four are their full-width twins


def one_line(text: object, limit: int | None = None) -> str:
    """Text for one line of a terminal or a table: it can't move the cursor, colour, reorder or break the line.

    Any white space becomes a space; what can't be seen (controls, escapes, marks that turn the reading direction,
    lone surrogates) is spelt out, as `\\x1b`.

    Args:
        text: anything; what is no str is converted.
        limit: at most so many characters; the last one is then an ellipsis. Default: any number.
    """
    line = "".join(char if char.isprintable() else _visible(char) for char in str(text))
    return line if limit is None or len(line) <= limit else f"{line[: limit - 1]}…"


def _visible(char: str) -> str:
    return " " if char.isspace() else char.encode("unicode_escape").decode()


def csv_cell(value: Any) -> Any:
    """A cell of a CSV file that no spreadsheet runs: text that would begin a formula gets a single quote in front.

    Numbers, and whatever else is no text, stay as they are.
    """
    if not isinstance(value, str):
        return value
    line = one_line(value)
    return f"'{line}" if line.lstrip().startswith(FORMULA_STARTS) else line
