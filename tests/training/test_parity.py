"""What our loop trains and measures is what plain Keras gives on the same batches, number by number."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, optimizers, regularizers

from sweep.data.dataset import Dataset, checked
from sweep.training.batches import batches, total_steps
from sweep.training.messages import Measurement, TrainingConfig, TrialSpec
from sweep.training.worker import Worker, settle_devices

FULL = os.environ.get("SWEEP_FAULTS") == "full"
"""Else only some of the cases are tried, as they take minutes."""

pytestmark = pytest.mark.sweep

settle_devices(1)  # before any test's first operation

SEED, SIZE, EPOCHS, CLASSES = 7, 16, 2, 3
TOLERANCE = 1e-5


def table_data() -> Dataset:
    """192 rows of eight numbers to train on, 48 to test on, in three classes that can be told apart in part."""
    rng = np.random.default_rng(3)
    y = rng.integers(0, CLASSES, 240)
    x = (rng.normal(size=(240, 8)) + y[:, np.newaxis] * 0.7).astype(np.float32)
    return checked("table", {"x_train": x[:192], "y_train": y[:192], "x_test": x[192:], "y_test": y[192:]}, "a test")


def image_data() -> Dataset:
    """The same, as images of 8x8 in one channel."""
    rng = np.random.default_rng(4)
    y = rng.integers(0, CLASSES, 240)
    x = (rng.normal(size=(240, 8, 8, 1)) + y[:, None, None, None] * 0.5).astype(np.float32)
    return checked("images", {"x_train": x[:192], "y_train": y[:192], "x_test": x[192:], "y_test": y[192:]}, "a test")


def compiled(*stack: Any, shape: tuple[int, ...] = (8,), optimizer: Any = "adam", **options: Any) -> keras.Model:
    model = keras.Sequential([keras.Input(shape), *stack])
    loss = options.pop("loss", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"], **options)
    return model


def dense(optimizer: Any, **options: Any) -> Callable[[Any], keras.Model]:
    """A model function whose optimizer is made afresh."""

    def build(params: Any) -> keras.Model:
        made = optimizer() if callable(optimizer) else optimizer
        return compiled(layers.Dense(16, activation="relu"), layers.Dense(CLASSES), optimizer=made, **options)

    return build


def stacked(make: Callable[[], list[Any]], **options: Any) -> Callable[[Any], keras.Model]:
    return lambda params: compiled(*make(), **options)


def functional(params: Any) -> keras.Model:
    inputs = keras.Input((8,))
    hidden = layers.Dense(8, activation="relu")(inputs)
    outputs = layers.Dense(CLASSES)(layers.Add()([inputs, layers.LayerNormalization()(hidden)]))
    model = keras.Model(inputs, outputs)
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model


class Subclassed(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.hidden = layers.Dense(16, activation="tanh")
        self.drop = layers.Dropout(0.3)
        self.out = layers.Dense(CLASSES)

    def call(self, inputs: Any, training: bool = False) -> Any:
        return self.out(self.drop(self.hidden(inputs), training=training))


def subclassed(params: Any) -> keras.Model:
    model = Subclassed()
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model


class OwnStep(keras.Model):
    """Doubles its loss."""

    def train_step(self, data: Any) -> Any:
        import tensorflow as tf

        x, y = data
        with tf.GradientTape() as tape:
            loss = 2 * self.compute_loss(x=x, y=y, y_pred=self(x, training=True))
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        return {"loss": loss}


def own_step(params: Any) -> keras.Model:
    inputs = keras.Input((8,))
    model = OwnStep(inputs, layers.Dense(CLASSES)(layers.Dense(16, activation="relu")(inputs)))
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def normalized(params: Any) -> keras.Model:
    normalization = layers.Normalization()
    normalization.adapt(table_data().train.x)
    return compiled(normalization, layers.Dense(CLASSES))


TABLES: dict[str, Callable[[Any], keras.Model]] = {
    "sgd": dense("sgd"),
    "sgd with momentum": dense(lambda: optimizers.SGD(0.05, momentum=0.9, nesterov=True)),
    "rmsprop": dense("rmsprop"),
    "adam": dense("adam"),
    "adam amsgrad": dense(lambda: optimizers.Adam(0.01, amsgrad=True)),
    "adamw": dense(lambda: optimizers.AdamW(0.01, weight_decay=0.1)),
    "nadam": dense("nadam"),
    "adamax": dense("adamax"),
    "adagrad": dense("adagrad"),
    "adadelta": dense(lambda: optimizers.Adadelta(1.0)),
    "ftrl": dense(lambda: optimizers.Ftrl(0.1)),
    "lion": dense("lion"),
    "lamb": dense(lambda: optimizers.Lamb(0.01)),
    "adam with ema": dense(lambda: optimizers.Adam(0.02, use_ema=True, ema_momentum=0.9)),
    "adam with ema that overwrites": dense(
        lambda: optimizers.Adam(0.02, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=5)
    ),
    "sgd with ema": dense(lambda: optimizers.SGD(0.1, use_ema=True)),
    "clipped norm": dense(lambda: optimizers.Adam(0.02, clipnorm=0.1)),
    "clipped global norm": dense(lambda: optimizers.Adam(0.02, global_clipnorm=0.2)),
    "clipped values": dense(lambda: optimizers.SGD(0.5, clipvalue=0.05)),
    "two gradients accumulated": dense(lambda: optimizers.Adam(0.02, gradient_accumulation_steps=2)),
    "gradients left over": dense(lambda: optimizers.Adam(0.02, gradient_accumulation_steps=5)),
    "exponential decay": dense(lambda: optimizers.Adam(optimizers.schedules.ExponentialDecay(0.05, 3, 0.7))),
    "cosine decay": dense(lambda: optimizers.SGD(optimizers.schedules.CosineDecay(0.2, 20, warmup_steps=4))),
    "steps per execution": dense("adam", steps_per_execution=4),
    "run eagerly": dense("adam", run_eagerly=True),
    "scaled loss": dense(lambda: optimizers.LossScaleOptimizer(optimizers.Adam(0.01))),
    "softmax and a loss by name": stacked(
        lambda: [layers.Dense(CLASSES, activation="softmax")], loss="sparse_categorical_crossentropy"
    ),
    "dropout": stacked(lambda: [layers.Dense(32, activation="relu"), layers.Dropout(0.5), layers.Dense(CLASSES)]),
    "noise": stacked(lambda: [layers.GaussianNoise(0.5), layers.Dense(CLASSES)]),
    "batch normalization": stacked(lambda: [layers.Dense(16), layers.BatchNormalization(), layers.Dense(CLASSES)]),
    "weights regularized": stacked(lambda: [layers.Dense(CLASSES, kernel_regularizer=regularizers.L2(0.1))]),
    "activity regularized": stacked(
        lambda: [layers.Dense(16, activity_regularizer=regularizers.L1(0.01)), layers.Dense(CLASSES)]
    ),
    "spectral normalization": stacked(lambda: [layers.SpectralNormalization(layers.Dense(16)), layers.Dense(CLASSES)]),
    "normalization": normalized,
    "recurrent with dropout": stacked(
        lambda: [layers.Reshape((4, 2)), layers.LSTM(6, dropout=0.3, recurrent_dropout=0.3), layers.Dense(CLASSES)]
    ),
    "gru": stacked(lambda: [layers.Reshape((4, 2)), layers.GRU(6), layers.Dense(CLASSES)]),
    "functional": functional,
    "subclassed": subclassed,
    "own train step": own_step,
}
IMAGES: dict[str, Callable[[Any], keras.Model]] = {
    "convolutions": stacked(
        lambda: [
            layers.Conv2D(4, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(4, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(CLASSES),
        ],
        shape=(8, 8, 1),
    ),
    "separable with batch normalization": stacked(
        lambda: [
            layers.SeparableConv2D(4, 3, use_bias=False),  # before the normalization a bias has no gradient but noise
            layers.BatchNormalization(momentum=0.8),
            layers.GlobalAveragePooling2D(),
            layers.Dense(CLASSES),
        ],
        shape=(8, 8, 1),
    ),
    "spatial dropout": stacked(
        lambda: [layers.Conv2D(8, 3), layers.SpatialDropout2D(0.4), layers.Flatten(), layers.Dense(CLASSES)],
        shape=(8, 8, 1),
    ),
}


def ours(
    build: Callable[[Any], keras.Model], data: Dataset, steps: tuple[int, ...] = (100,), **config: Any
) -> tuple[Any, Measurement]:
    """The trained model and what was measured at its end."""
    worker = Worker(TrainingConfig(build, EPOCHS, steps, **config), data.training(), data.test)
    worker.start(TrialSpec(0, {"batch_size": SIZE}, SEED))
    measurements = [worker.advance() for _ in steps]
    assert measurements[-1] is not None
    return worker.model, measurements[-1]


def plain(build: Callable[[Any], keras.Model], data: Dataset) -> tuple[keras.Model, float, float, float]:
    """The model that `fit` trains on the same batches; its validation loss and accuracy, and its test accuracy."""
    part, test = data.training(), data.test
    keras.utils.set_random_seed(SEED)
    model = build({})
    total = total_steps(len(part.train.y), SIZE, EPOCHS)
    order = batches(len(part.train.y), SIZE, 0, total, SEED).reshape(-1)
    model.fit(part.train.x[order], part.train.y[order], batch_size=SIZE, shuffle=False, verbose=0)
    loss = model.evaluate(part.val.x, part.val.y, batch_size=200, verbose=0, return_dict=True)["loss"]
    accuracy, test_accuracy = (
        float(np.mean(model.predict(x, batch_size=200, verbose=0).argmax(-1) == y))
        for x, y in ((part.val.x, part.val.y), (test.x, test.y))
    )
    return model, loss, accuracy, test_accuracy


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("build", "data"),
    [
        *(pytest.param(build, table_data, id=name) for name, build in TABLES.items()),
        *(pytest.param(build, image_data, id=name) for name, build in IMAGES.items()),
    ],
)
def test_both_ways_to_train_give_the_numbers_of_plain_keras(
    build: Callable[[Any], keras.Model], data: Callable[[], Dataset]
) -> None:
    theirs, loss, accuracy, test_accuracy = plain(build, data())
    by_fit = FULL or build in [*TABLES.values(), *IMAGES.values()][::3]
    for fit in (None, lambda params: {}) if by_fit else (None,):
        model, measurement = ours(build, data(), fit=fit)
        for our_weight, their_weight in zip(model.get_weights(), theirs.get_weights(), strict=True):
            if their_weight.dtype.kind == "f":
                np.testing.assert_allclose(our_weight, their_weight, rtol=TOLERANCE, atol=TOLERANCE)
        assert measurement.val["loss"] == pytest.approx(loss, rel=TOLERANCE, abs=TOLERANCE)
        if fit is None or "accuracy" in measurement.val:  # `fit` measures what the model was compiled with
            assert measurement.val["accuracy"] == pytest.approx(accuracy, abs=1e-6)
            assert measurement.test["accuracy"] == pytest.approx(test_accuracy, abs=1e-6)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["recurrent with dropout", "dropout", "adam with ema", "batch normalization"])
def test_measuring_at_rungs_changes_nothing_of_what_is_trained(name: str) -> None:
    model, last = ours(TABLES[name], table_data())
    measured, also_last = ours(TABLES[name], table_data(), (10, 30, 60, 100))
    for weight, other in zip(model.get_weights(), measured.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, other)
    assert (last.val["loss"], last.test.get("accuracy")) == (also_last.val["loss"], also_last.test.get("accuracy"))


@pytest.mark.parametrize("fit", [None, lambda params: {}], ids=["quick", "fit"])
@pytest.mark.parametrize("size", [48, 500])
def test_batches_that_do_not_divide_the_examples_are_those_of_plain_keras(size: int, fit: Any) -> None:
    data = table_data()
    part = data.training().train
    keras.utils.set_random_seed(SEED)
    theirs = stacked(normalizing)({})
    for epoch in range(EPOCHS):
        order = np.random.default_rng([SEED, epoch]).permutation(len(part))
        theirs.fit(part.x[order], part.y[order], batch_size=size, shuffle=False, verbose=0)
    worker = Worker(TrainingConfig(stacked(normalizing), EPOCHS, (50, 100), fit=fit), data.training(), data.test)
    worker.start(TrialSpec(0, {"batch_size": size}, SEED))
    assert [measured.epochs for _ in range(2) if (measured := worker.advance())] == [1, 2]
    for our_weight, their_weight in zip(worker.model.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(our_weight, their_weight, rtol=TOLERANCE, atol=TOLERANCE)


def normalizing() -> list[Any]:
    return [layers.Dense(16, activation="relu"), layers.BatchNormalization(), layers.Dense(CLASSES)]
