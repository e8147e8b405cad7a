"""Labels and losses of single examples are only kept where they say what the model was measured by."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from models import FEATURES, dense

from sweep.data.parts import Part
from sweep.training.predicted import labels_of, losses_of

pytestmark = pytest.mark.sweep

X = np.zeros((4, FEATURES), np.float32)
LABELS = Part(X, np.array([0, 1, 1, 0], np.int32))


@pytest.mark.parametrize(
    ("outputs", "metrics", "expected"),
    [
        ([[3, 1], [0, 2], [5, 1], [4, 4]], {"accuracy": 0.75}, [0, 1, 0, 0]),
        ([[0.2], [0.7], [0.4], [0.5]], {"accuracy": 0.75}, [0, 1, 0, 0]),
        ([[0.2], [0.7], [0.4], [0.5]], {"auc": 0.9, "binary_accuracy": 0.75}, [0, 1, 0, 0]),
        ([[0.2], [0.7], [0.4], [0.5]], {"auc": 0.75}, None),
        ([[0.2], [0.7], [0.4], [0.5]], {"accuracy": 1.0}, None),
        ([[[1, 2]], [[2, 1]], [[0, 1]], [[0, 1]]], {"accuracy": 0.75}, None),
    ],
)
def test_labels_are_those_whose_accuracy_was_measured(outputs: Any, metrics: Any, expected: list[int] | None) -> None:
    labels = labels_of(np.array(outputs, np.float32), LABELS, metrics)
    assert (None if labels is None else labels.tolist()) == expected


def test_outputs_of_several_heads_or_without_labels_have_none() -> None:
    outputs = np.zeros((4, 2), np.float32)
    assert labels_of([outputs, outputs], LABELS, {"accuracy": 0.5}) is None
    assert labels_of(outputs, Part(X, np.zeros(4, np.float32)), {"accuracy": 0.5}) is None


@pytest.mark.parametrize("loss", ["mae", keras.losses.MeanAbsoluteError(), keras.losses.mean_absolute_error])
@pytest.mark.parametrize("shape", [(4,), (4, 1)])
def test_losses_are_those_of_each_example(loss: Any, shape: tuple[int, ...]) -> None:
    model = dense(1, loss=loss)({})
    part = Part(X, np.array([1, 2, 3, 4], np.float32).reshape(shape))
    losses = losses_of(model, np.array([[1], [1], [1], [6]], np.float32), part)
    assert losses is not None
    np.testing.assert_allclose(losses, [0, 1, 2, 2])


def test_losses_of_a_sequence_are_means_over_its_steps() -> None:
    losses = losses_of(
        dense(2, loss="mse")({}), np.ones((4, 3, 2), np.float32), Part(X, np.zeros((4, 3, 2), np.float32))
    )
    assert losses is not None
    np.testing.assert_allclose(losses, np.ones(4))


def test_a_loss_that_gives_one_number_for_a_batch_tells_none_of_an_example() -> None:
    def mean(targets: Any, outputs: Any) -> Any:
        return keras.ops.mean(keras.ops.square(targets - outputs))

    part = Part(X, np.zeros((4, 1), np.float32))
    for loss in (mean, lambda targets, outputs: mean(targets, outputs)[np.newaxis]):
        assert losses_of(dense(1, loss=loss)({}), np.zeros((4, 1), np.float32), part) is None


def test_losses_that_the_models_own_code_or_weights_make_are_none() -> None:
    class Own(keras.Sequential):
        def compute_loss(self, *words: Any, **named: Any) -> Any:
            return keras.ops.zeros(())

    outputs, numbers = np.zeros((4, 1), np.float32), np.zeros(4, np.float32)
    own = Own([keras.Input((FEATURES,)), keras.layers.Dense(1)])
    own.compile("sgd", "mse")
    assert losses_of(own, outputs, Part(X, numbers)) is None
    model = dense(1, loss="mse")({})
    assert losses_of(model, outputs, Part(X, numbers, np.ones(4, np.float32))) is None
    assert losses_of(model, [outputs, outputs], Part(X, (numbers, numbers))) is None
