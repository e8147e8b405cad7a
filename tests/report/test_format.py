"""Figures and tables as a person reads them, on a terminal or in a file."""

from __future__ import annotations

import pytest
from builders import BASELINE
from hypothesis import given
from hypothesis import strategies as st

from sweep.report.format import changed, described, percent, points, seconds, short, written_as
from sweep.training.environment import EnvironmentChange


@pytest.mark.parametrize(
    ("value", "text"), [(0.98912, "98.91"), (1.0, "100.00"), (0.0, "0.00"), (None, ""), (0.5, "50.00")]
)
def test_an_accuracy_is_in_percent(value: float | None, text: str) -> None:
    assert percent(value) == text


@pytest.mark.parametrize(("value", "text"), [(0.0123, "+1.23"), (-0.5, "-50.00"), (0.0, "+0.00"), (None, "")])
def test_a_difference_is_signed_and_in_points(value: float | None, text: str) -> None:
    assert points(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 s"),
        (8.4, "8 s"),
        (59.4, "59 s"),
        (59.6, "1:00"),
        (67, "1:07"),
        (3599.7, "1:00:00"),
        (7391, "2:03:11"),
        (360000, "100:00:00"),
        (None, ""),
    ],
)
def test_a_duration_is_short(value: float | None, text: str) -> None:
    assert seconds(value) == text


@given(st.integers(60, 10**7))
def test_a_duration_can_be_read_back(value: int) -> None:
    parts = [int(part) for part in seconds(value).split(":")]
    assert sum(part * 60**place for place, part in enumerate(reversed(parts))) == value
    assert all(part < 60 for part in parts[1:])


def test_a_configuration_is_told_by_what_it_changes() -> None:
    assert changed({**BASELINE}, BASELINE) == ""
    assert changed({**BASELINE, "kernel_size": 2, "momentum": 0.123456}, BASELINE) == "kernel_size=2 momentum=0.123"
    assert changed({"learning_rate": None}, {"learning_rate": 0.001}) == "learning_rate=None"


def test_a_value_is_short_but_tells_small_numbers_apart() -> None:
    assert short(0.00012345) == "0.000123"
    assert short(12) == "12"
    assert short("adam") == "adam"
    assert short(None) == "None"
    assert short(True) == "True"


def test_what_differs_between_two_environments_is_a_phrase_and_code_is_named_by_its_commit() -> None:
    assert described(EnvironmentChange("keras", "3.15", "99.1")) == "keras was 3.15, now 99.1"
    assert described(EnvironmentChange("gpus", "", "GPU A")) == "gpus was none, now GPU A"
    code = EnvironmentChange("code", "b" * 64, "c" * 64, ("", "abcdef0123456"))
    assert described(code) == "code was bbbbbbbbbb, now cccccccccc (git abcdef0123)"
    file = EnvironmentChange("search-space file", "", "c" * 64)
    assert described(file) == "search-space file was not known, now cccccccccc"


@pytest.mark.parametrize(
    ("metric", "value", "difference", "apart", "test_set"),
    [
        ("accuracy", "97.60 %", "+1.20", "+1.20 points", "these test images"),
        ("price_accuracy", "price_accuracy 97.60 %", "+1.20", "+1.20 points", "this test set"),
        ("loss", "loss 0.9760", "+0.0120", "+0.0120 loss", "this test set"),
        ("mae", "mae 0.976", "+0.012", "+0.012 mae", "this test set"),
    ],
)
def test_a_metric_is_written_in_its_own_unit(
    metric: str, value: str, difference: str, apart: str, test_set: str
) -> None:
    score = written_as(metric)
    assert (score.whole(0.976), score.difference(0.012), score.apart(0.012)) == (value, difference, apart)
    assert score.test_set == test_set
