"""Keras's `fit`, called in pieces, gives the numbers of plain Keras in one call on the same batches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, metrics, optimizers, regularizers
from models import CLASSES, FEATURES, Build, dataset, dense, plain, sequential, started, table, table_data, targets
from models import trained as trained_of

from sweep.data.dataset import Dataset
from sweep.errors import InputError
from sweep.training.fit import FitTraining
from sweep.training.measured import DivergedError

pytestmark = [pytest.mark.sweep, pytest.mark.filterwarnings("ignore")]

TOLERANCE = 1e-5
X, Y = table()
BINARY = (Y > 0).astype(np.int32)
ONE_HOT = np.eye(CLASSES, dtype=np.float32)[Y]
WEIGHTS = np.random.default_rng(5).uniform(0.2, 3, len(X)).astype(np.float32)
SERIES = X.reshape(-1, 4, 2)


def regression() -> Dataset:
    return dataset(X, targets())


def weighted() -> Dataset:
    return dataset(X, targets(), WEIGHTS)


def binary() -> Dataset:
    return dataset(X, BINARY)


def named_inputs() -> Dataset:
    return dataset({"left": X[:, :3], "right": X[:, 3:]}, targets())


def unnamed_inputs() -> Dataset:
    return dataset((X[:, :3], X[:, 3:]), targets())


def two_targets() -> Dataset:
    return dataset(X, {"price": targets(), "kind": Y.astype(np.float32)})


def partly_masked() -> Dataset:
    x = X.copy()
    x[::4] = 0
    return dataset(x, Y)


def labels_of_steps() -> Dataset:
    return dataset(SERIES, (SERIES.sum(-1) > 0).astype(np.int32))


def own_heads(kind: type[keras.Model] = keras.Model, *, names: tuple[str, str] = ("left", "right")) -> keras.Model:
    """A model of two inputs and one number."""
    inputs = [keras.Input((3,), name=names[0]), keras.Input((FEATURES - 3,), name=names[1])]
    joined = layers.Concatenate()([layers.Dense(4, activation="tanh")(item) for item in inputs])
    return kind(inputs, layers.Dense(1)(joined))


def two_inputs(params: Any) -> keras.Model:
    model = own_heads()
    model.compile("adam", "mse", metrics=["mae"])
    return model


def two_outputs(params: Any) -> keras.Model:
    inputs = keras.Input((FEATURES,))
    hidden = layers.Dense(8, activation="relu")(inputs)
    outputs = {"price": layers.Dense(1, name="price")(hidden), "kind": layers.Dense(CLASSES, name="kind")(hidden)}
    model = keras.Model(inputs, outputs)
    sparse = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(
        "adam",
        loss={"price": "mse", "kind": sparse},
        loss_weights={"price": 0.3, "kind": 1.0},
        metrics={"price": ["mae", keras.metrics.RootMeanSquaredError()], "kind": "accuracy"},
    )
    return model


class OwnSteps(keras.Model):
    """As keras.io writes it: steps, a loss tracker and a metric of its own."""

    def __init__(self, *words: Any, **named: Any) -> None:
        super().__init__(*words, **named)
        self.tracker = metrics.Mean(name="loss")
        self.error = metrics.MeanAbsoluteError(name="error")

    @property
    def metrics(self) -> list[Any]:
        return [self.tracker, self.error]

    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        with tf.GradientTape() as tape:
            outputs = self(x, training=True)
            loss = keras.ops.mean(keras.losses.huber(tf.reshape(y, (-1, 1)), outputs))
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights, strict=True))
        return self._told(loss, y, outputs)

    def test_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        outputs = self(x, training=False)
        return self._told(keras.ops.mean(keras.losses.huber(tf.reshape(y, (-1, 1)), outputs)), y, outputs)

    def _told(self, loss: Any, y: Any, outputs: Any) -> dict[str, Any]:
        self.tracker.update_state(loss)
        self.error.update_state(y, outputs)
        return {item.name: item.result() for item in self.metrics}


def own_steps(params: Any) -> keras.Model:
    inputs = keras.Input((FEATURES,))
    model = OwnSteps(inputs, layers.Dense(1)(layers.Dense(8, activation="relu")(inputs)))
    model.compile(optimizer="adam")
    return model


class OwnFit(keras.Sequential):
    """Trains on halved targets."""

    def fit(self, x: Any, y: Any, **keywords: Any) -> Any:
        return super().fit(x, y / 2, **keywords)


def own_fit(params: Any) -> keras.Model:
    model = OwnFit([keras.Input((FEATURES,)), layers.Dense(1)])
    model.compile("adam", "mae", metrics=["mse"])
    return model


class Unbuilt(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.hidden = layers.Dense(8, activation="relu")
        self.drop = layers.Dropout(0.4)
        self.out = layers.Dense(1)

    def call(self, inputs: Any, training: bool = False) -> Any:
        return self.out(self.drop(self.hidden(inputs), training=training))


def unbuilt(params: Any) -> keras.Model:
    model = Unbuilt()
    model.compile("adam", "mae", metrics=["mse"])
    return model


def in_half(params: Any) -> keras.Model:
    keras.mixed_precision.set_dtype_policy("mixed_float16")
    return sequential(layers.Dense(16, activation="relu"), layers.Dense(1, dtype="float32"), loss="mae")


def pretrained(params: Any) -> keras.Model:
    body = keras.Sequential([keras.Input((FEATURES,)), layers.Dense(12, activation="tanh"), layers.Dropout(0.2)])
    body.trainable = False
    return sequential(body, layers.Dense(1), loss="mae")


def stack(*made: Callable[[], layers.Layer], **options: Any) -> Build:
    """A model function of layers that are made afresh."""
    return lambda params: sequential(*(make() for make in made), **options)


@dataclass(frozen=True)
class Case:
    """A model and data that are trained by `fit`.

    Args:
        build: the model function.
        data: makes the data set.
        fit: keyword arguments for `fit`.
        tolerance: how far numbers may differ, as a share.
    """

    build: Build
    data: Callable[[], Dataset] = regression
    fit: dict[str, Any] = field(default_factory=dict)
    tolerance: float = TOLERANCE


def one(**options: Any) -> Build:
    return dense(1, **{"loss": "mae", "metrics": ["mse"], **options})


CASES = {
    "mae": Case(one()),
    "one-hot": Case(dense(loss=keras.losses.CategoricalCrossentropy(from_logits=True), metrics=["accuracy"]),
                    lambda: dataset(X, ONE_HOT)),
    "named inputs": Case(two_inputs, named_inputs),
    "unnamed inputs": Case(two_inputs, unnamed_inputs),
    "two outputs": Case(two_outputs, two_targets),
    "sample weights": Case(one(weighted_metrics=["mse"]), weighted),
    "class weights": Case(
        dense(metrics=["accuracy"]), table_data, fit={"class_weight": {0: 3.0, 1: 1.0, 2: 0.2}}
    ),
    "scores of a sigmoid": Case(
        stack(
            lambda: layers.Dense(8, activation="relu"),
            lambda: layers.Dense(1, activation="sigmoid"),
            loss="binary_crossentropy",
            metrics=["accuracy", "auc", "precision", "recall"],
        ),
        binary,
    ),
    "f1 of one-hot labels": Case(
        stack(
            lambda: layers.Dense(CLASSES, activation="softmax"),
            loss="categorical_crossentropy",
            metrics=[keras.metrics.F1Score(average="macro"), "auc", "top_k_categorical_accuracy"],
        ),
        lambda: dataset(X, ONE_HOT),
    ),
    "own steps and metrics": Case(own_steps),
    "own fit": Case(own_fit),
    "run eagerly": Case(one(run_eagerly=True)),
    "mixed float16": Case(in_half),
    "subclassed and unbuilt": Case(unbuilt),
    "labels of a sequence": Case(
        stack(
            lambda: layers.LSTM(6, return_sequences=True),
            lambda: layers.TimeDistributed(layers.Dense(2)),
            shape=(4, 2),
            metrics=["accuracy"],
        ),
        labels_of_steps,
    ),
    "pretrained": Case(pretrained),
    "averaged weights": Case(one(optimizer=lambda: optimizers.Adam(0.02, use_ema=True, ema_momentum=0.9))),
    "gradients accumulated": Case(one(optimizer=lambda: optimizers.Adam(0.02, gradient_accumulation_steps=4))),
    "steps per execution": Case(one(steps_per_execution=4)),
    "scaled loss": Case(one(optimizer=lambda: optimizers.LossScaleOptimizer(optimizers.Adam(0.01)))),
    "decaying rate": Case(one(optimizer=lambda: optimizers.SGD(optimizers.schedules.CosineDecay(0.2, 20)))),
    "regularized": Case(
        stack(
            lambda: layers.Dense(8, kernel_regularizer=regularizers.L2(0.1), activity_regularizer="l1"),
            lambda: layers.Dense(1),
            loss="mse",
        )
    ),
    "batch normalization": Case(
        stack(lambda: layers.Dense(8), layers.BatchNormalization, lambda: layers.Dense(1), loss="huber")
    ),
    "dropout and noise": Case(
        stack(
            lambda: layers.GaussianNoise(0.3), lambda: layers.Dense(8), lambda: layers.Dropout(0.5),
            lambda: layers.Dense(1), loss="log_cosh",
        )
    ),
    "rows that are masked": Case(
        stack(
            layers.Masking, lambda: layers.Dense(CLASSES),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"],
        ),
        partly_masked,
    ),
    "recurrent with dropout": Case(
        stack(
            lambda: layers.Bidirectional(layers.GRU(4, dropout=0.3, recurrent_dropout=0.2)),
            lambda: layers.Dense(1), shape=(4, 2), loss="mae",
        ),
        lambda: dataset(SERIES, targets()),
    ),
}  # fmt: skip


def fresh(build: Build) -> Build:
    """A model function as each trial finds it: without a policy that another has set."""

    def fresh_build(params: Any) -> keras.Model:
        keras.config.set_dtype_policy("float32")
        return build(params)

    return fresh_build


@pytest.mark.parametrize("name", CASES)
def test_fit_in_pieces_gives_the_numbers_of_plain_keras(name: str) -> None:
    case = CASES[name]
    worker, measurement = trained_of(
        case.build, case.data(), steps=(30, 100), fit=(lambda params: dict(case.fit)) if case.fit else None
    )
    assert isinstance(worker._training, FitTraining)
    model, validation, test = plain(fresh(case.build), case.data(), **case.fit)
    for our_weight, weight in zip(worker.model.get_weights(), model.get_weights(), strict=True):
        if weight.dtype.kind == "f":
            np.testing.assert_allclose(our_weight, weight, rtol=case.tolerance, atol=case.tolerance)
    assert measurement.val == pytest.approx(validation, rel=case.tolerance, abs=case.tolerance)
    assert measurement.test == pytest.approx(test, rel=case.tolerance, abs=case.tolerance)


def test_a_policy_of_one_trials_model_is_not_the_nexts() -> None:
    worker = started(in_half, regression())
    assert worker.model.layers[0].compute_dtype == "float16"
    started(one(), regression())
    assert keras.config.dtype_policy().name == "float32"


def augmenting(params: Any) -> keras.Model:
    return sequential(
        layers.RandomFlip("horizontal"), layers.RandomRotation(0.2), layers.Flatten(), layers.Dense(1),
        shape=(4, 2, 1), loss="mae",
    )  # fmt: skip


def test_augmentation_follows_the_trials_seed() -> None:
    data = dataset(SERIES[..., np.newaxis], targets())
    losses = [trained_of(augmenting, data, seed=seed)[1].val["loss"] for seed in (3, 3, 4)]
    assert losses[0] == losses[1] != losses[2]


def test_fewer_examples_than_a_batch_are_one_step_an_epoch() -> None:
    seen: list[int] = []
    callback = keras.callbacks.LambdaCallback
    worker, measurement = trained_of(
        one(), regression(), size=500, epochs=4,
        fit=lambda params: {"callbacks": [callback(on_epoch_end=lambda epoch, logs: seen.append(epoch))]},
    )  # fmt: skip
    assert (measurement.epochs, seen) == (4, [0, 1, 2, 3])
    assert np.isfinite(measurement.val["loss"])
    assert int(worker.model.optimizer.iterations) == 4


def test_a_models_history_is_of_whole_epochs_as_after_one_fit() -> None:
    worker, _ = trained_of(one(), regression(), epochs=3, steps=(10, 50, 100), fit=lambda params: {})
    model, _, _ = plain(one(), regression(), epochs=3, validates=True)
    assert worker.model.history.epoch == model.history.epoch == [0, 1, 2]


def test_metrics_that_are_not_one_number_are_left_out_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    build = stack(lambda: layers.Dense(CLASSES), loss="mse", metrics=["f1_score", "mae"])
    _, measurement = trained_of(build, dataset(X, ONE_HOT), epochs=1)
    assert set(measurement.val) == set(measurement.test) == {"loss", "mae"}
    assert (
        "left out f1_score, which is not one number, such as F1Score(average='macro') gives" in capsys.readouterr().out
    )


def test_numbers_that_are_none_end_a_trial_and_say_which() -> None:
    def nothing(labels: Any, outputs: Any) -> Any:
        return outputs[:, 0] * np.nan

    with pytest.raises(DivergedError, match="the training loss is nan at training step"):
        trained_of(one(loss=nothing), regression())
    with pytest.raises(DivergedError, match="the validation nothing is nan after training step"):
        trained_of(one(metrics=[nothing]), regression(), objectives=("val_nothing",))


class OnlyTrains(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.out = layers.Dense(1)

    def train_step(self, data: Any) -> Any:
        return {"loss": keras.ops.mean(self.out(data[0]))}


class Narrow(keras.Sequential):
    def fit(self, x: Any, y: Any) -> Any:
        """It can't be called in pieces."""


