"""Checks of values that a user gave: whether they are numbers, and whole."""

from __future__ import annotations

from typing import TypeGuard

from sweep.errors import InputError

MAX_INT = 2**63 - 1
"""The largest whole number that files, boards and schedulers can all hold."""


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value is a number; True and False are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_whole(value: object) -> TypeGuard[int]:
    """Whether a value is a whole number of type int; True, False and 2.0 are not."""
    return isinstance(value, int) and not isinstance(value, bool)


def check_whole(name: str, value: object, least: int) -> None:
    """Refuse a value that is not a whole number from `least` to `MAX_INT`.

    Args:
        name: what the error message calls the value.
        value: what the user gave.
        least: the smallest number allowed.

    Raises:
        InputError: if the value is of another type, or outside that range.
    """
    if is_whole(value) and value > MAX_INT:
        raise InputError(f"{name} must be at most {MAX_INT}, but got a larger number")
    if is_whole(value) and value < -MAX_INT:  # Python does not write out numbers of thousands of digits
        raise InputError(f"{name} must be a whole number >= {least}, but got a much smaller number")
    if not is_whole(value) or value < least:
        raise InputError(f"{name} must be a whole number >= {least}, but got {value!r}")
