"""The noise of an accuracy, and what is tied within it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.analysis.noise import binomial_sd, cheapest_tied, cheapest_within
from sweep.errors import InputError

RESULTS = st.lists(st.tuples(st.integers(0, 1000), st.integers(1, 9)), min_size=1, max_size=20)
IMAGES = 1000


@given(RESULTS)
def test_the_cheapest_tied_is_never_dearer_than_the_best_nor_beyond_its_noise(results: list[tuple[int, int]]) -> None:
    accuracies, costs = [right / IMAGES for right, _ in results], [cost for _, cost in results]
    best, cheapest = cheapest_tied(accuracies, costs, IMAGES)
    assert accuracies[best] == max(accuracies)
    assert costs[cheapest] <= costs[best]
    gap = accuracies[best] - accuracies[cheapest]
    assert gap <= 1.96 * math.sqrt(2 * 0.25 / IMAGES)
    as_good = [cost for accuracy, cost in zip(accuracies, costs, strict=True) if accuracy == max(accuracies)]
    assert costs[cheapest] <= min(as_good)


@pytest.mark.parametrize(
    ("accuracies", "images", "expected"),
    [
        ([0.99, 0.9873], 10_000, (0, 1)),  # the 95 % interval of the difference is +-0.0029
        ([0.99, 0.9869], 10_000, (0, 0)),
        ([0.99, 0.98], 100, (0, 1)),
        ([0.98, 0.99], 10_000, (1, 1)),
        ([0.5, 0.5], 10, (0, 1)),
        ([1.0, 1.0], 10, (0, 1)),
    ],
)
def test_tied_is_what_the_noise_of_two_accuracies_explains(
    accuracies: list[float], images: int, expected: tuple[int, int]
) -> None:
    assert cheapest_tied(accuracies, [2, 1], images) == expected


def test_of_equally_cheap_ones_the_more_accurate_is_named() -> None:
    assert cheapest_tied([0.9, 0.89, 0.895, 0.895], [5, 1, 1, 1], 1000) == (0, 2)


def test_two_equal_configurations_are_called_tied_in_about_95_of_100() -> None:
    right = np.random.default_rng(0).binomial(10_000, 0.989, (2000, 2)) / 10_000
    worse_first = np.sort(right, axis=1).tolist()
    tied = [cheapest_tied(pair, [1, 2], 10_000)[1] == 0 for pair in worse_first]
    assert np.mean(tied) == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize(("accuracies", "costs"), [([], []), ([0.5], []), ([1.5, 0.2], [1, 2])])
def test_what_cannot_be_is_refused(accuracies: list[float], costs: list[float]) -> None:
    with pytest.raises(InputError):
        cheapest_tied(accuracies, costs, 10)


def test_scores_of_any_unit_are_tied_within_their_own_noise() -> None:
    errors = [-2.0, -2.2, -2.9]  # a mean absolute error with its sign changed: higher is better
    costs = [9, 5, 1]
    assert cheapest_within([0.1] * 3, errors, costs) == (0, 1)  # the limit is 0.277
    assert cheapest_within([0.05] * 3, errors, costs) == (0, 0)
    assert cheapest_within([0.1] * 3, errors, costs, 12.7) == (0, 2)  # the noise itself is hardly known
    assert cheapest_within([0.0] * 3, errors, costs) == (0, 0)


class TestNoise:
    def test_binomial_by_hand(self) -> None:
        assert binomial_sd(0.989, 10_000) == pytest.approx(0.00104302, abs=1e-8)  # 0.10 points
        assert binomial_sd(0.5, 1) == 0.5
        assert binomial_sd(1.0, 100) == 0

    @pytest.mark.parametrize(("accuracy", "images"), [(-0.1, 10), (1.1, 10), (math.nan, 10), (0.9, 0)])
    def test_binomial_out_of_range_is_refused(self, accuracy: float, images: int) -> None:
        with pytest.raises(InputError, match="must"):
            binomial_sd(accuracy, images)

    def test_equal_configurations_on_the_same_images_differ_by_the_seed_sd_alone(self) -> None:
        # Images of differing difficulty, the same for all: runs spread less than the binomial error says.
        rng = np.random.default_rng(0)
        difficulty = rng.beta(0.05, 0.5, 2000)
        accuracies = 1 - (rng.random((500, 2000)) < difficulty).mean(axis=1)
        spread = float(np.std(accuracies, ddof=1))
        assert spread < 0.9 * binomial_sd(float(accuracies.mean()), 2000)
        assert spread == pytest.approx(math.sqrt(np.mean(difficulty * (1 - difficulty)) / 2000), rel=0.1)
