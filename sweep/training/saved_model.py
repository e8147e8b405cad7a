"""A saved model as its user will load it: by plain Keras in safe mode, and measured once more."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from sweep.data.parts import Part
from sweep.space.metrics import ACCURACY
from sweep.training.choice import shape_taken
from sweep.training.examples import Examples

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


def score(model: keras.Model, test: Part, metric: str) -> float | None:
    """A model's score on the test examples; inputs of type uint8 are scaled from 0-255 to 0-1.

    Args:
        model: the loaded model.
        test: the test examples.
        metric: name of the metric in Keras.

    Returns:
        The share of labels that it predicts, 0 to 1, if the metric is the accuracy and the model has a score for each
        label; else what `evaluate` measures, or None if that has no such metric.
    """
    examples = Examples(test)
    if isinstance(test.x, np.ndarray):
        examples = examples.reshaped(shape_taken(model, test.x.shape[1:]))
    if metric == ACCURACY and test.labels is not None:
        outputs = model.predict(examples.scaled_x(), batch_size=BATCH, verbose=0)
        if isinstance(outputs, np.ndarray) and outputs.ndim == 2 and outputs.shape[1] > 1:
            return float(np.mean(outputs.argmax(axis=-1) == test.labels))
    measured = model.evaluate(examples.in_order(), verbose=0, return_dict=True) if model.compiled else {}
    return float(measured[metric]) if metric in measured else None
