"""The parameterized builder: the baseline is the classic network exactly, and what can't be built says why."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from sweep import build_model
from sweep.errors import InputError
from sweep.training.network import Network

pytestmark = pytest.mark.sweep

BASELINE = {
    "filters_1": 32,
    "filters_2": 64,
    "filters_3": 64,
    "kernel_size": 3,
    "optimizer": "rmsprop",
    "batch_size": 64,
}


def test_the_baseline_is_the_classic_network() -> None:
    model = build_model(BASELINE)
    sides = [layer.output.shape[1] for layer in model.layers]
    assert sides == [26, 13, 13, 11, 5, 5, 3, 576, 64, 10]
    assert [layer.count_params() for layer in model.layers if layer.count_params()] == [320, 18496, 36928, 36928, 650]
    assert model.count_params() == 93_322
    assert isinstance(model.optimizer, keras.optimizers.RMSprop)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.001)


def test_pooling_before_relu_is_the_classic_order_to_the_last_digit() -> None:
    ours = build_model(BASELINE)
    layers = keras.layers
    classic = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10),
        ]
    )
    classic.set_weights(ours.get_weights())
    x = np.random.default_rng(0).random((64, 28, 28, 1)).astype(np.float32)
    outputs, gradients = zip(*(_outputs_and_gradients(model, x) for model in (ours, classic)), strict=True)
    np.testing.assert_array_equal(*outputs)
    for mine, theirs in zip(*gradients, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def _outputs_and_gradients(model: keras.Model, x: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    with tf.GradientTape() as tape:
        outputs = model(x)
        loss = tf.reduce_mean(outputs**2)
    return outputs.numpy(), [gradient.numpy() for gradient in tape.gradient(loss, model.trainable_variables)]


@pytest.mark.parametrize(
    ("params", "shape", "classes"),
    [
        ({"kernel_size": 2, "dropout": 0.3}, (28, 28, 1), 10),
        ({"padding": "same", "filters_2": 7}, (32, 20, 3), 4),
        ({"batch_norm": True, "augment": "rotate", "filters_2": 9}, (28, 28, 1), 10),
    ],
)
def test_it_has_as_many_parameters_as_its_network_says(
    params: dict[str, Any], shape: tuple[int, ...], classes: int
) -> None:
    assert build_model(params, shape, classes).count_params() == Network.of(params).parameters(shape, classes)


def test_what_is_not_given_takes_the_baselines_value() -> None:
    assert build_model({}).count_params() == 93_322


@pytest.mark.parametrize("optimizer", ["rmsprop", "adam", "adamw", "nadam", "adamax", "adagrad", "lion", "sgd"])
def test_every_named_optimizer_is_kerass_with_the_given_rate(optimizer: str) -> None:
    model = build_model({"optimizer": optimizer, "learning_rate": 0.0123})
    assert model.optimizer.name == optimizer or type(model.optimizer).__name__.lower() == optimizer
    assert float(model.optimizer.learning_rate) == pytest.approx(0.0123)


def test_dropout_is_only_there_when_asked_for() -> None:
    kinds = [type(layer).__name__ for layer in build_model({"dropout": 0.5}).layers]
    assert kinds.count("Dropout") == 1
    assert "Dropout" not in [type(layer).__name__ for layer in build_model({}).layers]


def test_an_image_that_runs_out_of_pixels_says_where_and_what_fits() -> None:
    with pytest.raises(
        InputError, match=r"conv 3 needs at least 5x5 pixels.*4x4.*kernel_size at most 4.*padding='same'"
    ):
        build_model({"kernel_size": 5})
    assert build_model({"kernel_size": 5, "padding": "same"}).output_shape == (None, 10)


def test_other_images_and_classes() -> None:
    model = build_model({}, input_shape=(32, 40, 3), classes=7)
    assert model(np.zeros((2, 32, 40, 3), np.float32)).shape == (2, 7)
