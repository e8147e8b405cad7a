"""Errors as a person sees them: one line, and an exit status for each kind."""

from __future__ import annotations

import pytest

from sweep.errors import MAX_REASON_CHARS, describe


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("\n\n  first \x1b[31m\nsecond"), r"ValueError: first \x1b[31m"),
        (ValueError(), "ValueError"),
        (type("a\nb\x1b", (Exception,), {})("x"), r"a b\x1b: x"),
    ],
)
def test_an_error_is_described_in_one_harmless_line(error: BaseException, line: str) -> None:
    assert describe(error) == line


def test_an_error_that_says_too_much_is_cut() -> None:
    assert len(describe(ValueError("x" * 10**6))) == MAX_REASON_CHARS


def test_an_error_that_cannot_say_what_it_is_is_described_all_the_same() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    assert describe(Mute()) == "Mute: (its message raised RuntimeError)"
