"""From a configuration to its model: the built-in network, or a model of the user's own."""

from __future__ import annotations

import random
from typing import Any

import keras

from sweep.data.dataset import TrainingData
from sweep.data.streams import StreamPart
from sweep.errors import InputError
from sweep.space.metrics import LOSS, VAL
from sweep.space.sweep import Params
from sweep.training.batches import total_steps
from sweep.training.messages import TrainingConfig, refuse_too_large
from sweep.training.model import build_model
from sweep.training.network import Network, batch_size, trial_epochs, with_channels
from sweep.training.remedies import COMPILE, remedy_for_returned

MOST_DRAWN = 10_000
"""Blocks of 624 random numbers that a model function may draw before it is taken to have set the seed."""


def make_model(training_config: TrainingConfig, params: Params, data: TrainingData) -> keras.Model:
    """Build one configuration's model.

    Args:
        training_config: gives the model function and the precision.
        params: hyperparameters of the configuration.
        data: the examples that it is to be trained on.

    Raises:
        InputError: if the params can't be built, the model is not a compiled `keras.Model`, or the model function set
            the random seed.
        TooLargeError: if the built-in network has more parameters than are allowed.
        Exception: what a model function of the user's own raises.
    """
    keras.config.set_dtype_policy("mixed_bfloat16" if training_config.precision == "bfloat16" else "float32")
    if training_config.model is None:
        return _built_in(training_config, params, data)
    before = random.getstate()
    model = training_config.model(dict(params))
    _refuse_seeded(before)
    if not isinstance(model, keras.Model):
        raise InputError(
            f"model(params) must return a keras.Model, but it returned {type(model).__name__}; "
            f"{remedy_for_returned(model)}"
        )
    if not model.compiled:
        raise InputError(f"model(params) must return a compiled model, but compile() was not called on it; {COMPILE}")
    return model


def _built_in(training_config: TrainingConfig, params: Params, data: TrainingData) -> keras.Model:
    shape, classes = with_channels(tuple(data.train.x.shape[1:])), data.classes or 0
    if training_config.max_parameters is not None:  # a model that is far too large might not fit into memory
        refuse_too_large(Network.of(params).parameters(shape, classes), training_config.max_parameters)
    _refuse_smoothed_loss(training_config, params)
    return build_model(params, shape, classes, _steps(training_config, params, data))


def _steps(training_config: TrainingConfig, params: Params, data: TrainingData) -> int:
    epochs = trial_epochs(params, training_config.epochs)
    if isinstance(data.train, StreamPart):
        return data.train.batches * epochs
    return total_steps(len(data.train), batch_size(params), epochs)


def _refuse_smoothed_loss(training_config: TrainingConfig, params: Params) -> None:
    """Refuse smoothed labels where trials are compared by the loss, which they change, as in Keras."""
    smoothing = params.get("label_smoothing")
    if smoothing and VAL + LOSS in training_config.objectives:
        raise InputError(
            f"label_smoothing must be 0 where {VAL + LOSS} is an objective, as it changes what the loss measures, "
            f"but got {smoothing!r}; leave it out, or take val_accuracy"
        )


def _refuse_seeded(before: tuple[Any, ...]) -> None:
    """Refuse a model function that set the random seed: Keras draws initial weights from Python's random numbers."""
    after = random.getstate()
    drawn = random.Random()
    drawn.setstate(before)
    for _ in range(MOST_DRAWN):
        if drawn.getstate()[1][:-1] == after[1][:-1]:  # the last number is the place in the block
            return
        drawn.getrandbits(32 * len(before[1][:-1]))
    raise InputError(
        "model(params) must leave the random seed alone, as each trial and confirming run has its own, but it set "
        "another; leave out keras.utils.set_random_seed and random.seed"
    )
