"""What a trained model predicts of each example: a label where targets are labels, else how far off it is."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from sweep.data.parts import Part
from sweep.space.metrics import is_share
from sweep.training.measured import EVALUATION_BATCH


def accuracy_of(outputs: Any, part: Part) -> float | None:
    """The share of examples whose label has the highest score, 0 to 1; None if they have no labels, or no scores."""
    scores = isinstance(outputs, np.ndarray) and outputs.ndim == 2 and outputs.shape[1] > 1
    return float(np.mean(outputs.argmax(axis=-1) == part.labels)) if scores and part.labels is not None else None


def labels_of(outputs: Any, part: Part, metrics: dict[str, float]) -> NDArray[np.int32] | None:
    """The label that outputs stand for, shape (n,), int32: the highest of several scores, 1 for one that is over 0.5.

    Args:
        outputs: what the model predicts.
        part: the examples.
        metrics: what the model was measured by; labels without the accuracy that is among them are none.
    """
    labels = part.labels
    accuracies = [value for name, value in metrics.items() if is_share(name)]
    if labels is None or not isinstance(outputs, np.ndarray) or outputs.ndim != 2 or not accuracies:
        return None
    predicted = outputs.argmax(axis=-1) if outputs.shape[1] > 1 else outputs[:, 0] > 0.5
    right = float(np.mean(predicted == labels))
    holds = any(abs(right - accuracy) < 0.5 / len(labels) for accuracy in accuracies)
    return predicted.astype(np.int32) if holds else None


def losses_of(model: keras.Model, outputs: Any, part: Part) -> NDArray[np.float32] | None:
    """The loss of each example, shape (n,), float32; None where weights, several outputs or own code make it."""
    if not isinstance(outputs, np.ndarray) or not isinstance(part.y, np.ndarray) or part.weight is not None:
        return None
    if any(getattr(type(model), name) is not getattr(keras.Model, name) for name in ("compute_loss", "test_step")):
        return None
    loss = model.loss
    if isinstance(loss, str):
        loss = keras.losses.get(loss)
    compute = loss.call if isinstance(loss, keras.losses.Loss) else loss
    if not callable(compute):
        return None
    targets = part.y.reshape(outputs.shape) if part.y.size == outputs.size else part.y
    chunks = [slice(start, start + EVALUATION_BATCH) for start in range(0, len(part), EVALUATION_BATCH)]
    try:
        losses = np.concatenate([np.asarray(compute(targets[chunk], outputs[chunk])) for chunk in chunks])
    except Exception:  # noqa: BLE001 - a loss of the user's own may give one number for a batch, or take tensors alone
        return None
    if len(losses) != len(part):
        return None
    means: NDArray[np.float32] = losses.reshape(len(part), -1).mean(axis=1).astype(np.float32)
    return means
