"""Numbers that a user gave: what counts as one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sweep.errors import InputError
from sweep.space.numbers import MAX_INT, check_whole, is_number, is_whole


@pytest.mark.parametrize("value", [0, -1, 10**30, 0.5, -0.0, math.nan, math.inf, np.float64(2)])
def test_whole_numbers_and_floats_are_numbers(value: Any) -> None:
    assert is_number(value)


@pytest.mark.parametrize("value", [True, False, None, "1", b"1", 1j, [1], np.int64(1)])
def test_true_false_texts_and_all_else_are_none(value: Any) -> None:
    assert not is_number(value)
    assert not is_whole(value)


@pytest.mark.parametrize(("value", "whole"), [(2, True), (-(2**70), True), (2.0, False), (math.inf, False)])
def test_a_float_is_not_whole_even_without_a_fraction(value: Any, whole: bool) -> None:
    assert is_whole(value) is whole


@pytest.mark.parametrize(("value", "least"), [(1, 1), (0, 0), (-5, -5), (MAX_INT, 1)])
def test_a_whole_number_from_the_least_to_the_largest_is_taken(value: int, least: int) -> None:
    check_whole("trials", value, least)


@pytest.mark.parametrize("value", [0, -1, 1.0, "1", True, None, math.nan])
def test_what_is_none_or_too_small_is_refused_by_its_name(value: Any) -> None:
    with pytest.raises(InputError) as caught:
        check_whole("trials", value, 1)
    assert str(caught.value) == f"trials must be a whole number >= 1, but got {value!r}"


@pytest.mark.parametrize("value", [MAX_INT + 1, 10**5000], ids=["one more", "far more"])
def test_what_no_file_could_hold_is_refused_without_its_digits(value: int) -> None:
    with pytest.raises(InputError) as caught:
        check_whole("seed", value, 0)
    assert str(caught.value) == "seed must be at most 9223372036854775807, but got a larger number"
