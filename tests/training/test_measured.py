"""Measuring a model leaves its random generators as they were."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from models import FEATURES, sequential

from sweep.training.measured import undisturbed

pytestmark = pytest.mark.sweep


def test_random_generators_are_put_back_even_after_an_error() -> None:
    model = sequential(layers.Dropout(0.5), layers.GaussianNoise(1.0), layers.Dense(2))
    x = np.ones((3, FEATURES), np.float32)

    def draw() -> Any:
        with undisturbed(model):
            return np.asarray(model(x, training=True))

    first, second = draw(), draw()
    np.testing.assert_array_equal(first, second)
    with pytest.raises(ValueError, match="incompatible"), undisturbed(model):
        model(np.asarray(model(x, training=True)), training=True)
    np.testing.assert_array_equal(draw(), first)
    assert not np.array_equal(np.asarray(model(x, training=True)), np.asarray(model(x, training=True)))


def test_a_model_that_is_not_built_has_none() -> None:
    with undisturbed(keras.Sequential([layers.Dropout(0.5)])):
        pass
