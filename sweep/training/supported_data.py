"""What data models can be trained on so far."""

from __future__ import annotations

import numpy as np

from sweep.data.parts import Part
from sweep.errors import InputError


def refuse_unsupported(train: Part) -> None:
    """Refuse data that is not one array of inputs with class labels.

    Args:
        train: the training examples.

    Raises:
        InputError: if it is something else.
    """
    if isinstance(train.x, np.ndarray) and train.labels is not None and train.weight is None:
        return
    names = ", ".join(f"{name} {array.dtype} {array.shape}" for name, array in train.leaves("train").items())
    raise InputError(
        f"models are trained on one array of inputs with whole-number labels so far, without weights, but got {names}"
    )
