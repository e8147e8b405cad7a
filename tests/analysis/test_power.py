"""How many seeds would settle a verdict, what a number of them can find, and how well they know the spread."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sweep.analysis.power import POWER, detectable, sd_interval, seeds_to_settle
from sweep.analysis.verdict import Comparison


def seen(difference: float, sd: float = 1.0, baseline_sd: float = 1.0) -> Comparison:
    return Comparison(difference, sd, baseline_sd, difference - 9, difference + 9, 0.5)


class TestSeedsToSettle:
    @pytest.mark.parametrize(("difference", "seeds"), [(1, 17), (-1, 17), (2, 6), (0.5, 64), (1000, 2)])
    def test_known_sizes(self, difference: float, seeds: int) -> None:
        assert seeds_to_settle(seen(difference)) == seeds  # 17 and 64 as in Cohen's tables

    @pytest.mark.parametrize(("difference", "alpha"), [(1, 0.05), (2, 0.05), (1, 0.05 / 3)])
    def test_has_the_power_it_says(self, difference: float, alpha: float) -> None:
        needed = seeds_to_settle(seen(difference), alpha=alpha)
        assert needed is not None
        runs = np.random.default_rng(0).standard_normal((2, 20_000, needed))
        for n in (needed, needed - 1):
            p = stats.ttest_ind(runs[0, :, :n] + difference, runs[1, :, :n], axis=1, equal_var=False).pvalue
            assert (np.mean(p < alpha) >= POWER) == (n == needed)

    def test_unequal_spreads_count_as_they_are(self) -> None:
        assert seeds_to_settle(seen(1, 1.4142, 0.0)) == 18  # the same standard error as 1 and 1, but half the df
        assert seeds_to_settle(seen(0.001, 0.001, 0.001)) == 17

    def test_more_is_asked_of_one_candidate_among_several(self) -> None:
        assert seeds_to_settle(seen(1), alpha=0.05 / 3) == 23

    @pytest.mark.parametrize("comparison", [seen(0), seen(0.05), seen(0, 0, 0)])
    def test_none_when_too_many(self, comparison: Comparison) -> None:
        assert seeds_to_settle(comparison) is None

    def test_without_spread_two_will_do(self) -> None:
        assert seeds_to_settle(seen(0.1, 0.0, 0.0)) == 2

    @pytest.mark.parametrize("ratio", [0, 1e-8, 1])
    def test_a_vast_difference_needs_no_more_than_two(self, ratio: float) -> None:
        assert seeds_to_settle(seen(10_000, 1, ratio)) == 2  # where scipy's noncentral t does not converge

    @given(st.floats(0.08, 1e6), st.floats(1e-6, 1e6), st.floats(0, 1))
    def test_the_unit_does_not_matter(self, sds: float, sd: float, ratio: float) -> None:
        small, scaled = seen(sds, 1.0, ratio), seen(sds * sd, sd, ratio * sd)
        n, again = seeds_to_settle(small), seeds_to_settle(scaled)
        assert n is None or again is None or abs(n - again) <= 1


class TestDetectable:
    @pytest.mark.parametrize("alpha", [0.05, 0.05 / 3])
    @pytest.mark.parametrize("runs", [2, 6, 17])
    def test_is_found_as_often_as_it_says(self, runs: int, alpha: float) -> None:
        difference = detectable(runs, alpha=alpha)
        assert difference is not None
        sides = np.random.default_rng(0).standard_normal((2, 20_000, runs))
        p = stats.ttest_ind(sides[0] + difference, sides[1], axis=1).pvalue
        assert np.mean(p < alpha) == pytest.approx(POWER, abs=0.01)

    def test_is_what_as_many_seeds_would_settle(self) -> None:
        for runs in (3, 6, 20, 200):
            difference = detectable(runs)
            assert difference is not None
            assert seeds_to_settle(seen(difference * 1.001)) == runs
            assert (seeds_to_settle(seen(difference * 0.98)) or math.inf) > runs

    def test_one_run_finds_nothing(self) -> None:
        assert detectable(1) is None


def test_the_interval_of_an_sd_holds_the_true_one_as_often_as_it_says() -> None:
    sds = np.random.default_rng(1).standard_normal((20_000, 6)).std(axis=1, ddof=1)
    low, high = sd_interval(1.0, 5)
    assert (low, high) == pytest.approx((0.6242, 2.4526), abs=1e-4)  # as in tables of chi-square
    assert np.mean((sds * low <= 1) & (sds * high >= 1)) == pytest.approx(0.95, abs=0.005)
