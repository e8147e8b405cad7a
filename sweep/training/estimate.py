"""What a configuration would cost on this machine: memory from its layers, time from a few steps on random images."""

from __future__ import annotations

import math
import random
import time
from typing import Any

import keras
import numpy as np

from sweep.errors import SweepError, describe
from sweep.space.sweep import Params
from sweep.training.building import make_model, shape_taken
from sweep.training.loop import Examples, Training
from sweep.training.messages import Estimate, TrainingConfig
from sweep.training.network import batch_size

WARM_STEPS = 3
TIMED_STEPS = 15
BYTES = 4
"""Bytes of a number of type float32."""


def estimate(
    training_config: TrainingConfig, params: Params, shape: tuple[int, ...], classes: int, *, timed: bool
) -> Estimate:
    """Build one configuration's model, and estimate its memory and, if asked, its time.

    Args:
        training_config: gives the model function and the precision.
        params: hyperparameters of the configuration.
        shape: shape of one input, without the batch.
        classes: number of labels.
        timed: whether to time some training steps, too.

    Returns:
        The estimate, or, if the model can't be built, an `Estimate` with the error alone.
    """
    keras.backend.clear_session()
    random.seed()  # the model function before may have set it, which `make_model` would then not notice in this one
    try:
        model = make_model(training_config, params, shape, classes)
        return Estimate(
            parameters=model.count_params(),
            megabytes=_megabytes(model, batch_size(params)),
            step_seconds=_step_seconds(model, batch_size(params), shape, timed=timed),
        )
    except SweepError as error:
        return Estimate(error=str(error))
    except Exception as error:  # noqa: BLE001 - whatever a user's model raises is what this command reports
        return Estimate(error=describe(error))


def _megabytes(model: keras.Model, size: int) -> float:
    model.optimizer.build(model.trainable_variables)
    weights = sum(math.prod(variable.shape) for variable in model.variables)
    gradients = sum(math.prod(variable.shape) for variable in model.trainable_variables)
    state = sum(math.prod(variable.shape) for variable in model.optimizer.variables)
    # Each layer's output is kept for the backward pass, and has a gradient there.
    activations = 2 * size * sum(math.prod(_output_shape(layer)) for layer in model.layers)
    return float(BYTES * (weights + gradients + state + activations) / 1e6)


def _output_shape(layer: Any) -> tuple[int, ...]:
    output = getattr(layer, "output", None)
    shape = getattr(output, "shape", ())
    return tuple(side for side in shape[1:] if side is not None) or (0,)


def _step_seconds(model: keras.Model, size: int, shape: tuple[int, ...], *, timed: bool) -> float | None:
    # One step in any case: some faults of a model show only where its loss is computed.
    rng = np.random.default_rng(0)
    images = Examples(rng.random((size, *shape), dtype=np.float32), np.zeros(size, np.int32))
    training = Training(model, images.reshaped(shape_taken(model, shape)))
    batch = np.arange(size, dtype=np.int32)[np.newaxis]
    training.run(np.repeat(batch, WARM_STEPS if timed else 1, axis=0))
    if not timed:
        return None
    began = time.perf_counter()
    training.run(np.repeat(batch, TIMED_STEPS, axis=0))
    return (time.perf_counter() - began) / TIMED_STEPS
