"""A curve in a few characters."""

from __future__ import annotations

import math

import pytest

from sweep.report.sparkline import HEIGHTS, MAX_CELLS, sparkline


def test_the_better_a_value_the_higher_its_character_and_what_is_to_come_is_a_dot() -> None:
    assert sparkline([0.0, 0.5, 1.0], 5, 0.0, 1.0, larger_is_better=True) == "▁▅█··"
    assert sparkline([0.0, 0.5, 1.0], 5, 0.0, 1.0, larger_is_better=False) == "█▅▁··"


def test_where_only_ascii_can_be_shown_heights_are_digits() -> None:
    assert sparkline([0.0, 1.0], 3, 0.0, 1.0, larger_is_better=True, plain=True) == "18."


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_has_no_height(value: float) -> None:
    assert sparkline([value], 2, 0.0, 1.0, larger_is_better=True) == "?·"


def test_without_a_spread_and_beyond_the_ends_there_is_a_height_all_the_same() -> None:
    assert sparkline([0.3], 1, 0.3, 0.3, larger_is_better=True) in HEIGHTS
    assert sparkline([-5.0, 5.0], 2, 0.0, 1.0, larger_is_better=True) == "▁█"


def test_of_a_long_curve_the_end_is_shown() -> None:
    values = [0.0] * 40 + [1.0]
    assert sparkline(values, 100, 0.0, 1.0, larger_is_better=True) == "▁" * (MAX_CELLS - 1) + "█"
    assert len(sparkline([0.0], 100, 0.0, 1.0, larger_is_better=True)) == MAX_CELLS
