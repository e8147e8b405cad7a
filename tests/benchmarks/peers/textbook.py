"""Keras's introduction to convolutional networks, as every peer uses it: the images, the labels and the model."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers

HELD_OUT = 6  # one in six of the training images is for validation, as in sweep

Arrays = tuple[Any, Any]


def load(path: str) -> tuple[Arrays, Arrays]:
    """Images of shape (n, 28, 28, 1), float32, 0-1, and one-hot labels: for training and for validation."""
    with np.load(path, allow_pickle=False) as file:
        x, y = file["x_train"], file["y_train"]
    x = x.reshape((-1, 28, 28, 1)).astype("float32") / 255
    y = keras.utils.to_categorical(y, 10)
    cut = len(y) - len(y) // HELD_OUT
    return (x[:cut], y[:cut]), (x[cut:], y[cut:])


def build_model(params: dict[str, Any], images: int, epochs: int) -> keras.Model:
    """The compiled network that `params` describe, for so many training images and epochs."""
    kernel = params["kernel_size"]
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(params["filters_1"], kernel, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(params["filters_2"], kernel, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(params["filters_3"], kernel, activation="relu"),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    options: dict[str, Any] = {"learning_rate": _rate(params, images * epochs // params["batch_size"])}
    if params["ema"]:
        options |= {"use_ema": True, "ema_momentum": params["ema"]}
    optimizer = type(keras.optimizers.get(params["optimizer"]))(**options)
    model.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def _rate(params: dict[str, Any], steps: int) -> Any:
    rate, decay = params["learning_rate"], keras.optimizers.schedules.CosineDecay
    if params["schedule"] == "onecycle":
        rise = round(0.3 * steps)
        return decay(rate / 25, steps - rise, warmup_target=rate, warmup_steps=rise)
    return decay(rate, steps) if params["schedule"] == "cosine" else rate
