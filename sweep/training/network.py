"""The shape of the parameterized network: its params checked and its layer sizes worked out, without TensorFlow."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from sweep.errors import InputError
from sweep.space.numbers import check_whole, is_number

OPTIMIZERS = ("rmsprop", "adam", "adamw", "nadam", "adamax", "adagrad", "lion", "sgd")
PADDINGS = ("valid", "same")
SCHEDULES = ("constant", "cosine", "onecycle")
AUGMENTATIONS = ("none", "shift", "rotate", "shift_rotate")
BATCH_SIZE = 64
EMA_MOMENTUM = 0.99
"""Keras's own momentum of averaged weights, which `ema=True` stands for."""
NORMALIZED = 4
"""Numbers that a batch normalization has for each filter, in the place of the convolution's bias."""


class InfeasibleError(InputError):
    """Params that are each valid but make no network together."""


@dataclass(frozen=True)
class Network:
    """Hyperparameters of the network Conv-Pool-Conv-Pool-Conv-Flatten-Dense-Dense.

    Args:
        filters_1: number of filters of the first convolution. Default 32.
        filters_2: number of filters of the second convolution. Default 64.
        filters_3: number of filters of the third convolution. Default 64.
        kernel_size: height and width of every convolution's kernel, in pixels. Default 3.
        padding: padding of every convolution, "valid" or "same". Default "valid".
        dense_units: number of units of the hidden dense layer. Default 64.
        dropout: share of the hidden dense layer's outputs dropped in training, 0 <= dropout < 1. Default 0.
        optimizer: one of `OPTIMIZERS`, with Keras's defaults. Default "rmsprop".
        learning_rate: learning rate; None for the optimizer's own default. Default None.
        batch_size: images per training step. Default 64.
        schedule: how the learning rate goes over the trial's own training steps, one of `SCHEDULES`: "constant";
            "cosine", down to 0 along a cosine; "onecycle", up from a 25th, then down to 0. Default "constant".
        warmup: share of the steps in which the rate rises to `learning_rate`, 0 <= warmup < 1; None for 0.3 in
            "onecycle" and 0 else. Default None.
        ema: momentum of the moving average of the weights, 0 <= ema < 1; the averages are what is measured and saved.
            True is 0.99. Default 0: the weights themselves.
        label_smoothing: share of each label spread over all classes in the loss, 0 <= label_smoothing < 1. Default 0.
        batch_norm: whether each convolution is followed by a batch normalization. Default False.
        weight_decay: weight decay of the optimizer, 0 or above; None for the optimizer's own default. Default None.
        augment: what is done at random to each image in training, one of `AUGMENTATIONS`. Default "none".
        epochs: epochs of the trial, at most the budget; None for the budget. Default None.
    """

    filters_1: int = 32
    filters_2: int = 64
    filters_3: int = 64
    kernel_size: int = 3
    padding: str = "valid"
    dense_units: int = 64
    dropout: float = 0.0
    optimizer: str = "rmsprop"
    learning_rate: float | None = None
    batch_size: int = BATCH_SIZE
    schedule: str = "constant"
    warmup: float | None = None
    ema: float = 0.0
    label_smoothing: float = 0.0
    batch_norm: bool = False
    weight_decay: float | None = None
    augment: str = "none"
    epochs: int | None = None

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Network:
        """The network that some params describe.

        Raises:
            InputError: if a name is unknown or a value outside its range.
        """
        known = {field.name: field.default for field in fields(cls)}
        unknown = [name for name in params if name not in known]
        if unknown:
            valid = ", ".join(f"{name}={value!r}" for name, value in known.items())
            raise InputError(f"build_model does not know {', '.join(unknown)}; it takes (with defaults) {valid}")
        network = cls(**params)
        for name in ("filters_1", "filters_2", "filters_3", "kernel_size", "dense_units"):
            check_whole(name, getattr(network, name), 1)
        batch_size(params)
        if network.epochs is not None:
            check_whole("epochs", network.epochs, 1)
        network._check_choices()
        network._check_numbers()
        return network

    def _check_choices(self) -> None:
        choices = {"padding": PADDINGS, "optimizer": OPTIMIZERS, "schedule": SCHEDULES, "augment": AUGMENTATIONS}
        for name, valid in choices.items():
            value = getattr(self, name)
            if value not in valid:
                raise InputError(f"{name} must be one of {', '.join(valid)}, but got {value!r}")
        if not isinstance(self.batch_norm, bool):
            raise InputError(f"batch_norm must be True or False, but got {self.batch_norm!r}")

    def _check_numbers(self) -> None:
        rate, decay = self.learning_rate, self.weight_decay
        if rate is not None and not (is_number(rate) and 0 < rate < math.inf):
            raise InputError(f"learning_rate must be above 0 (or None for Keras's default), but got {rate!r}")
        if decay is not None and not (is_number(decay) and 0 <= decay < math.inf):
            raise InputError(f"weight_decay must be 0 or above (or None for Keras's default), but got {decay!r}")
        for name in ("dropout", "label_smoothing", "ema", "warmup"):
            value = getattr(self, name)
            by_default = (name == "ema" and isinstance(value, bool)) or (name == "warmup" and value is None)
            if not by_default and not (is_number(value) and 0 <= value < 1):
                raise InputError(f"0 <= {name} < 1 must hold, but got {value!r}")

    @property
    def ema_momentum(self) -> float:
        """Momentum of the moving average of the weights; 0 if they are not averaged."""
        return EMA_MOMENTUM if self.ema is True else float(self.ema)

    def side_after_convolutions(self, side: int) -> list[int]:
        """Heights (or widths), in pixels, after each convolution and pooling of an image that is `side` pixels high.

        Raises:
            InfeasibleError: if a layer has fewer pixels than it needs; the message says which, and what would fit.
        """
        sides, lacking = _sides(side, self.kernel_size, self.padding)
        if lacking is not None:
            raise InfeasibleError(self._out_of_pixels(*lacking, sides))
        return sides[1:]

    def parameters(self, input_shape: tuple[int, ...], classes: int) -> int:
        """The number of parameters that the network has.

        Args:
            input_shape: shape of one image, (height, width, channels).
            classes: number of labels.

        Raises:
            InfeasibleError: if a layer has fewer pixels than it needs.
        """
        height, width, channels = input_shape
        area = math.prod(self.side_after_convolutions(side)[-1] for side in (height, width))
        kernel = self.kernel_size**2
        filters = (channels, self.filters_1, self.filters_2, self.filters_3)
        besides = NORMALIZED if self.batch_norm else 1
        convolutions = sum((kernel * taken + besides) * made for taken, made in itertools.pairwise(filters))
        return convolutions + (area * self.filters_3 + 1) * self.dense_units + (self.dense_units + 1) * classes

    def _out_of_pixels(self, layer: str, needed: int, sides: list[int]) -> str:
        path = "-".join(map(str, sides))
        smaller = range(1, min(self.kernel_size, sides[0] + 1))
        fits = [size for size in smaller if _sides(sides[0], size, "valid")[1] is None]
        remedy = [f"kernel_size at most {max(fits)}"] if fits else []
        if self.padding == "valid" and sides[0] >= 4:
            remedy.append("padding='same'")
        return (
            f"{layer} needs at least {needed}x{needed} pixels, but is left with {sides[-1]}x{sides[-1]} ({path}) "
            f"at kernel_size={self.kernel_size}, padding={self.padding!r}; "
            f"what fits: {' or '.join(remedy) or 'larger images'}"
        )


