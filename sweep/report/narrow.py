"""Lines and tables that are wider than the terminal, laid out so that nothing of them is cut off."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.padding import Padding
from rich.style import StyleType
from rich.table import Column, Table

from sweep.sanitize import one_line

GAP = "  "
INDENT = "    "
PIECES = re.compile(rf"(?<=\S){GAP}(?=\S)")


def folded(line: str, width: int) -> list[str]:
    """The lines that a line takes on a terminal; all but the first are indented.

    It is broken between its pieces, which are two spaces apart; between words only in a piece that is itself too wide
    for a line. Only a word may be wider than a line.

    Args:
        line: the line, without control characters.
        width: width of the terminal in characters.
    """
    if cell_len(line) <= width:
        return [line]
    lines = [""]
    for piece in PIECES.split(line):
        gap = GAP
        for part in [piece] if cell_len(INDENT + piece) <= width else piece.split(" "):
            if not lines[-1]:
                lines[-1] = part
            elif cell_len(lines[-1] + gap + part) <= width:
                lines[-1] += gap + part
            else:
                lines.append(INDENT + part)
            gap = " "
    return lines


class FoldedLine:
    """A line that goes on, indented, in the next one where the terminal is too narrow for it.

    Args:
        line: the line, its pieces two spaces apart.
        style: style of the text. Default: none.
    """

    def __init__(self, line: str, style: StyleType | None = None) -> None:
        self._line = one_line(line)
        self._style = style or ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in folded(self._line, options.max_width):
            yield console.render_str(line, style=self._style, overflow="fold")


class FittedTable:
    """A table where it fits; else each row is a block of its own, each figure behind its heading.

    Args:
        table: the table, of texts. It fits if columns that may not wrap are whole, and each word of the others is.
        words_below: whether the last column holds words, which may go below their row before rows become blocks.
            Default: no.
    """

    def __init__(self, table: Table, *, words_below: bool = False) -> None:
        self._table = table
        self._texts = [[str(column.header), *map(str, column.cells)] for column in table.columns]
        self._widths = [max(map(cell_len, texts)) for texts in self._texts]
        self._words_below = words_below

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if self._fits(options.max_width):
            yield self._table
        elif self._words_below and _total(self._widths[:-1]) <= options.max_width:
            yield from self._words_below_rows(console)
        else:
            yield from self._blocks()

    def _fits(self, width: int) -> bool:
        room = width - _total(self._widths)
        wrapping = [index for index, column in enumerate(self._table.columns) if not column.no_wrap]
        if room >= 0 or not wrapping:
            return room >= 0
        # Where they are too wide, rich makes columns that wrap narrower, the widest first, until they are equally wide.
        room += sum(self._widths[index] for index in wrapping)
        words = (word for index in wrapping for text in self._texts[index] for word in text.split())
        return max(map(cell_len, words), default=0) <= room // len(wrapping)

    def _words_below_rows(self, console: Console) -> RenderResult:
        styles = [self._table.header_style, *(row.style for row in self._table.rows)]
        for (*cells, words), style in zip(zip(*self._texts, strict=True), styles, strict=True):
            figures = GAP.join(map(_aligned, cells, self._widths, self._table.columns))
            yield console.render_str(figures.rstrip(), style=style or "")
            yield Padding(console.render_str(words, style=style or "", overflow="fold"), (0, 0, 0, len(INDENT)))

    def _blocks(self) -> RenderResult:
        headings, *rows = zip(*self._texts, strict=True)
        for cells, row in zip(rows, self._table.rows, strict=True):
            named = [f"{heading} {cell}".strip() for heading, cell in zip(headings, cells, strict=True) if cell]
            yield FoldedLine(GAP.join(named), row.style)


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _aligned(text: str, width: int, column: Column) -> str:
    return text.rjust(width) if column.justify == "right" else text.ljust(width)
