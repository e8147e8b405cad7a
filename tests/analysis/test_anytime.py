"""The verdict that may be looked at after every pair of runs."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import integrate, stats

from sweep.analysis.anytime import PRIOR_VARIANCE, Standing, least_pairs, standing

BASE = [0.0] * 60
DIFFERENCES = st.lists(st.integers(-300, 300).map(lambda images: images / 10_000), min_size=2, max_size=20)


def of(differences: list[float], **changes: float) -> Standing:
    return standing(differences, BASE[: len(differences)], **changes)


class TestMethod:
    def test_p_is_one_over_the_bayes_factor_as_integration_has_it(self) -> None:
        # the t statistic given the effect e is noncentral t, and e is normal with mean 0 and variance g
        differences = [0.3, 1.1, 0.8, 1.9, 0.4]
        n, t = 5, float(stats.ttest_1samp(differences, 0).statistic)
        against, _ = integrate.quad(
            lambda e: stats.nct.pdf(t, n - 1, e * math.sqrt(n)) * stats.norm.pdf(e, scale=math.sqrt(PRIOR_VARIANCE)),
            -12,
            12,
        )
        comparison = of(differences, alpha=0.5).comparison
        assert comparison is not None
        assert comparison.p_value == pytest.approx(stats.t.pdf(t, n - 1) / against, rel=1e-4)

    @given(DIFFERENCES, st.sampled_from([0.05, 0.0125, 0.3]))
    def test_the_interval_leaves_out_0_just_when_p_says_so(self, differences: list[float], alpha: float) -> None:
        result = of(differences, alpha=alpha)
        if result.comparison is not None:
            assert (result.outcome is not None) == (result.comparison.p_value <= alpha)
        else:
            assert result.outcome is None

    @given(DIFFERENCES)
    def test_more_pairs_only_shrink_the_interval_and_change_no_verdict(self, differences: list[float]) -> None:
        steps = [of(differences[:n], margin=0.004) for n in range(len(differences) + 1)]
        for before, after in itertools.pairwise(steps):
            if before.comparison is not None:
                assert after.comparison is not None
                assert before.comparison.low <= after.comparison.low <= after.comparison.high
                assert after.comparison.high <= before.comparison.high
                assert after.comparison.p_value <= before.comparison.p_value
            if before.outcome is not None:
                assert (after.outcome, after.decided_after) == (before.outcome, before.decided_after)

    def test_swapping_the_sides_turns_the_sign(self) -> None:
        ours, theirs = [0.99, 0.985, 0.992, 0.989, 0.991, 0.987], [0.981, 0.98, 0.983, 0.979, 0.984, 0.981]
        one, other = standing(ours, theirs), standing(theirs, ours)
        assert (one.outcome, other.outcome) == ("better", "worse")
        assert one.comparison is not None
        assert other.comparison is not None
        assert (one.comparison.low, one.comparison.high) == pytest.approx(
            (-other.comparison.high, -other.comparison.low)
        )
        assert standing(theirs, ours, higher_is_better=False).outcome == "better"

    def test_what_the_pairs_have_in_common_cancels_out(self) -> None:
        common = [0.1, 0.5, 0.9, 0.3, 0.7, 0.2]
        ours = [score + 0.01 + step / 1000 for score, step in zip(common, [0, 1, -1, 2, -2, 0], strict=True)]
        assert standing(ours, common).outcome == "better"
        assert standing(ours, common[::-1]).outcome is None

    @pytest.mark.parametrize(("alpha", "pairs"), [(0.05, 5), (0.05 / 4, 6), (0.05 / 24, 7)])
    def test_fewer_pairs_than_the_least_decide_nothing_and_as_many_may(self, alpha: float, pairs: int) -> None:
        assert least_pairs(alpha) == pairs
        apart = [1 + index / 1e4 for index in range(pairs)]
        assert of(apart[:-1], alpha=alpha).outcome is None
        assert of(apart, alpha=alpha).outcome == "better"

    def test_nothing_and_one_pair_say_nothing(self) -> None:
        assert of([]) == Standing(None, 0)
        assert of([0.5]) == Standing(None, 1)

    def test_a_run_that_diverges_later_takes_nothing_back(self) -> None:
        losses = [0.101, 0.102, 0.1015, 0.1005, 0.102, 0.101]
        before = standing(losses, [loss + 0.05 + loss**2 for loss in losses], higher_is_better=False)
        after = standing([*losses, 1e9], [*[loss + 0.05 + loss**2 for loss in losses], 0.15], higher_is_better=False)
        assert before.outcome == "better"
        assert (after.outcome, after.decided_after) == (before.outcome, before.decided_after)


class TestMargin:
    CLOSE = (0.1, -0.1, 0.05, -0.05, 0.0, 0.1, -0.1, 0.0, 0.05, -0.05)

    def test_equivalent_is_what_lies_within_the_margin_for_sure(self) -> None:
        assert of(list(self.CLOSE)).outcome is None
        result = of(list(self.CLOSE), margin=0.3)
        assert result.outcome == "equivalent"
        assert result.comparison is not None
        assert -0.3 <= result.comparison.low <= 0 <= result.comparison.high <= 0.3
        assert of(list(self.CLOSE), margin=0.01).outcome is None

    def test_better_and_worse_come_first(self) -> None:
        assert of([0.2 + one / 10 for one in self.CLOSE], margin=10.0).outcome == "better"
        assert of([-0.2 + one / 10 for one in self.CLOSE], margin=10.0).outcome == "worse"

    def test_a_later_larger_margin_decides_what_a_smaller_one_did_not(self) -> None:
        assert of([1.0, *self.CLOSE], margin=0.3).outcome is None
        assert of([1.0, *self.CLOSE], margin=0.5).outcome == "equivalent"


class TestNoSpread:
    def test_equal_runs_are_never_called_equivalent(self) -> None:
        result = standing([0.95] * 30, [0.95] * 30, margin=1.0)
        assert result == Standing(None, 30, same=True)

    def test_a_constant_difference_is_decided_by_the_sign_test(self) -> None:
        results = [standing([0.98] * n, [0.95] * n) for n in (2, 5, 6)]
        assert [one.outcome for one in results] == [None, None, "better"]
        assert [one.comparison is None for one in results] == [True, True, False]
        assert results[2].comparison is not None
        assert results[2].comparison.p_value == pytest.approx(2 / 64)
        assert standing([0.98] * 6, [0.95] * 6, alpha=0.01).outcome is None

    def test_rounding_is_no_spread(self) -> None:
        ours, theirs = [0.97, 0.3, 0.99, 0.36, 0.95], [0.96, 0.29, 0.98, 0.35, 0.9400000001]
        assert len({one - other for one, other in zip(ours, theirs, strict=True)}) > 1
        assert standing(ours, theirs).same
        assert standing(ours, theirs).outcome is None
        narrow = [float(np.float32(score)) for score in ours]
        assert standing(narrow, ours, margin=0.1) == Standing(None, 5, same=True)


def outcomes(differences: NDArray[np.float64], **changes: float) -> list[Standing]:
    return [of(list(row), **changes) for row in differences]


def test_looking_after_each_of_twelve_pairs_is_seldom_wrong() -> None:
    noise = np.random.default_rng(0).standard_normal((400, 12))
    results = outcomes(noise, margin=0.0)
    assert np.mean([one.outcome is not None for one in results]) <= 0.05
    held = [one.comparison is None or one.comparison.low <= 0 <= one.comparison.high for one in results]
    assert np.mean(held) >= 0.95
