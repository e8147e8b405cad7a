"""The cells of the board."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from builders import study_by
from searches import searched

from sweep.report.html.cells import Column, column, written


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("percent", 0.98765, "98.77"),
        ("points", 0.0042, "+0.42"),
        ("points", -0.0042, "-0.42"),
        ("count", 93322, "93,322"),
        ("whole", 7, "7"),
        ("real", 1234567.0, "1235000"),
        ("real", 0.000123456, "0.0001235"),
        ("real", 1e-9, "1e-9"),
        ("real", 0.0, "0"),
        ("real", 5.0, "5"),
        ("text", True, "yes"),
        ("text", "a", "a"),
        ("percent", None, ""),
    ],
)
def test_values_are_written_by_the_kind_of_their_column(kind: str, value: object, text: str) -> None:
    assert written(kind, value) == text


def test_pandas_values_become_plain_ones() -> None:
    values = [pd.NA, math.nan, None, math.inf, np.int64(3), np.float64(0.123456789), True]
    assert column(searched(), "x", values).values == [None, None, None, None, 3, 0.123457, True]


@pytest.mark.parametrize(
    ("name", "values", "kind", "hidden"),
    [
        ("val_accuracy", [0.5], "percent", False),
        ("val_loss", [0.5], "real", True),
        ("vs_baseline", [0.1], "points", False),
        ("parameters", [10], "count", False),
        ("filters_1", [16, 32], "whole", False),
        ("filters_1", [16, 16], "whole", True),
        ("learning_rate", [0.1, 1], "real", False),
        ("optimizer", ["adam", "sgd"], "text", False),
        ("error", ["", ""], "text", True),
        ("seed", [1, 2], "whole", True),
    ],
)
def test_kind_and_place_of_a_column_follow_from_its_name_and_values(
    name: str, values: list[object], kind: str, hidden: bool
) -> None:
    made = column(searched(), name, values)
    assert (made.kind, made.hidden) == (kind, hidden)


def test_a_difference_of_errors_is_a_plain_number() -> None:
    assert column(study_by(), "vs_baseline", [-0.5]).kind == "real"


def test_percent_stands_above_a_column_of_shares() -> None:
    assert Column("val_accuracy", "percent", False, []).label == "val_accuracy %"
    assert Column("filters_1", "whole", False, []).label == "filters_1"


def test_errors_are_shown_as_soon_as_there_is_one() -> None:
    assert column(searched(), "error", ["", ""]).hidden
    assert not column(searched(), "error", ["the same", "the same"]).hidden


def test_texts_are_one_line_that_moves_nothing() -> None:
    assert column(searched(), "x", ["a\nb\x1b[2J\u202e"]).values == ["a b\\x1b[2J\\u202e"]
