"""Errors as a person sees them: one line, and an exit status for each kind."""

from __future__ import annotations

import errno

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep import errors
from sweep.errors import MAX_REASON_CHARS, InputError, MachineError, SweepError, SweepFailed, describe, is_full


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("\n\n  first \x1b[31m\nsecond"), r"ValueError: first \x1b[31m"),
        (ValueError(), "ValueError"),
        (ValueError("in user code:\n  ValueError: no such rank\n"), "ValueError: no such rank"),
        (
            ValueError(
                "Exception encountered when calling A.call().\n\n\x1b[1mno rank\x1b[0m\n\nArguments received by A:\n  x"
            ),
            "ValueError: no rank",
        ),
        (
            ValueError(
                "in user code:\n  ValueError: Exception encountered when calling 'a' (type A).\n\n  Met:\n  no\n"
            ),
            "ValueError: no",
        ),
        (ValueError("Exception encountered when calling A."), "ValueError: Exception encountered when calling A."),
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


def test_each_kind_of_error_has_its_exit_status_and_is_caught_as_what_it_is() -> None:
    statuses = {kind: kind("x").exit_code for kind in (SweepError, InputError, MachineError, SweepFailed)}
    assert statuses == {SweepError: 1, InputError: 2, MachineError: 1, SweepFailed: 3}
    assert all(issubclass(kind, SweepError) for kind in statuses)
    assert issubclass(InputError, ValueError)  # whoever runs a sweep from Python expects that of a wrong value
    assert not issubclass(SweepFailed, InputError)
    assert not issubclass(MachineError, InputError)


def test_the_tree_of_errors_is_drawn_at_the_top_of_its_file() -> None:
    for kind in (SweepError, InputError, MachineError, SweepFailed):
        (line,) = (line for line in (errors.__doc__ or "").splitlines() if kind.__name__ in line.split())
        assert line.endswith(f"exit {kind.exit_code}")


@pytest.mark.parametrize(
    ("number", "full"), [(errno.ENOSPC, True), (errno.EDQUOT, True), (errno.EACCES, False), (errno.EIO, False)]
)
def test_a_disk_is_full_when_it_or_the_users_share_of_it_is(number: int, full: bool) -> None:
    assert is_full(OSError(number, "told")) is full


def test_an_error_without_a_number_is_no_full_disk() -> None:
    assert not is_full(OSError("No space left on device"))


@given(st.text())
def test_whatever_an_error_says_it_is_described_in_one_line_that_a_table_can_hold(text: str) -> None:
    line = describe(ValueError(text))
    assert line.isprintable()
    assert line.startswith("ValueError")
    assert len(line) <= MAX_REASON_CHARS
