"""McNemar's exact test: known values, its symmetries, and how often it errs where nothing differs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.analysis.mcnemar import McNemar, mcnemar


def told(both: int, only_a: int, only_b: int, neither: int) -> McNemar:
    right_a = np.repeat([True, True, False, False], [both, only_a, only_b, neither])
    right_b = np.repeat([True, False, True, False], [both, only_a, only_b, neither])
    return mcnemar(right_a, right_b)


@pytest.mark.parametrize(
    ("only_a", "only_b", "p_value"),
    [
        (0, 0, 1.0),
        (1, 0, 1.0),
        (5, 5, 1.0),
        (0, 5, 2 / 2**5),
        (0, 10, 2 / 2**10),
        (1, 9, 22 / 2**10),
        (2, 8, 112 / 2**10),
        (12, 4, 2 * sum(math.comb(16, k) for k in range(5)) / 2**16),
        (59, 6, 2 * sum(math.comb(65, k) for k in range(7)) / 2**65),
    ],
)
def test_the_p_value_is_the_exact_binomial_one(only_a: int, only_b: int, p_value: float) -> None:
    assert told(100, only_a, only_b, 3).p_value == pytest.approx(p_value, rel=1e-9)


def test_for_many_examples_it_is_near_mcnemars_own_chi_squared_form() -> None:
    only_a, only_b = 330, 270
    chi_squared = (abs(only_a - only_b) - 1) ** 2 / (only_a + only_b)
    assert told(9000, only_a, only_b, 400).p_value == pytest.approx(math.erfc(math.sqrt(chi_squared / 2)), rel=0.01)


@given(*[st.integers(0, 60)] * 4)
def test_it_counts_every_example_once_and_does_not_care_which_is_first(a: int, b: int, c: int, d: int) -> None:
    forth, back = told(a, b, c, d), told(a, c, b, d)
    assert (forth.both, forth.only_a, forth.only_b, forth.neither) == (a, b, c, d)
    assert (back.only_a, back.only_b) == (forth.only_b, forth.only_a)
    assert forth.p_value == pytest.approx(back.p_value)
    assert 0 <= forth.p_value <= 1
    assert forth.p_value == told(0, b, c, 0).p_value


def test_equal_classifiers_are_called_different_in_at_most_one_of_twenty() -> None:
    rng = np.random.default_rng(0)
    significant = [mcnemar(*(rng.random((2, 1000)) < 0.95)).p_value < 0.05 for _ in range(400)]
    assert np.mean(significant) < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 400)


def test_a_classifier_that_is_better_is_found() -> None:
    rng = np.random.default_rng(1)
    result = mcnemar(rng.random(10_000) < 0.99, rng.random(10_000) < 0.97)
    assert result.only_a > result.only_b
    assert result.p_value < 1e-6


def test_different_examples_are_refused() -> None:
    with pytest.raises(ValueError, match="same examples"):
        mcnemar(np.ones(3, bool), np.ones(4, bool))
