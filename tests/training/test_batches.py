"""Every image is seen once a pass, in the same order wherever a trial is picked up."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.training.batches import NO_IMAGE, batches, epoch_ends, rung_ends, steps_until, total_steps


@given(images=st.integers(1, 60), size=st.integers(1, 90), epochs=st.integers(1, 4), seed=st.integers(0, 2**32 - 1))
def test_each_epoch_sees_every_image_once_and_ends_with_a_smaller_batch(
    images: int, size: int, epochs: int, seed: int
) -> None:
    indices = batches(images, size, 0, total_steps(images, size, epochs), seed)
    assert indices.dtype == np.int32
    for rows in np.split(indices, epochs):
        sizes = np.count_nonzero(rows != NO_IMAGE, axis=1)
        assert list(sizes[:-1]) == [size] * (len(rows) - 1)
        assert sizes[-1] == images - size * (len(rows) - 1)
        assert sorted(rows[rows != NO_IMAGE]) == list(range(images))


@given(
    images=st.integers(1, 60),
    size=st.integers(1, 90),
    cuts=st.lists(st.integers(1, 11), max_size=4, unique=True),
    seed=st.integers(0, 99),
)
def test_a_trial_in_pieces_sees_what_a_trial_in_one_sees(images: int, size: int, cuts: list[int], seed: int) -> None:
    edges = [0, *sorted(cuts), 12]
    pieces = [batches(images, size, *pair, seed) for pair in pairwise(edges)]
    assert (np.concatenate(pieces) == batches(images, size, 0, 12, seed)).all()


@given(images=st.integers(1, 20), size=st.integers(1, 20), step=st.integers(0, 20))
def test_no_steps_are_no_batches(images: int, size: int, step: int) -> None:
    assert batches(images, size, step, step, 0).shape == (0, size)


def test_passes_and_seeds_differ() -> None:
    first, second = batches(50, 50, 0, 2, seed=1)
    assert (first != second).any()
    assert (batches(50, 50, 0, 1, seed=2)[0] != first).any()
    assert (batches(50, 50, 0, 1, seed=1)[0] == first).all()


@pytest.mark.parametrize(
    ("images", "size", "epochs", "ends"),
    [
        (50_000, 64, 5, [782, 1564, 2346, 3128, 3910]),
        (100, 10, 1, [10]),
        (10, 64, 3, [1, 2, 3]),
        (95, 10, 2, [10, 20]),
        (1, 1, 1, [1]),
    ],
)
def test_an_epoch_has_as_many_steps_as_in_keras(images: int, size: int, epochs: int, ends: list[int]) -> None:
    assert epoch_ends(images, size, epochs) == ends
    assert total_steps(images, size, epochs) == ends[-1]


def test_a_shorter_trial_has_the_rungs_before_its_end() -> None:
    assert rung_ends((10, 40, 80, 100), 100, 5, 5) == [(10, 10), (40, 40), (80, 80), (100, 100)]
    assert rung_ends((10, 40, 80, 100), 40, 2, 5) == [(10, 10), (100, 40)]
    assert rung_ends((10, 100), 1, 1, 5) == [(10, 1), (100, 1)]


@given(total=st.integers(1, 5000), rungs=st.lists(st.integers(1, 99), unique=True, max_size=5))
def test_rungs_rise_and_the_last_is_the_whole_budget(total: int, rungs: list[int]) -> None:
    steps = [steps_until(percent, total) for percent in [*sorted(rungs), 100]]
    assert steps == sorted(steps)
    assert steps[0] >= 1
    assert steps[-1] == total
