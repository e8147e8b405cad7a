"""Who is better than the baseline: Welch's test and Holm's correction."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from sweep.analysis.verdict import compare, holm, verdicts
from sweep.errors import InputError

SCORES = st.lists(st.integers(0, 10_000).map(lambda correct: correct / 10_000), min_size=2, max_size=8)
P_VALUES = st.lists(st.floats(0, 1), max_size=12)


class TestCompare:
    def test_by_hand(self) -> None:
        # means 4 and 2, variances 4 and 1, n 3 each: standard error sqrt(5/3), t = 1.549, Welch's df = 50/17
        result = compare([2, 4, 6], [1, 2, 3])
        assert (result.sd, result.baseline_sd) == (2, 1)
        half = stats.t.ppf(0.975, 50 / 17) * math.sqrt(5 / 3)
        assert (result.difference, result.low, result.high) == pytest.approx((2, 2 - half, 2 + half))
        assert result.p_value == pytest.approx(2 * stats.t.sf(2 / math.sqrt(5 / 3), 50 / 17))

    @given(SCORES, SCORES)
    def test_as_scipy_has_it(self, candidate: list[float], baseline: list[float]) -> None:
        assume(len(set(candidate)) > 1 and len(set(baseline)) > 1)
        result = compare(candidate, baseline)
        again = stats.ttest_ind(candidate, baseline, equal_var=False)
        interval = again.confidence_interval(0.95)
        assert result.p_value == pytest.approx(again.pvalue)
        assert (result.low, result.high) == pytest.approx((interval.low, interval.high))

    @given(SCORES, SCORES)
    def test_swapping_the_sides_turns_the_sign(self, candidate: list[float], baseline: list[float]) -> None:
        one, other = compare(candidate, baseline), compare(baseline, candidate)
        assert one.low <= one.difference <= one.high
        assert one.p_value == pytest.approx(other.p_value)
        assert (one.difference, one.low, one.high) == pytest.approx((-other.difference, -other.high, -other.low))

    def test_no_spread_at_all(self) -> None:
        equal, apart = compare([0.1] * 3, [0.1] * 7), compare([0.75] * 3, [0.5] * 3)
        assert (equal.difference, equal.low, equal.high, equal.p_value) == (0, 0, 0, 1)
        assert (apart.difference, apart.low, apart.high, apart.p_value) == (0.25, 0.25, 0.25, 0)

    def test_spread_on_one_side_only(self) -> None:
        result = compare([0.99] * 3, [0.97, 0.98, 0.99])
        assert result.sd == 0
        assert result.p_value == pytest.approx(2 * stats.t.sf(math.sqrt(3), 2))  # t = 0.01 / (0.01 / sqrt(3)), df 2

    @pytest.mark.parametrize("bad", [[], [0.9], [0.9, math.nan], [math.inf, 0.9]])
    def test_unusable_scores_are_refused(self, bad: list[float]) -> None:
        with pytest.raises(InputError, match="the candidate's scores must be finite numbers, two at least"):
            compare(bad, [0.9, 0.8])
        with pytest.raises(InputError, match="the baseline's scores"):
            compare([0.9, 0.8], bad)


class TestVerdicts:
    BASELINE = (0.989, 0.990, 0.991, 0.9895, 0.9905)

    def shifted(self, by: float) -> list[float]:
        return [score + by for score in self.BASELINE]

    def test_better_tied_worse(self) -> None:
        verdict_of = verdicts({7: self.shifted(0.004), 3: self.shifted(0.0001), 5: self.shifted(-0.004)}, self.BASELINE)
        assert [(number, one.outcome) for number, one in verdict_of.items()] == [
            (7, "better"),
            (3, "tied"),
            (5, "worse"),
        ]
        p = [one.comparison.p_value for one in verdict_of.values()]
        assert [one.p_holm for one in verdict_of.values()] == pytest.approx([3 * p[0], p[1], 3 * p[2]])

    def test_what_is_better_alone_can_be_tied_among_many(self) -> None:
        candidate = self.shifted(0.0013)
        assert verdicts({1: candidate}, self.BASELINE)[1].outcome == "better"
        many = verdicts({1: candidate, 2: self.BASELINE, 3: self.BASELINE}, self.BASELINE)
        assert many[1].outcome == "tied"
        assert many[1].comparison.low > 0

    def test_nothing_to_compare_and_no_spread(self) -> None:
        assert verdicts({}, self.BASELINE) == {}
        verdict_of = verdicts({1: [0.9] * 3, 2: [0.8] * 3, 3: [0.7] * 3}, [0.8] * 3)
        assert [one.outcome for one in verdict_of.values()] == ["better", "tied", "worse"]

    @given(SCORES, SCORES)
    def test_one_candidate_is_tied_just_when_the_interval_holds_0(self, ours: list[float], base: list[float]) -> None:
        one = verdicts({1: ours}, base)[1]
        low, high = one.comparison.low, one.comparison.high
        assume(min(abs(low), abs(high)) > 1e-9 or low == high)
        assert (one.outcome == "tied") == (low <= 0 <= high)


@pytest.mark.sweep
class TestSweeps:
    """Whole sweeps in miniature: 24 configurations, the best on validation confirmed with fresh seeds of sd 1."""

    def confirmed(
        self, sweeps: int, seeds: int, better_by: float, top: int = 1, validation_sd: float = 1.0
    ) -> tuple[float, float]:
        """Share of sweeps with any verdict "better"; of those that confirmed the true winner and called it so."""
        rng = np.random.default_rng(1)
        called = best_called = 0
        for _ in range(sweeps):
            true = np.zeros(24)
            true[7] = better_by
            picked = np.argsort(true + validation_sd * rng.standard_normal(24))[-top:]
            fresh = {int(trial): true[trial] + rng.standard_normal(seeds) for trial in picked}
            verdict_of = verdicts(fresh, rng.standard_normal(seeds))
            better = [trial for trial, one in verdict_of.items() if one.outcome == "better"]
            called += bool(better)
            best_called += 7 in better
        return called / sweeps, best_called / sweeps

    @pytest.mark.parametrize("top", [1, 3])
    def test_equal_configurations_are_seldom_better(self, top: int) -> None:
        called, _ = self.confirmed(1500, seeds=5, better_by=0.0, top=top)
        assert called < 0.038  # 0.025 by design, and three standard errors

    def test_two_sd_are_found_with_six_seeds_once_the_search_has_picked_the_right_one(self) -> None:
        _, share = self.confirmed(1000, seeds=6, better_by=2.0, validation_sd=0.3)
        assert share >= 0.83  # 0.866 by design, less three standard errors

    def test_a_search_as_noisy_as_the_seeds_picks_the_right_one_half_the_time(self) -> None:
        _, share = self.confirmed(1000, seeds=6, better_by=2.0)
        assert share == pytest.approx(0.53 * 0.87, abs=0.05)


@pytest.mark.parametrize(
    ("p_values", "adjusted"),
    [
        ([], []),
        ([0.03], [0.03]),
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),  # 4 x .005, 3 x .01, 2 x .03, then no less than .06
        ([0.5, 0.6], [1.0, 1.0]),
        ([0.02, 0.02], [0.04, 0.04]),
    ],
)
def test_holm_by_hand(p_values: list[float], adjusted: list[float]) -> None:
    assert holm(p_values) == pytest.approx(adjusted)


@given(P_VALUES)
def test_holm_lies_between_none_and_bonferroni_and_in_order(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    for p, q in zip(p_values, adjusted, strict=True):
        assert p <= q <= min(1, len(p_values) * p)
    pairs = sorted(zip(p_values, adjusted, strict=True))
    assert [q for _, q in pairs] == sorted(adjusted)


@given(P_VALUES)
def test_holm_rejects_what_the_step_down_procedure_rejects(p_values: list[float]) -> None:
    rejected = 0
    for p in sorted(p_values):
        if (len(p_values) - rejected) * p >= 0.05:
            break
        rejected += 1
    assert sum(q < 0.05 for q in holm(p_values)) == rejected
