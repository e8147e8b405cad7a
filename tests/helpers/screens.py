"""Consoles that write into a text, as a terminal or as a file, and what stands on such a terminal."""

from __future__ import annotations

import io
import re

from rich.console import Console

from sweep.report import console as module

ESCAPE = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])")


def screen(*, terminal: bool, quiet: bool = False, width: int = 120) -> tuple[Console, io.StringIO]:
    """A console as commands print to, and the text that it writes."""
    text = io.StringIO()
    out = module._PlainConsole(
        file=text,
        force_terminal=terminal,
        color_system="standard" if terminal else None,
        quiet=quiet,
        highlight=False,
        soft_wrap=False,
        width=width if terminal else 100_000,
        _environ={"TERM": "xterm"},  # whatever the tests run on
    )
    return out, text


def standing(text: str) -> list[str]:
    """The lines that stand on a terminal after it was sent a text, without their trailing spaces."""
    lines, row, column, at = [""], 0, 0, 0
    while at < len(text):
        if escape := ESCAPE.match(text, at):
            count = int(escape[1] or 1) if escape[1].isdigit() or not escape[1] else 1
            match escape[2]:
                case "A":
                    row = max(0, row - count)
                case "K":
                    lines[row] = "" if escape[1] == "2" else lines[row][:column]
            at = escape.end()
            continue
        char = text[at]
        at += 1
        if char == "\n":
            row, column = row + 1, 0
            lines += [""] * (row + 1 - len(lines))
        elif char == "\r":
            column = 0
        else:
            lines[row] = lines[row][:column].ljust(column) + char + lines[row][column + 1 :]
            column += 1
    return [line.rstrip() for line in lines]
