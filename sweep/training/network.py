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
BATCH_SIZE = 64


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
        if network.padding not in PADDINGS:
            raise InputError(f"padding must be one of {', '.join(PADDINGS)}, but got {network.padding!r}")
        if network.optimizer not in OPTIMIZERS:
            raise InputError(f"optimizer must be one of {', '.join(OPTIMIZERS)}, but got {network.optimizer!r}")
        if not is_number(network.dropout) or not 0 <= network.dropout < 1:
            raise InputError(f"0 <= dropout < 1 must hold, but got {network.dropout!r}")
        rate = network.learning_rate
        if rate is not None and not (is_number(rate) and 0 < rate < math.inf):
            raise InputError(f"learning_rate must be above 0 (or None for Keras's default), but got {rate!r}")
        return network

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
        convolutions = sum((kernel * taken + 1) * made for taken, made in itertools.pairwise(filters))
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


def with_channels(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of an image with its channels; one in grey, (height, width), gets one channel."""
    return (*shape, 1) if len(shape) == 2 else shape
