"""A saved model as its user will have it: loaded by plain Keras in safe mode, and measured by `predict`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np

from sweep.data.dataset import TestData

BATCH = 1000


def load(path: Path) -> keras.Model:
    """Load a `.keras` file that runs no code of its own.

    Raises:
        Exception: whatever Keras raises, if the file needs classes or functions that it does not bring.
    """
    return keras.saving.load_model(path, safe_mode=True)


def accuracy(model: keras.Model, test: TestData) -> float:
    """The share of test inputs whose largest output is the right one; pixels of type uint8 are scaled to 0-1."""
    x: Any = test.x.astype(np.float32) / 255.0 if test.x.dtype == np.uint8 else test.x
    outputs = model.predict(x, batch_size=BATCH, verbose=0)
    return float(np.mean(np.asarray(outputs).argmax(axis=-1) == test.y))