class Looping(keras.Sequential):
    def fit(self, x: Any, y: Any, epochs: int = 1, callbacks: Any = None, **others: Any) -> Any:
        """Goes through the epochs by itself."""
        for _ in range(epochs):
            super().fit(x, y, callbacks=callbacks, verbose=0)


class Deaf(keras.Sequential):
    def fit(self, x: Any, y: Any, batch_size: int = 32, **others: Any) -> Any:
        return super().fit(x, y, batch_size=batch_size, verbose=0)


class Adding(keras.Sequential):
    def fit(self, *data: Any, callbacks: Any = (), **others: Any) -> Any:
        return super().fit(*data, callbacks=[keras.callbacks.EarlyStopping("loss"), *callbacks], **others)


class Uneven(keras.Sequential):
    def test_step(self, data: Any) -> Any:
        return {"parts": keras.ops.zeros((2,))}


def of_kind(kind: type[keras.Model]) -> Build:
    def build(params: Any) -> keras.Model:
        model = kind() if kind is OnlyTrains else kind([keras.Input((FEATURES,)), layers.Dense(1)])
        model.compile("adam", "mae")
        return model

    return build


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (OnlyTrains, "must have call or test_step, .* OnlyTrains has neither; give it a test_step"),
        (Narrow, r"must take the keyword arguments of Keras's Model.fit, but .*batch_size.*; give it \*\*kwargs"),
        (Uneven, "must measure numbers by their names, .* but they return dict"),
        (Looping, "train from initial_epoch=1 to epochs=2 and tell the callbacks .* they saw 2 epochs; hand all"),
        (Adding, r"hand on the callbacks that it is given and no others, but it added EarlyStopping; return them from"),
        (Deaf, "train from initial_epoch=0 to epochs=1 .* they saw 0 epochs"),
    ],
)
def test_a_model_that_can_not_be_trained_in_pieces_or_measured_is_told_what_it_lacks(kind: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        trained_of(of_kind(kind), regression())


class OwnTest(keras.Sequential):
    def test_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        outputs = self(x, training=False)
        loss = keras.losses.sparse_categorical_crossentropy(y, outputs, from_logits=True)
        return {"loss": tf.reduce_mean(loss), "least": tf.reduce_min(loss)}


def test_a_test_step_may_leave_out_the_metrics_that_the_model_is_compiled_with() -> None:
    def build(params: Any) -> keras.Model:
        model = OwnTest([keras.Input((FEATURES,)), layers.Dense(CLASSES)])
        model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
        return model

    worker, measurement = trained_of(build, table_data())
    data = table_data().test
    plain_of_keras = worker.model.evaluate(data.x, data.y, batch_size=len(data.x), verbose=0, return_dict=True)
    assert measurement.test["least"] == pytest.approx(plain_of_keras["least"], abs=TOLERANCE)
    assert set(measurement.test) == {"loss", "least", "accuracy"}
