"""A trial that goes on from its checkpoint has all that its model had, whatever the model keeps as attributes."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from models import FEATURES, dataset, table, targets
from models import trained as trained_of

from sweep.data.dataset import Dataset
from sweep.data.sources import digits
from sweep.training.checkpoint import unpack
from sweep.training.measured import DivergedError
from sweep.training.messages import TrainingConfig, TrialSpec
from sweep.training.worker import Worker, settle_devices

pytestmark = pytest.mark.sweep

settle_devices(1)  # before any test's first operation


@pytest.fixture(scope="module")
def data() -> Dataset:
    return digits("digits")


class TwoOptimizers(keras.Sequential):
    """The bias has an optimizer with momentum of its own."""

    def build(self, input_shape: Any = None) -> None:
        super().build(input_shape)
        self.second = keras.optimizers.Adam(0.05)
        self.second.build(self.trainable_variables[1:])

    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(x=x, y=y, y_pred=self(x, training=True))
        kernel, bias = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply([kernel, tf.zeros_like(bias)], self.trainable_variables)
        self.second.apply([bias], self.trainable_variables[1:])
        return {"loss": loss}


class SecondMadeInItsFirstStep(TwoOptimizers):
    """The bias's optimizer has no variables before the model has trained a step, as in a GAN."""

    def build(self, input_shape: Any = None) -> None:
        keras.Sequential.build(self, input_shape)
        self.second = keras.optimizers.Adam(0.05)


class Counting(keras.Sequential):
    """The more steps were done, the less is learnt from one."""

    def build(self, input_shape: Any = None) -> None:
        super().build(input_shape)
        self.steps = tf.Variable(0.0, trainable=False)

    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        self.steps.assign_add(1.0)
        with tf.GradientTape() as tape:
            loss = self.compute_loss(x=x, y=y, y_pred=self(x, training=True)) / self.steps
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        return {"loss": loss}


def config(kind: type[keras.Sequential], fit: Any = None) -> TrainingConfig:
    def build(params: Any) -> keras.Model:
        model = kind([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(10)])
        model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        return model

    return TrainingConfig(build, epochs=2, steps=(50, 100), fit=fit)


def started(kind: type[keras.Sequential], data: Dataset, saved: bytes | None = None, fit: Any = None) -> Worker:
    worker = Worker(config(kind, fit), data.training(), data.test)
    worker.start(TrialSpec(0, {}, 7), saved)
    return worker


@pytest.mark.parametrize("fit", [None, lambda params: {}], ids=["quick", "fit"])
@pytest.mark.parametrize("kind", [TwoOptimizers, SecondMadeInItsFirstStep, Counting])
def test_what_a_model_keeps_as_attributes_goes_on_as_well(
    data: Dataset, kind: type[keras.Sequential], fit: Any
) -> None:
    whole = started(kind, data, fit=fit)
    assert whole.advance() is not None
    saved = whole.checkpoint()
    rest = started(kind, data, saved, fit=fit)
    assert rest.epochs_done == 1
    one, (_, other) = whole.advance(), (rest.advance(), rest.advance())
    assert one is not None
    assert other is not None
    assert (other.step, other.val["loss"]) == (100, one.val["loss"])
    for left, right in zip(whole.model.get_weights(), rest.model.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)


def test_a_model_without_such_attributes_has_checkpoints_as_before(data: Dataset) -> None:
    worker = started(keras.Sequential, data)
    worker.advance()
    checkpoint = unpack(worker.checkpoint())
    assert checkpoint is not None
    assert len(checkpoint.arrays) == len(worker.model.variables) + len(worker.model.optimizer.variables)


def test_weights_that_became_nan_fail_the_trial_though_the_network_hides_them() -> None:
    class Hiding(keras.layers.Dense):
        def call(self, inputs: Any) -> Any:
            outputs = super().call(inputs)
            return keras.ops.where(keras.ops.isnan(outputs), 0.0, outputs)

    def build(params: Any) -> keras.Model:
        model = keras.Sequential([keras.Input((FEATURES,)), Hiding(1)])
        model.compile(keras.optimizers.SGD(float("nan")), "mae")
        return model

    with pytest.raises(DivergedError, match=r"weights of .*kernel are NaN or infinite after training step"):
        trained_of(build, dataset(table()[0], targets()))
