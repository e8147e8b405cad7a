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


def build_model(params: dict[str, Any]) -> keras.Model:
    """The compiled network that `params` describe."""
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
    optimizer = keras.optimizers.get(params["optimizer"])
    optimizer.learning_rate = params["learning_rate"]
    model.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["accuracy"])
    return model
