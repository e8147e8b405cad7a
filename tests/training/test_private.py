"""What of Keras is used and not documented: each test says what breaks when Keras changes it."""

from __future__ import annotations

from typing import Any

import keras
import pytest
import tensorflow as tf
from tensorflow.python.framework import ops

from sweep.training.private import compiled_metrics, mask_of, skip_all_reduce

pytestmark = pytest.mark.sweep


def train_one_step(*, skip: bool) -> int:
    """Trace and train a small model's step; returns how many functions TensorFlow's gradient registry gained."""
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    model.compile("adam", "mse")
    optimizer = model.optimizer
    if skip:
        skip_all_reduce(optimizer)
    optimizer.build(model.trainable_variables)

    @tf.function
    def step(x: Any) -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(model(x, training=True))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)

    before = len(ops.gradient_registry.list())
    weights = [tf.identity(variable) for variable in model.trainable_variables]
    step(tf.ones((3, 4)))
    changed = [bool(tf.reduce_any(old != new)) for old, new in zip(weights, model.trainable_variables, strict=True)]
    assert all(changed), "an optimizer whose sum over replicas is skipped no longer trains: see skip_all_reduce"
    return len(ops.gradient_registry.list()) - before


def test_a_skipped_sum_over_replicas_leaves_nothing_in_tensorflows_registry() -> None:
    assert train_one_step(skip=True) == 0, "a worker grows with every trial: Keras sums gradients in another place"


def test_the_sum_over_replicas_still_has_to_be_skipped() -> None:
    entered = train_one_step(skip=False)
    if not entered:
        pytest.fail("Keras no longer leaks a function a trial: skip_all_reduce and the bounds of keras can go")


def test_a_models_metrics_are_where_they_are_looked_for() -> None:
    """Else metrics that are not measured would be passed over without a word."""
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    assert compiled_metrics(model) == (None, None)
    auc = keras.metrics.AUC()
    model.compile("adam", lambda labels, scores: scores, metrics=["accuracy", auc], weighted_metrics=["mae"])
    assert compiled_metrics(model) == (["accuracy", auc], ["mae"])


def test_a_tensor_knows_the_mask_that_layers_hand_on() -> None:
    masked = keras.layers.Masking()(tf.constant([[[0.0, 0.0], [1.0, 1.0]]]))
    assert keras.ops.convert_to_numpy(mask_of(masked)).tolist() == [[False, True]]
    assert mask_of(tf.zeros((2,))) is None