def _sides(side: int, kernel_size: int, padding: str) -> tuple[list[int], tuple[str, int] | None]:
    """Heights of an image before and after each layer, and which layer has too few pixels, with the number it needs."""
    sides = [side]
    for layer in ("conv 1", "pool 1", "conv 2", "pool 2", "conv 3"):
        pools = layer.startswith("pool")
        needed = 2 if pools else (kernel_size if padding == "valid" else 1)
        if sides[-1] < needed:
            return sides, (layer, needed)
        sides.append(sides[-1] // 2 if pools else sides[-1] - needed + 1)
    return sides, None


def batch_size(params: Mapping[str, Any]) -> int:
    """A trial's batch size in images: its parameter `batch_size`, else 64. It holds for models of the user's own, too.

    Raises:
        InputError: if that is not a whole number of 1 or more.
    """
    size: int = params.get("batch_size", BATCH_SIZE)
    check_whole("batch_size", size, 1)
    return size


def trial_epochs(params: Mapping[str, Any], budget: int) -> int:
    """A trial's epochs: its parameter `epochs`, else the budget. It holds for models of the user's own, too.

    A trial with fewer epochs than the budget trains to its own end, and is ranked by its score there. Rungs are
    percents of the budget, so that trials are compared after equally many epochs; those beyond its end it does not
    have.

    Args:
        params: what the space returned.
        budget: the epochs of a sweep.

    Raises:
        InputError: if the parameter is not a whole number from 1 to the budget.
    """
    epochs = params.get("epochs")
    if epochs is None:
        return budget
    check_whole("epochs", epochs, 1)
    if epochs > budget:
        raise InputError(
            f"epochs must be at most the budget, {budget}, but got {epochs}; "
            "give the sweep more epochs (--epochs), or suggest fewer"
        )
    return int(epochs)


def with_channels(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of an image with its channels; one in grey, (height, width), gets one channel."""
    return (*shape, 1) if len(shape) == 2 else shape
