"""Refuses a model that scales pixels which it gets scaled."""

from __future__ import annotations

import keras
import numpy as np

from sweep.data.parts import Part, leaves
from sweep.errors import InputError

LEAST = 0.1
"""A `Rescaling` by less than this is meant for 0 to 255, as by 1/255 or 1/127.5; one by 2 turns 0 to 1 into -1 to 1."""


def refuse_scaled_twice(model: keras.Model, train: Part) -> None:
    """Refuse a model that is made for pixels from 0 to 255, though it gets uint8 images scaled to 0 to 1.

    Args:
        model: a model of the user's own.
        train: the examples that it is to be trained on.

    Raises:
        InputError: if it has a `Rescaling` for whole pixels, or a `Normalization` that was adapted to them.
    """
    if not any(leaf.dtype == np.uint8 for leaf in leaves(train.x).values()):
        return
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.Rescaling) and np.max(np.abs(layer.scale)) < LEAST:
            what = f"its {layer.name} scales them again"
        elif isinstance(layer, keras.layers.Normalization) and _mean(layer) > 1:
            what = f"its {layer.name} was adapted to pixels from 0 to 255"
        else:
            continue
        raise InputError(
            f"the model must take pixels from 0 to 1, to which images of uint8 are scaled before, but {what}; leave "
            "that layer out, or have data() return x.astype('float32'), which stays as it is"
        )


def _mean(layer: keras.layers.Normalization) -> float:
    """The largest mean that a layer subtracts; 0 if it was not adapted."""
    mean = getattr(layer, "mean", None)
    return 0.0 if mean is None else float(np.max(keras.ops.convert_to_numpy(mean)))
