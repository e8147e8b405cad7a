"""The loss of smoothed labels has the numbers of Keras's, and what is saved does without it."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from sweep.training.smoothing import SmoothedCrossentropy, cross_entropy, without_smoothing

pytestmark = pytest.mark.sweep


@pytest.mark.parametrize("share", [0.05, 0.9])
def test_it_is_the_loss_of_keras_on_one_hot_labels(share: float) -> None:
    labels = np.arange(7) % 3
    logits = np.random.default_rng(0).normal(size=(7, 3)).astype(np.float32)
    theirs = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=share)
    one_hot = np.eye(3, dtype=np.float32)[labels]
    np.testing.assert_array_equal(cross_entropy(share)(labels, logits), theirs(one_hot, logits))


def test_it_can_be_read_back_and_none_is_keras_own() -> None:
    again = keras.losses.deserialize(keras.losses.serialize(cross_entropy(0.1)))
    assert isinstance(again, SmoothedCrossentropy)
    assert again.label_smoothing == 0.1
    assert type(cross_entropy()) is keras.losses.SparseCategoricalCrossentropy


def test_a_model_is_left_with_the_plain_loss_and_all_else_as_it_was() -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    model.compile("adam", cross_entropy(0.1), metrics=["accuracy"])
    optimizer = model.optimizer
    without_smoothing(model)
    assert type(model.loss) is keras.losses.SparseCategoricalCrossentropy
    assert model.optimizer is optimizer
    assert set(model.evaluate(np.ones((4, 2)), np.arange(4) % 3, verbose=0, return_dict=True)) == {"accuracy", "loss"}
