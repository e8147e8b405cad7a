"""Examples reach a model as they were given, pixels from 0 to 1, in batches that are chosen anew for each piece."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from models import started  # noqa: F401 - settles the devices before the first operation

from sweep.data.parts import Part
from sweep.training.batches import batches
from sweep.training.examples import Examples, scaled
from sweep.training.measured import EVALUATION_BATCH

pytestmark = pytest.mark.sweep

IMAGES = np.arange(6 * 4, dtype=np.uint8).reshape(6, 2, 2)
NUMBERS = np.arange(12, dtype=np.float32).reshape(6, 2)
NESTED = Part({"image": IMAGES, "pair": (NUMBERS, NUMBERS + 1)}, np.arange(6, dtype=np.int32), np.ones(6, np.float32))


def arrays(batch: Any) -> Any:
    if isinstance(batch, dict):
        return {name: arrays(item) for name, item in batch.items()}
    return tuple(map(arrays, batch)) if isinstance(batch, tuple) else np.asarray(batch)


def test_pixels_are_scaled_and_other_numbers_are_not() -> None:
    examples = Examples(NESTED)
    x, y, weight = examples.arrays(np.array([5, 0]))
    np.testing.assert_allclose(x["image"], IMAGES[[5, 0]] / 255, rtol=1e-6)
    np.testing.assert_array_equal(x["pair"][1], NUMBERS[[5, 0]] + 1)
    np.testing.assert_array_equal(y, [5, 0])
    assert weight is not None
    np.testing.assert_allclose(examples.scaled_x()["image"], IMAGES / 255, rtol=1e-6)
    assert scaled(np.array([300], np.float32))[0] == 300


def test_chosen_batches_are_those_of_the_indices_each_time() -> None:
    chosen = Examples(NESTED).batches(2, seed=5, epochs=3, as_arrays=False)
    assert chosen.ends == [3, 6, 9]
    for first, last in ((0, 3), (4, 5)):
        dataset = chosen.choose(first, last)["x"]
        drawn = [arrays(batch) for batch in dataset]
        indices = batches(6, 2, first, last, seed=5)
        assert int(dataset.cardinality()) == len(drawn) == last - first
        for (x, y, weight), rows in zip(drawn, indices, strict=True):
            np.testing.assert_array_equal(x["pair"][0], NUMBERS[rows])
            np.testing.assert_allclose(x["image"], IMAGES[rows] / 255, rtol=1e-6)
            np.testing.assert_array_equal(y, rows)
            assert weight.shape == (2,)


def test_examples_are_measured_in_their_order_whatever_their_number() -> None:
    many = Part(
        np.zeros((2 * EVALUATION_BATCH + 1, 1), np.float32), np.arange(2 * EVALUATION_BATCH + 1, dtype=np.int32)
    )
    labels = [np.asarray(y) for _, y in Examples(many).in_order()]
    assert [len(batch) for batch in labels] == [EVALUATION_BATCH, EVALUATION_BATCH, 1]
    np.testing.assert_array_equal(np.concatenate(labels), many.y)


def test_a_channel_stays_whichever_examples_are_taken() -> None:
    images = Examples(Part(IMAGES, np.arange(6, dtype=np.int32))).reshaped((2, 2, 1))
    assert images.first(2).x.shape == (2, 2, 2, 1)
    assert images.arrays(slice(0, 3))[0].shape == (3, 2, 2, 1)
    assert images.reshaped((2, 2, 1)) is images
