"""The loss of smoothed labels, for labels that are whole numbers."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="sweep")
class SmoothedCrossentropy(keras.losses.Loss):  # type: ignore[misc]
    """`keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=...)`, of labels that are whole numbers.

    Args:
        label_smoothing: share of each label spread over all classes.
        **options: what `keras.losses.Loss` takes.
    """

    def __init__(self, label_smoothing: float, **options: Any) -> None:
        super().__init__(**options)
        self.label_smoothing = label_smoothing

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each example."""
        labels = ops.one_hot(ops.cast(y_true, "int32"), y_pred.shape[-1], dtype=y_pred.dtype)
        return keras.losses.categorical_crossentropy(
            labels, y_pred, from_logits=True, label_smoothing=self.label_smoothing
        )

    def get_config(self) -> dict[str, Any]:
        """What the loss is made from."""
        return {**super().get_config(), "label_smoothing": self.label_smoothing}


def cross_entropy(label_smoothing: float = 0.0) -> keras.losses.Loss:
    """The built-in network's loss, computed from logits.

    Args:
        label_smoothing: share of each label spread over all classes. Default 0.
    """
    if label_smoothing:
        return SmoothedCrossentropy(label_smoothing, name="sparse_categorical_crossentropy")
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def without_smoothing(model: keras.Model) -> None:
    """Compile a trained model of the smoothed loss with the plain one: what is saved then loads without `sweep`."""
    if isinstance(model.loss, SmoothedCrossentropy):
        model.compile(optimizer=model.optimizer, loss=cross_entropy(), metrics=["accuracy"])
