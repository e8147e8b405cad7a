"""What a trial's code prints reaches the worker's own output and is kept."""

from __future__ import annotations

import io
import logging
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.training.messages import MAX_OUTPUT_CHARS
from sweep.training.output import BEGIN, Output, mark_begin, printed


def test_what_is_printed_reaches_the_stream_and_is_kept_in_its_order(capsys: pytest.CaptureFixture[str]) -> None:
    with printed() as output:
        print("one")
        print("two", file=sys.stderr)
        sys.stdout.write("three\n")
        sys.stderr.writelines(["four\n", "five\n"])
    print("six")
    assert output.text() == "one\ntwo\nthree\nfour\nfive\n"
    assert capsys.readouterr().out == "one\ntwo\nthree\nfour\nfive\nsix\n"


def test_where_a_trial_begins_is_a_line_of_its_own_in_both_streams(capsys: pytest.CaptureFixture[str]) -> None:
    print("no end of line", end="")
    mark_begin("trial-0007")
    captured = capsys.readouterr()
    assert captured.out == f"no end of line\n{BEGIN}trial-0007\n"
    assert captured.err == f"\n{BEGIN}trial-0007\n"


def test_nothing_printed_is_nothing_kept() -> None:
    with printed() as output:
        pass
    assert output.text() == ""


@given(st.lists(st.text(max_size=30), max_size=20), st.integers(0, 3))
def test_the_last_characters_are_kept_however_they_came(pieces: list[str], longer: int) -> None:
    stream = io.StringIO(newline="")
    output = Output(stream)
    pieces = [*pieces, *["x" * MAX_OUTPUT_CHARS, "y" * 10][:longer], *pieces]
    for piece in pieces:
        assert output.write(piece) == len(piece)
    whole = "".join(pieces)
    assert stream.getvalue() == whole
    assert output.text() == whole[-MAX_OUTPUT_CHARS:]


def test_at_most_8000_characters_are_kept_and_all_are_passed_on(capsys: pytest.CaptureFixture[str]) -> None:
    with printed() as output:
        for number in range(3_000):
            print(f"{number:09d}")
    assert len(output.text()) == MAX_OUTPUT_CHARS == 8_000
    assert output.text().splitlines()[-1] == "000002999"
    assert len(capsys.readouterr().out) == 30_000


def test_an_error_goes_through_and_what_was_printed_before_it_is_kept() -> None:
    before = (sys.stdout, sys.stderr)
    kept = []
    with pytest.raises(ZeroDivisionError):
        _divided(kept)
    assert (sys.stdout, sys.stderr) == before
    assert kept[0].text() == "about to divide\n"


def _divided(kept: list[Output]) -> None:
    with printed() as output:
        kept.append(output)
        print("about to divide")
        1 / 0  # noqa: B018


def test_what_a_logger_made_meanwhile_says_is_kept_too() -> None:
    logger = logging.getLogger("of a user")
    with printed() as output:
        handler = logging.StreamHandler()
        logger.addHandler(handler)
        logger.warning("a logged line")
    logger.warning("later")  # such a handler writes on after the trial, and must find its stream
    logger.removeHandler(handler)
    assert output.text() == "a logged line\nlater\n"


def test_a_stream_that_is_flushed_is_flushed_below() -> None:
    class Counting(io.StringIO):
        flushed = 0

        def flush(self) -> None:
            self.flushed += 1

    stream = Counting()
    output = Output(stream)
    print("x", file=output, flush=True)
    assert stream.flushed == 1


def test_a_bar_that_asks_for_a_terminal_is_told_that_there_is_none() -> None:
    with printed():
        assert not sys.stdout.isatty()
        assert not sys.stderr.isatty()
