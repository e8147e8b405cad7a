"""What the best of many noisy scores is worth without its luck."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.analysis.winners_curse import corrected_best
from sweep.errors import InputError

SCORES = st.lists(st.integers(0, 10_000).map(lambda correct: correct / 10_000), min_size=1, max_size=40)
SWEEPS = 4000
RNG_SEED = 5


def bias(true: np.ndarray, noise: float = 1.0) -> tuple[float, float]:
    """Mean error of the corrected and of the raw winner, in noise sd; `true` has shape (sweeps, n)."""
    scores = true + noise * np.random.default_rng(RNG_SEED).standard_normal(true.shape)
    winner = true[np.arange(len(true)), scores.argmax(axis=1)]
    corrected = np.array([corrected_best(row, noise) for row in scores])
    return float(np.mean(corrected - winner)) / noise, float(np.mean(scores.max(axis=1) - winner)) / noise


class TestBias:
    @pytest.mark.parametrize("n", [2, 3, 4, 8, 10, 24, 50])
    def test_equal_configurations_come_out_unbiased(self, n: int) -> None:
        corrected, raw = bias(np.full((SWEEPS, n), 0.989), noise=0.001)
        assert corrected == pytest.approx(0, abs=0.05)  # three standard errors
        assert raw > 0.5

    @pytest.mark.parametrize(("spread", "expected"), [(0.5, -0.1), (1, -0.2), (2, -0.16), (5, -0.08)])
    def test_normal_true_values(self, spread: float, expected: float) -> None:
        corrected, raw = bias(spread * np.random.default_rng(0).standard_normal((SWEEPS, 24)))
        assert corrected == pytest.approx(expected, abs=0.06)
        assert abs(corrected) < raw / 3

    @pytest.mark.parametrize(("ahead", "expected"), [(2, -0.35), (5, -0.7), (10, -0.33), (100, -0.03)])
    def test_one_that_is_truly_ahead(self, ahead: float, expected: float) -> None:
        true = np.zeros((SWEEPS, 24))
        true[:, 3] = ahead
        assert bias(true)[0] == pytest.approx(expected, abs=0.06)

    def test_useless_configurations_do_not_hide_the_luck_of_the_others(self) -> None:
        true = np.zeros((SWEEPS, 24))
        true[:, :12] = -np.random.default_rng(0).uniform(5, 50, (SWEEPS, 12))
        corrected, raw = bias(true)
        assert corrected == pytest.approx(0.1, abs=0.06)
        assert raw > 1.5

    @pytest.mark.parametrize("alike", [0.0, 0.5, 1.0])
    def test_pruned_trials_leave_a_third_of_a_noise_sd_at_most(self, alike: float) -> None:
        rng = np.random.default_rng(RNG_SEED)
        early = rng.standard_normal((SWEEPS, 24))
        final = alike * early + math.sqrt(1 - alike**2) * rng.standard_normal(early.shape)
        completed = np.take_along_axis(final, np.argsort(early, axis=1)[:, -10:], axis=1)
        assert -0.05 < np.mean([corrected_best(row, 1.0) for row in completed]) < 0.33

    def test_a_noise_sd_from_ten_confirmed_runs_will_do(self) -> None:
        rng = np.random.default_rng(RNG_SEED)
        values = []
        for scores, runs in zip(rng.standard_normal((SWEEPS, 24)), rng.standard_normal((SWEEPS, 2, 5)), strict=True):
            values.append(corrected_best(scores, math.sqrt(np.mean(np.var(runs, axis=1, ddof=1)))))
        assert np.mean(values) == pytest.approx(0.09, abs=0.06)


class TestCorrectedBest:
    def test_two_scores_by_hand(self) -> None:
        # of two: gap = |difference|, sd sqrt(2); its median is 0.6745 sqrt(2) = 0.954; the best is 1/sqrt(pi) too high
        close, far = 0.1 - corrected_best([0.0, 0.1], 1.0), 5.0 - corrected_best([0.0, 5.0], 1.0)
        density = math.sqrt(1 / math.pi)  # of |difference| at d: density * exp(-d**2 / 4)
        gaps = np.linspace(1e-6, 20, 400_001)
        share = np.trapezoid(density * np.exp(-(gaps**2) / 4) * np.minimum(1, 0.95387 / gaps), gaps)
        full = 1 / math.sqrt(math.pi) / share
        assert close == pytest.approx(full, rel=0.03)
        assert far == pytest.approx(full * 0.95387 / 5, rel=0.03)

    def test_takes_off_less_than_the_noise_of_a_clear_winner(self) -> None:
        assert 0.989 < corrected_best([0.98, 0.99, 0.985, 0.97], 0.001) < 0.99

    def test_one_score_was_not_chosen(self) -> None:
        assert corrected_best([0.9], 0.1) == 0.9

    def test_without_noise_there_is_no_luck(self) -> None:
        assert corrected_best([0.9, 0.9, 0.8], 0.0) == 0.9

    def test_all_the_same_takes_off_the_most(self) -> None:
        assert corrected_best([0.9] * 24, 0.01) == pytest.approx(0.9 - 0.01 * 2.18, abs=0.0003)

    def test_many_scores(self) -> None:
        assert 0.99 < corrected_best(np.linspace(0, 1, 5000).tolist(), 0.01) < 1

    @given(SCORES, st.floats(0, 1))
    def test_never_adds(self, scores: list[float], noise: float) -> None:
        assert corrected_best(scores, noise) <= max(scores)

    @given(SCORES, st.floats(0, 1), st.randoms(use_true_random=False))
    def test_order_does_not_matter(self, scores: list[float], noise: float, random: object) -> None:
        shuffled = list(scores)
        random.shuffle(shuffled)  # type: ignore[attr-defined]
        assert corrected_best(shuffled, noise) == corrected_best(scores, noise)

    @given(SCORES, st.floats(1e-4, 1), st.floats(0.01, 100), st.floats(-10, 10))
    def test_unit_and_origin_do_not_matter(self, scores: list[float], noise: float, unit: float, origin: float) -> None:
        moved = corrected_best([origin + unit * score for score in scores], unit * noise)
        assert moved == pytest.approx(origin + unit * corrected_best(scores, noise), rel=1e-6, abs=1e-6)

    @given(SCORES, st.floats(1e-6, 1), st.floats(1, 10))
    def test_more_noise_takes_off_more(self, scores: list[float], noise: float, more: float) -> None:
        assert corrected_best(scores, noise) >= corrected_best(scores, noise * more)

    @pytest.mark.parametrize("bad", [[], [math.nan, 0.9], [math.inf]])
    def test_unusable_scores_are_refused(self, bad: list[float]) -> None:
        with pytest.raises(InputError, match="scores must be finite numbers, one at least"):
            corrected_best(bad, 0.1)


def test_where_lower_is_better_it_is_the_mirror_image() -> None:
    scores = [0.9, 0.95, 0.93, 0.91, 0.5]
    mirrored = corrected_best([-score for score in scores], 0.02, higher_is_better=False)
    assert mirrored == pytest.approx(-corrected_best(scores, 0.02))
    errors = [2.0, 2.1, 2.2, 9.0]
    assert 2.0 < corrected_best(errors, 0.1, higher_is_better=False) < 2.3
    assert (
        corrected_best(errors, 0.0, higher_is_better=False) == corrected_best([2.0], 1.0, higher_is_better=False) == 2
    )
