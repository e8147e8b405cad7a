"""What both ways to train measure a model by, and what they hold in common."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

EVALUATION_BATCH = 200
"""Examples per evaluation step: few enough for the activations to stay in the cache (1,000 take a fifth longer)."""
HISTORY = "history"
"""The key of the history in a training's state."""
TIMED_SECONDS = 0.25
"""For so long the inference time is measured."""


class DivergedError(Exception):
    """A trial's loss, or a metric that trials are compared by, has become NaN or infinite."""


class Measured(NamedTuple):
    """The outcome of one evaluation.

    Args:
        metrics: the loss and each metric, by their names in Keras.
        labels: predicted label of each example, shape (n,), int32; None where targets are no class labels.
        losses: loss of each example, shape (n,), float32; None where there are labels, or it can't be told.
    """

    metrics: dict[str, float]
    labels: NDArray[np.int32] | None = None
    losses: NDArray[np.float32] | None = None


class Training(Protocol):
    """One model that is trained, any number of steps at a time."""

    model: keras.Model
    """The compiled model."""
    reason: str
    """Why the model is trained by Keras's `fit`; empty if it is trained by the quick loop."""
    stopped_early: bool
    """Whether the user's code has ended the training before its last step."""

    @property
    def total(self) -> int:
        """Training steps of the whole training."""

    @property
    def history(self) -> list[dict[str, float]]:
        """One dict per whole epoch trained: epoch, counted from 1, and what was measured over it, by names in Keras."""

    def run(self, start: int, stop: int) -> int:
        """Train steps `start` to `stop`; returns the step after the last one trained."""

    def build_all(self) -> None:
        """Have the model make what it makes in its first step; what this changes is to be put back."""

    def finish(self) -> None:
        """End the training as `fit` does: an optimizer that averages weights puts the averages in their place."""

    def measure_validation(self, position: int) -> dict[str, float]:
        """The loss and metrics on the validation examples, after so many training steps; empty if there are none."""

    def measure_test(self) -> Measured:
        """The loss and metrics on the test examples."""

    def seconds_to_predict(self) -> float | None:
        """How many seconds an example takes in evaluation; None for a model that predicts nothing."""

    def state(self) -> dict[str, Any]:
        """What the training goes on from besides the model's variables, of JSON's values and arrays."""

    def restore(self, state: dict[str, Any]) -> bool:
        """Go on from a state; returns whether it fits."""


@contextmanager
def undisturbed(model: keras.Model, *, everything: bool = False) -> Iterator[None]:
    """Put a model's state back at the end: its random generators', and what layers change when they are called.

    Args:
        model: the model.
        everything: whether to put its trainable weights back, too, which some layers set in their first call.
            Default: no.
    """
    variables = model.variables if everything else model.non_trainable_variables
    states = [(variable, variable.numpy()) for variable in variables]
    try:
        yield
    finally:
        for variable, value in states:
            variable.assign(value)


@contextmanager
def averaged(model: keras.Model) -> Iterator[None]:
    """Have averaged weights in the place of a model's own, which come back at the end.

    Args:
        model: a model that was trained for a step or more, by an optimizer with `use_ema`.
    """
    weights = [(variable, tf.identity(variable.value)) for variable in model.trainable_variables]
    model.optimizer.finalize_variable_values(model.trainable_variables)
    try:
        yield
    finally:
        for variable, value in weights:
            variable.assign(value)
