"""A saved model as its user will load it: by plain Keras in safe mode, and measured by `predict`."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from sweep.data.parts import Part
from sweep.training.choice import shape_taken

BATCH = 1000


def load(path: Path) -> keras.Model:
    """Load a `.keras` file in safe mode, in which it runs no code of its own.

    Raises:
        Exception: what Keras raises, such as for classes or functions that the file needs and does not bring.
    """
    for device in tf.config.list_physical_devices("GPU"):
        with suppress(RuntimeError):  # it is in use by this process, which has settled that before
            tf.config.experimental.set_memory_growth(device, True)  # a sweep may be using the same GPU
    return keras.saving.load_model(path, safe_mode=True)


def accuracy(model: keras.Model, test: Part) -> float:
    """A model's accuracy on the test examples, 0 to 1; inputs of type uint8 are scaled from 0-255 to 0-1."""
    x: Any = test.x.astype(np.float32) / 255.0 if test.x.dtype == np.uint8 else test.x
    x = x.reshape(len(x), *shape_taken(model, x.shape[1:]))
    outputs = model.predict(x, batch_size=BATCH, verbose=0)
    return float(np.mean(np.asarray(outputs).argmax(axis=-1) == test.y))
