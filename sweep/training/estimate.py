"""What a configuration would cost on this machine: memory from its layers, time from a few steps."""

from __future__ import annotations

import math
import random
import time
from contextlib import suppress
from dataclasses import replace
from typing import Any

import keras

from sweep.data.dataset import TrainingData
from sweep.data.parts import Part
from sweep.errors import SweepError, describe
from sweep.space.sweep import Params
from sweep.training.measured import DivergedError, Training
from sweep.training.messages import Estimate, TrainingConfig
from sweep.training.network import batch_size, trial_epochs
from sweep.training.trainings import Trainings

WARM_STEPS = 3
TIMED_STEPS = 15
"""Number of steps that are timed first; from what they took follows how many more are."""
RUNG_SECONDS = 8.0
"""For so long the baseline is timed at most, on the way to its first rung."""
SAMPLE_SECONDS = 0.5
"""For so long another configuration is."""
MANY_EPOCHS = 1_000
BYTES = 4
"""Bytes of a number of type float32."""


def estimate(
    training_config: TrainingConfig,
    params: Params,
    data: TrainingData,
    test: Part,
    *,
    timed: bool,
    steps: int = TIMED_STEPS,
    limit_seconds: float = SAMPLE_SECONDS,
) -> Estimate:
    """Build one configuration's model, and estimate its memory and, if asked, its time.

    Args:
        training_config: gives the model function and the precision.
        params: hyperparameters of the configuration.
        data: some of the examples that it would be trained and validated on.
        test: some of those that it would be measured on.
        timed: whether to time some training steps, too.
        steps: how many of them. Default: `TIMED_STEPS`.
        limit_seconds: for how long at most; `TIMED_STEPS` are timed in any case. Default: `SAMPLE_SECONDS`.

    Returns:
        The estimate, or, if the model can't be built, an `Estimate` with the error alone.
    """
    keras.backend.clear_session()
    random.seed()  # the model function before may have set it, which `make_model` would then not notice in this one
    try:
        trial_epochs(params, training_config.epochs)
        many = replace(training_config, epochs=MANY_EPOCHS)  # there are only some of the examples
        began = time.perf_counter()
        training = Trainings(many, data, test).make(params, seed=0, epochs=MANY_EPOCHS)
        # One step in any case: some faults of a model show only where its loss is computed.
        warm = training.run(0, WARM_STEPS if timed else 1)
        start_seconds = time.perf_counter() - began
        built = Estimate(
            parameters=training.model.count_params(), megabytes=_megabytes(training.model, batch_size(params))
        )
        if not timed:
            return built
        step_seconds = _step_seconds(training, warm, steps, limit_seconds)
        evaluation, compiling = (0.0, 0.0) if training_config.data else _evaluation_seconds(training)
        return replace(
            built,
            step_seconds=step_seconds,
            start_seconds=start_seconds + compiling,
            example_seconds=evaluation / len(test),
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


def _step_seconds(training: Training, warm: int, steps: int, limit_seconds: float) -> float:
    began = time.perf_counter()
    training.run(warm, warm + TIMED_STEPS)
    pace = (time.perf_counter() - began) / TIMED_STEPS
    more = min(steps - TIMED_STEPS, int(limit_seconds / pace))
    if more < TIMED_STEPS:
        return pace
    began = time.perf_counter()
    with suppress(DivergedError):  # on these few examples alone; a trial of it says so itself
        training.run(warm + TIMED_STEPS, warm + TIMED_STEPS + more)
        pace = (time.perf_counter() - began) / more
    return pace


def _evaluation_seconds(training: Training) -> tuple[float, float]:
    """Seconds to measure the test examples once that is compiled, and those that the compiling took."""
    marks = [time.perf_counter()]
    for _ in range(2):
        training.measure_test()
        marks.append(time.perf_counter())
    again = marks[2] - marks[1]
    return again, max(0.0, marks[1] - marks[0] - again)
