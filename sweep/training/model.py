"""The parameterized model builder: the classic small convolutional network and its relatives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import layers

from sweep.training.network import Network


def build_model(
    params: Mapping[str, Any], input_shape: tuple[int, ...] = (28, 28, 1), classes: int = 10
) -> keras.Model:
    """Build and compile the network that `params` describe.

    With the default params this is the network of Keras's introduction to convnets: 93,322 parameters, rmsprop. The
    outputs are logits in float32, from which the loss is computed.

    Args:
        params: hyperparameters, as in `sweep.training.network.Network`; those that are missing take its defaults.
        input_shape: shape of one image, (height, width, channels), with pixels from 0 to 1. Default (28, 28, 1).
        classes: number of labels. Default 10.

    Raises:
        InputError: if a parameter is unknown or outside its range, or a layer has fewer pixels than it needs.
    """
    network = Network.of(params)
    network.side_after_convolutions(min(input_shape[:2]))
    convolution = {"kernel_size": network.kernel_size, "padding": network.padding}
    stack = [
        keras.Input(input_shape),
        # Pooling and ReLU commute, to the last digit and in their gradients; after it, ReLU has a quarter of the work.
        layers.Conv2D(network.filters_1, **convolution),
        layers.MaxPooling2D(2),
        layers.ReLU(),
        layers.Conv2D(network.filters_2, **convolution),
        layers.MaxPooling2D(2),
        layers.ReLU(),
        layers.Conv2D(network.filters_3, **convolution, activation="relu"),
        layers.Flatten(),
        layers.Dense(network.dense_units, activation="relu"),
    ]
    if network.dropout:
        stack.append(layers.Dropout(network.dropout))
    stack.append(layers.Dense(classes, dtype="float32"))
    model = keras.Sequential(stack)
    optimizer = keras.optimizers.get(network.optimizer)
    if network.learning_rate is not None:
        optimizer.learning_rate = network.learning_rate
    model.compile(
        optimizer=optimizer,
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model
