"""A model that scales pixels which it gets scaled is refused; one that does not is let pass."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import pytest
from keras import layers

from sweep.data.parts import Part
from sweep.errors import InputError
from sweep.training.scaled_twice import refuse_scaled_twice

pytestmark = pytest.mark.sweep

PIXELS = np.random.default_rng(0).integers(0, 256, (20, 4, 4, 3), np.uint8)


def adapted(x: np.ndarray) -> layers.Layer:
    layer = layers.Normalization()
    layer.adapt(x)
    return layer


SCALING: dict[str, Callable[[], layers.Layer]] = {
    "Rescaling(1/255)": lambda: layers.Rescaling(1 / 255),
    "Rescaling(1/127.5)": lambda: layers.Rescaling(1 / 127.5, offset=-1),
    "Normalization": lambda: adapted(PIXELS),
    "nested": lambda: keras.Sequential([keras.Input((4, 4, 3)), layers.Rescaling(1 / 255)]),
}
PLAIN: dict[str, Callable[[], layers.Layer]] = {
    "Rescaling(2)": lambda: layers.Rescaling(2.0, offset=-1.0),
    "Normalization": lambda: adapted(PIXELS / 255),
    "not adapted": lambda: layers.Normalization(mean=0.5, variance=0.1),
    "none": lambda: layers.Flatten(),
}


def model(layer: layers.Layer) -> keras.Model:
    return keras.Sequential([keras.Input((4, 4, 3)), layer, layers.Flatten(), layers.Dense(2)])


@pytest.mark.parametrize("name", SCALING)
def test_what_scales_pixels_that_are_scaled_is_refused(name: str) -> None:
    made = model(SCALING[name]())
    with pytest.raises(InputError, match=r"must take pixels from 0 to 1, .*; leave that layer out, or have data\(\)"):
        refuse_scaled_twice(made, Part(PIXELS, np.zeros(20, np.int32)))
    refuse_scaled_twice(made, Part(PIXELS.astype(np.float32), np.zeros(20, np.int32)))


@pytest.mark.parametrize("name", PLAIN)
def test_all_else_is_let_pass(name: str) -> None:
    refuse_scaled_twice(model(PLAIN[name]()), Part(PIXELS, np.zeros(20, np.int32)))
