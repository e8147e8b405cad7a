"""Lines and tables on terminals of any width: nothing is cut off, and where all fits it is as it was made."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.table import Table
from screens import screen, standing

from sweep.report.narrow import FittedTable, FoldedLine, folded

WORDS = st.text("abc=1.µ層", min_size=1, max_size=12)


def shown(renderable: object, width: int) -> list[str]:
    """The lines that stand on a terminal of some width."""
    out, text = screen(terminal=True, width=width)
    out.print(renderable)
    return standing(text.getvalue())[:-1]


def table(*rows: tuple[str, ...], words: str = "changed") -> Table:
    """A table of two figures that may not wrap, and a column that may."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("trial", "mean test %"):
        made.add_column(name, justify="right", no_wrap=True)
    made.add_column(words, overflow="fold")
    for row in rows:
        made.add_row(*row)
    return made


ROWS = (("0", "98.10", "the baseline"), ("1", "98.25", "learning_rate=0.00754 filters_1=64"))


def test_a_line_that_fits_is_left_as_it_is() -> None:
    line = "trial   1  PRUNED    val 70.00 %  [a=1]"
    assert folded(line, len(line)) == [line]


def test_a_line_is_broken_between_its_pieces_and_goes_on_indented() -> None:
    line = "trial   1  COMPLETE  val 70.00 %  after 5 epochs  [a=1 b=2]"
    assert folded(line, 40) == ["trial   1  COMPLETE  val 70.00 %", "    after 5 epochs  [a=1 b=2]"]


def test_a_piece_that_is_wider_than_a_line_is_broken_between_its_words() -> None:
    line = "trial   1  [learning_rate=0.00754 filters_1=64 dropout=0.5]"
    assert folded(line, 40) == ["trial   1  [learning_rate=0.00754", "    filters_1=64 dropout=0.5]"]


@given(st.lists(st.lists(WORDS, min_size=1, max_size=6).map(" ".join), min_size=1, max_size=6), st.integers(20, 100))
def test_no_line_is_wider_than_the_terminal_and_no_word_is_lost_or_broken(pieces: list[str], width: int) -> None:
    lines = folded("  ".join(pieces), width)
    assert max(map(cell_len, lines)) <= max(width, 4 + max(map(cell_len, " ".join(pieces).split())))
    assert " ".join(lines).split() == " ".join(pieces).split()


def test_a_word_that_is_wider_than_the_terminal_is_on_several_lines() -> None:
    lines = shown(FoldedLine(f"trial 1  [x={'word' * 20}]"), 40)
    assert max(map(len, lines)) <= 40
    assert "".join(line.strip() for line in lines) == f"trial 1[x={'word' * 20}]"


def test_a_line_that_would_move_a_terminal_is_shown_harmless() -> None:
    assert shown(FoldedLine("a [bold]b[/bold]\n\x1b[2Jc"), 80) == [r"a [bold]b[/bold] \x1b[2Jc"]


def test_a_table_that_fits_is_as_rich_makes_it() -> None:
    for width in (45, 80, 200):
        assert shown(FittedTable(table(*ROWS), words_below=True), width) == shown(table(*ROWS), width)


def test_where_its_last_words_do_not_fit_beside_the_figures_they_stand_below() -> None:
    assert shown(FittedTable(table(*ROWS), words_below=True), 40) == [
        "trial  mean test %",
        "    changed",
        "    0        98.10",
        "    the baseline",
        "    1        98.25",
        "    learning_rate=0.00754 filters_1=64",
    ]


def test_where_not_even_the_figures_fit_or_no_words_are_last_a_row_is_a_block() -> None:
    block = ["trial 1  mean test % 98.25", "    changed", "    learning_rate=0.00754", "    filters_1=64"]
    assert shown(FittedTable(table(*ROWS)), 28)[-4:] == block
    assert shown(FittedTable(table(*ROWS), words_below=True), 17)[:2] == ["trial 0  mean", "    test % 98.10"]


def test_a_figure_that_is_not_known_is_not_named_in_a_block() -> None:
    assert shown(FittedTable(table(("3", "", "a=1"))), 12) == ["trial 3", "    changed", "    a=1"]


@given(st.lists(st.tuples(WORDS, WORDS, st.lists(WORDS, min_size=1, max_size=4).map(" ".join)), max_size=4))
@pytest.mark.parametrize("words_below", [False, True])
def test_at_any_width_all_words_of_a_table_are_whole(words_below: bool, rows: list[tuple[str, str, str]]) -> None:
    for width in (22, 30, 40, 60):
        lines = shown(FittedTable(table(*rows), words_below=words_below), width)
        assert max(map(cell_len, lines), default=0) <= width
        words = " ".join(lines).split()
        assert "…" not in words
        for row in rows:
            assert set(" ".join(row).split()) <= set(words)


@given(st.lists(st.lists(WORDS, min_size=4, max_size=4), min_size=1, max_size=3), st.integers(24, 80))
def test_at_any_width_all_words_of_a_table_whose_columns_all_wrap_are_whole(rows: list[list[str]], width: int) -> None:
    made = Table(box=None, pad_edge=False)
    for index in range(4):
        made.add_column("" if index == 0 else f"trial {index}", justify="right", overflow="fold")
    for row in rows:
        made.add_row(*row)
    lines = shown(FittedTable(made), width)
    assert max(map(cell_len, lines)) <= width
    assert {word for row in rows for word in row} <= set(" ".join(lines).split())
