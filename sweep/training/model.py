"""The parameterized model builder: the classic small convolutional network and its relatives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import layers

from sweep.errors import InputError
from sweep.training.network import Network
from sweep.training.schedule import schedule
from sweep.training.smoothing import cross_entropy

SHIFT = 0.08
"""Share of its height and width that an image is shifted by at most: two pixels of 28."""
TURN = 10 / 360
"""Share of a full turn that an image is rotated by at most, to either side."""
STATISTICS_MOMENTUM = 0.9
"""Momentum of a batch normalization's statistics: Keras's 0.99 lags behind at the first rung of a short trial."""


def build_model(
    params: Mapping[str, Any],
    input_shape: tuple[int, ...] = (28, 28, 1),
    classes: int = 10,
    steps: int | None = None,
) -> keras.Model:
    """Build and compile the network that `params` describe.

    With the default params this is the network of Keras's introduction to convnets: 93,322 parameters, rmsprop. The
    outputs are logits in float32, from which the loss is computed.

    Args:
        params: hyperparameters, as in `sweep.training.network.Network`; those that are missing take its defaults.
        input_shape: shape of one image, (height, width, channels), with pixels from 0 to 1. Default (28, 28, 1).
        classes: number of labels. Default 10.
        steps: training steps that a schedule of the learning rate spans. Default: none, the rate must be constant.

    Raises:
        InputError: if a parameter is unknown or outside its range, or a layer has fewer pixels than it needs.
    """
    network = Network.of(params)
    network.side_after_convolutions(min(input_shape[:2]))
    convolution = {
        "kernel_size": network.kernel_size,
        "padding": network.padding,
        "use_bias": not network.batch_norm,
    }
    stack = [
        # Pooling and ReLU commute, to the last digit and in their gradients; after it, ReLU has a quarter of the work.
        layers.Conv2D(network.filters_1, **convolution),
        layers.MaxPooling2D(2),
        *_normalized(network),
        layers.Conv2D(network.filters_2, **convolution),
        layers.MaxPooling2D(2),
        *_normalized(network),
        *_last_convolution(network, convolution),
        layers.Flatten(),
        layers.Dense(network.dense_units, activation="relu"),
    ]
    if network.dropout:
        stack.append(layers.Dropout(network.dropout))
    stack.append(layers.Dense(classes, dtype="float32"))
    # Made last, so that what they draw leaves the others' initial weights as they are without them.
    model = keras.Sequential([keras.Input(input_shape), *_augmentation(network), *stack])
    model.compile(
        optimizer=_optimizer(network, steps), loss=cross_entropy(network.label_smoothing), metrics=["accuracy"]
    )
    return model


def _normalized(network: Network) -> list[keras.layers.Layer]:
    normalization = [layers.BatchNormalization(momentum=STATISTICS_MOMENTUM)] if network.batch_norm else []
    return [*normalization, layers.ReLU()]


def _last_convolution(network: Network, convolution: Mapping[str, Any]) -> list[keras.layers.Layer]:
    if network.batch_norm:
        return [layers.Conv2D(network.filters_3, **convolution), *_normalized(network)]
    return [layers.Conv2D(network.filters_3, **convolution, activation="relu")]


def _augmentation(network: Network) -> list[keras.layers.Layer]:
    """Layers that change images in training alone; in float32, as bfloat16 can't tell half a pixel of a large image."""
    options = {"fill_mode": "nearest", "dtype": "float32"}
    made = []
    if "shift" in network.augment:
        made.append(layers.RandomTranslation(SHIFT, SHIFT, **options))
    if "rotate" in network.augment:
        made.append(layers.RandomRotation(TURN, **options))
    return made


def _optimizer(network: Network, steps: int | None) -> keras.optimizers.Optimizer:
    optimizer = keras.optimizers.get(network.optimizer)
    options: dict[str, Any] = {}
    if network.learning_rate is not None:
        options["learning_rate"] = float(network.learning_rate)
    if network.schedule != "constant" or network.warmup:
        if steps is None:
            raise InputError(
                "steps must say how many training steps a schedule spans, but build_model was given none with "
                f"schedule={network.schedule!r}, warmup={network.warmup!r}; give it steps=..., or leave these out"
            )
        rate = float(options.get("learning_rate", optimizer.learning_rate))
        options["learning_rate"] = schedule(network, rate, steps)
    if network.weight_decay is not None:
        options["weight_decay"] = float(network.weight_decay)
    if network.ema:
        options |= {"use_ema": True, "ema_momentum": network.ema_momentum}
    return type(optimizer).from_config({**optimizer.get_config(), **options}) if options else optimizer
