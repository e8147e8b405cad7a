"""What a configuration would cost on this machine: memory from its layers, time from a few steps."""

from __future__ import annotations

import math
import random
import time
from dataclasses import replace
from typing import Any

import keras

from sweep.data.dataset import TrainingData
from sweep.data.parts import Part
from sweep.errors import SweepError, describe
from sweep.space.sweep import Params
from sweep.training.measured import Training
from sweep.training.messages import Estimate, TrainingConfig
from sweep.training.network import batch_size, trial_epochs
from sweep.training.trainings import Trainings

WARM_STEPS = 3
TIMED_STEPS = 15
MANY_EPOCHS = 1_000
BYTES = 4
"""Bytes of a number of type float32."""


def estimate(
    training_config: TrainingConfig, params: Params, data: TrainingData, test: Part, *, timed: bool
) -> Estimate:
    """Build one configuration's model, and estimate its memory and, if asked, its time.

    Args:
        training_config: gives the model function and the precision.
        params: hyperparameters of the configuration.
        data: some of the examples that it would be trained and validated on.
        test: some of those that it would be measured on.
        timed: whether to time some training steps, too.

    Returns:
        The estimate, or, if the model can't be built, an `Estimate` with the error alone.
    """
    keras.backend.clear_session()
    random.seed()  # the model function before may have set it, which `make_model` would then not notice in this one
    try:
        trial_epochs(params, training_config.epochs)
        many = replace(training_config, epochs=MANY_EPOCHS)  # there are only some of the examples
        training = Trainings(many, data, test).make(params, seed=0, epochs=MANY_EPOCHS)
        return Estimate(
            parameters=training.model.count_params(),
            megabytes=_megabytes(training.model, batch_size(params)),
            step_seconds=_step_seconds(training, timed=timed),
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


def _step_seconds(training: Training, *, timed: bool) -> float | None:
    # One step in any case: some faults of a model show only where its loss is computed.
    warm = training.run(0, WARM_STEPS if timed else 1)
    if not timed:
        return None
    began = time.perf_counter()
    training.run(warm, warm + TIMED_STEPS)
    return (time.perf_counter() - began) / TIMED_STEPS
