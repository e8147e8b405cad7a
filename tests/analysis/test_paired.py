"""The paired t-test on losses: scipy's own values, its symmetries, and how often it errs where nothing differs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sweep.analysis.paired import paired_test

LOSSES = st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), min_size=2, max_size=40)


def test_it_is_scipys_paired_test_with_its_interval() -> None:
    rng = np.random.default_rng(0)
    a = rng.exponential(1.0, 200)
    b = a * rng.uniform(0.8, 1.1, 200)
    ours, theirs = paired_test(a, b), stats.ttest_rel(b, a)
    interval = theirs.confidence_interval(0.95)
    assert ours.p_value == pytest.approx(theirs.pvalue)
    assert (ours.low, ours.high) == (pytest.approx(interval.low), pytest.approx(interval.high))
    assert ours.difference == pytest.approx(b.mean() - a.mean())
    assert ours.p_value < 0.001  # an unpaired test would not see it
    assert stats.ttest_ind(a, b).pvalue > 0.2


@given(LOSSES)
def test_the_order_matters_to_the_sign_alone_and_the_interval_agrees_with_the_p_value(
    pairs: list[tuple[int, int]],
) -> None:
    a, b = np.array(pairs, float).T
    forth, back = paired_test(a, b), paired_test(b, a)
    assert (forth.lower_a, forth.lower_b) == (back.lower_b, back.lower_a)
    assert forth.lower_a + forth.lower_b == forth.examples - int(np.sum(a == b))
    assert forth.difference == pytest.approx(-back.difference)
    assert (forth.low, forth.high) == (pytest.approx(-back.high), pytest.approx(-back.low))
    assert forth.p_value == pytest.approx(back.p_value)
    if abs(forth.p_value - 0.05) > 1e-6:
        assert (forth.low <= 0 <= forth.high) == (forth.p_value > 0.05)


@pytest.mark.parametrize(("shift", "p_value"), [(0.0, 1.0), (0.5, 0.0)])
def test_without_any_spread_equal_is_equal_and_else_different(shift: float, p_value: float) -> None:
    losses = np.array([1.0, 2.0, 4.0])
    test = paired_test(losses, losses + shift)
    assert (test.difference, test.low, test.high, test.p_value) == (shift, shift, shift, p_value)


def test_equal_means_are_called_different_once_in_twenty_though_the_differences_are_skewed() -> None:
    rng = np.random.default_rng(0)
    skewed = rng.exponential(1.0, (1000, 300)) - 1  # the second is a little better on most, and much worse on a few
    base = np.zeros(300)
    called = np.mean([paired_test(base, row).p_value < 0.05 for row in skewed])
    by_ranks = np.mean([stats.wilcoxon(row).pvalue < 0.05 for row in skewed])
    assert 0.03 < called < 0.08
    assert by_ranks > 0.5


@pytest.mark.parametrize(("a", "b"), [([1.0], [2.0]), ([1.0, 2.0], [1.0, 2.0, 3.0])])
def test_what_cannot_be_paired_is_refused(a: list[float], b: list[float]) -> None:
    with pytest.raises(ValueError, match="the same examples, two at least"):
        paired_test(np.array(a), np.array(b))
