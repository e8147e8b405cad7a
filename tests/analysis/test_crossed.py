"""The interval over seeds and test examples at once."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy import stats

from sweep.analysis.crossed import crossed_interval
from sweep.analysis.paired import paired_test
from sweep.analysis.verdict import compare
from sweep.errors import InputError

Scores = NDArray[np.float64]


def sides(runs: int, other_runs: int, examples: int) -> st.SearchStrategy[tuple[Scores, Scores]]:
    ours, theirs = (arrays(np.float64, (n, examples), elements=st.sampled_from([0.0, 1.0])) for n in (runs, other_runs))
    return st.tuples(ours, theirs)


ANY = st.tuples(st.integers(2, 4), st.integers(2, 4), st.integers(2, 12)).flatmap(lambda shape: sides(*shape))


def spread(values: Any) -> float:
    return float(np.var(values, ddof=1))


def test_by_hand() -> None:
    ours = np.array([[1.0, 1, 1, 0], [1, 1, 0, 0], [1, 1, 1, 1]])
    theirs = np.array([[1.0, 0, 0, 0], [1, 0, 1, 0]])
    # Run means 3/4, 2/4, 4/4 and 1/4, 2/4: variances 1/16 and 1/32 over 3 and 2 runs.
    seeds = (1 / 16 / 3, 1 / 32 / 2)
    # Example means 1, 1, 2/3, 1/3 and 1, 0, 1/2, 0: differences 0, 1, 1/6, 1/3.
    examples = spread([0, 1, 1 / 6, 1 / 3]) / 4
    # Squares about the fit: 10/12 over 2 x 3 degrees of freedom, and 3/8 over 1 x 3.
    both = (10 / 12 / 6 / 12, 3 / 8 / 3 / 8)
    variance = sum(seeds) + examples - sum(both)
    freedom = variance**2 / (
        seeds[0] ** 2 / 2 + seeds[1] ** 2 / 1 + examples**2 / 3 + both[0] ** 2 / 6 + both[1] ** 2 / 3
    )
    half = stats.t.ppf(0.975, freedom) * math.sqrt(variance)
    result = crossed_interval(ours, theirs)
    assert half > compare([0.75, 0.5, 1], [0.25, 0.5]).high - 0.375
    assert (result.difference, result.examples) == (pytest.approx(0.375), 4)
    assert (result.low, result.high) == pytest.approx((0.375 - half, 0.375 + half))


@given(ANY)
def test_it_holds_welchs_interval_and_swapping_the_sides_turns_the_sign(pair: tuple[Scores, Scores]) -> None:
    one, other = crossed_interval(*pair), crossed_interval(*pair[::-1])
    seeds = compare(*(list(side.mean(axis=1)) for side in pair))
    assert one.low <= seeds.low + 1e-12
    assert one.high >= seeds.high - 1e-12
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))


@given(ANY, st.randoms(use_true_random=False))
def test_the_order_of_runs_and_examples_is_nothing_to_it(pair: tuple[Scores, Scores], random: Any) -> None:
    columns = random.sample(range(pair[0].shape[1]), pair[0].shape[1])
    again = crossed_interval(pair[0][::-1][:, columns], pair[1][:, columns])
    one = crossed_interval(*pair)
    assert (again.low, again.high) == pytest.approx((one.low, one.high))


def test_where_seeds_change_nothing_it_is_the_paired_t_test_on_the_examples() -> None:
    rng = np.random.default_rng(3)
    ours, theirs = rng.normal(1.0, 1.0, 50), rng.normal(0.8, 1.0, 50)
    result = crossed_interval(np.stack([ours] * 4), np.stack([theirs] * 3))
    paired = paired_test(theirs, ours)
    assert (result.low, result.high) == pytest.approx((paired.low, paired.high))


def test_where_all_examples_differ_alike_it_is_welchs_interval() -> None:
    hard = np.linspace(0, 1, 30)
    ours, theirs = ([hard + seed for seed in seeds] for seeds in ((0.3, 0.1, 0.2), (0.0, 0.1, 0.15)))
    result = crossed_interval(np.array(ours), np.array(theirs))
    seeds = compare(*(list(np.mean(side, axis=1)) for side in (ours, theirs)))
    assert (result.low, result.high) == pytest.approx((seeds.low, seeds.high))


def test_one_side_without_spread_and_none_at_all() -> None:
    flat = np.tile([1.0, 1, 1, 0, 1], (3, 1))
    moved = np.array([[1.0, 0, 1, 0, 1], [1, 1, 1, 0, 0], [1, 1, 1, 1, 1]])
    result = crossed_interval(flat, moved)
    assert result.low < result.difference < result.high
    assert crossed_interval(flat, flat[:2]).high == 0
    assert crossed_interval(flat, flat[:2]).low == 0


def test_what_it_cant_be_made_of_is_refused() -> None:
    two = np.zeros((2, 5))
    with pytest.raises(InputError, match="the candidate's scores must be finite numbers, two at least"):
        crossed_interval(two[:1], two)
    with pytest.raises(ValueError, match="the same examples, two at least"):
        crossed_interval(two, two[:, :4])
    with pytest.raises(ValueError, match="the same examples, two at least"):
        crossed_interval(two[:, :1], two[:, :1])


def test_it_covers_the_difference_on_other_images_where_welchs_does_not() -> None:
    rng, n, images, covered = np.random.default_rng(5), 20, 500, np.zeros(2)
    for _ in range(200):
        hard = -1 + 3 * rng.standard_normal(images)  # both configurations find the same images hard, not equally
        pair = []
        for _ in range(2):
            logit = hard + rng.standard_normal(images) + 0.1 * rng.standard_normal((n, 1))
            pair.append((rng.random((n, images)) > 1 / (1 + np.exp(-logit))).astype(np.float64))
        seeds, both = compare(*(list(side.mean(axis=1)) for side in pair)), crossed_interval(*pair)
        covered += (seeds.low <= 0 <= seeds.high, both.low <= 0 <= both.high)
    assert covered[0] < 0.85 * 200
    assert 0.91 * 200 <= covered[1] <= 0.99 * 200
