"""From a configuration to its model: the built-in network, or a model of the user's own, checked first."""

from __future__ import annotations

import random
from typing import Any

import keras
import numpy as np

from sweep.errors import InputError, describe
from sweep.space.sweep import Params
from sweep.training.loop import undisturbed
from sweep.training.messages import TrainingConfig, refuse_too_large
from sweep.training.model import build_model
from sweep.training.network import Network, with_channels
from sweep.training.private import compiled_metrics

OWN_WAYS = ("fit", "evaluate", "test_step", "make_train_function", "make_test_function", "compute_metrics")
"""Methods of `keras.Model` that are not called here, and so must not be a model's own."""

MOST_DRAWN = 10_000
"""Blocks of 624 random numbers that a model function may draw before it is taken to have set the seed."""

ACCURACIES = {"acc", "accuracy", "sparse_categorical_accuracy", "SparseCategoricalAccuracy", "Accuracy"}
"""Metrics that measure what is measured here anyway, as `compile` takes them and as Keras names their classes."""

LOSS_REMEDIES: dict[str | None, str] = {
    **dict.fromkeys(
        ("categoricalcrossentropy", "categoricalfocalcrossentropy", "categoricalhinge", "dice", "tversky"),
        "labels are whole numbers, not one-hot: use sparse_categorical_crossentropy",
    ),
    **dict.fromkeys(
        ("binarycrossentropy", "bce", "binaryfocalcrossentropy", "hinge", "squaredhinge"),
        "with two classes use Dense(2, activation='softmax') and sparse_categorical_crossentropy",
    ),
    **dict.fromkeys(
        (
            *("meansquarederror", "mse", "meanabsoluteerror", "mae", "meanabsolutepercentageerror", "mape"),
            *("meansquaredlogarithmicerror", "msle", "huber", "logcosh", "kldivergence", "kld", "poisson"),
            "cosinesimilarity",
        ),
        "labels are classes, and it would compare them with scores as numbers: use sparse_categorical_crossentropy",
    ),
    None: "give compile() a loss, such as sparse_categorical_crossentropy",
}
"""Losses of Keras that don't fit labels that are whole numbers, in small letters alone, each with what to do."""


def make_model(training_config: TrainingConfig, params: Params, shape: tuple[int, ...], classes: int) -> keras.Model:
    """Build one configuration's model.

    Args:
        training_config: gives the model function and the precision.
        params: hyperparameters of the configuration.
        shape: shape of one input as it was given, without the batch.
        classes: number of labels.

    Raises:
        InputError: if the params can't be built, the model is not a compiled `keras.Model` that fits the data, or the
            model function set the random seed.
        TooLargeError: if the model has more parameters than are allowed.
        Exception: what a model function of the user's own raises.
    """
    keras.config.set_dtype_policy("mixed_bfloat16" if training_config.precision == "bfloat16" else "float32")
    most = training_config.max_parameters
    if training_config.model is None:
        if most is not None:  # a model that is far too large might not fit into memory
            refuse_too_large(Network.of(params).parameters(with_channels(shape), classes), most)
        return build_model(params, with_channels(shape), classes)
    before = random.getstate()
    model = training_config.model(dict(params))
    _refuse_seeded(before)
    check_model(model, shape, classes)
    refuse_too_large(model.count_params(), most)
    return model


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


def shape_taken(model: keras.Model, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape in which a model takes inputs: as they are, or (height, width) as an image with one channel."""
    taken = getattr(model, "input_shape", None)  # a subclassed model does not say
    return with_channels(shape) if isinstance(taken, tuple) and len(taken) == len(shape) + 2 else shape


def check_model(model: Any, shape: tuple[int, ...], classes: int) -> None:
    """Refuse a model that can't be trained and measured as plain Keras would.

    Raises:
        InputError: if it is one.
    """
    if not isinstance(model, keras.Model):
        raise InputError(f"model(params) must return a keras.Model, but it returned {type(model).__name__}")
    if not model.compiled:
        raise InputError("model(params) must return a compiled model, but compile() was not called on it")
    _check_methods(model)
    _check_shapes(model, shape, classes)
    _check_compiled(model)


def _check_methods(model: keras.Model) -> None:
    set_here = [name for name in (*OWN_WAYS, "train_step") if name in vars(model)]
    if set_here:
        raise InputError(
            "model(params) must train and measure by its class's methods, but "
            f"{', '.join(set_here)} was set on the model itself, which would not be called; "
            "make it a method of a subclass"
        )
    own = [name for name in OWN_WAYS if getattr(type(model), name) is not getattr(keras.Model, name)]
    if own:
        raise InputError(
            f"model(params) must train and measure as keras.Model does, but {type(model).__name__} has "
            f"{', '.join(own)} of its own, which would not be called; put it into train_step, call or the loss"
        )


def _check_compiled(model: keras.Model) -> None:
    losses = _flat(model.loss) or [None]
    unfit = [loss for loss in losses if _is_of_keras(loss) and _plain(_name(loss)) in LOSS_REMEDIES]
    if unfit and type(model).train_step is keras.Model.train_step:
        name = _name(unfit[0])
        raise InputError(
            f"the loss must fit labels that are whole numbers, but it is {name}: {LOSS_REMEDIES[_plain(name)]}"
        )
    metrics = [_name(item) for item in _flat(compiled_metrics(model))]
    others = [str(name) for name in metrics if name not in ACCURACIES]
    if others:
        raise InputError(
            "compile() must have no metrics but accuracy, which is what is measured, but it has "
            f"{', '.join(others)}; leave out metrics="
        )


def _check_shapes(model: keras.Model, shape: tuple[int, ...], classes: int) -> None:
    if not model.built:
        _build(model, shape)
    fitting = shape_taken(model, shape)
    wanted = getattr(model, "input_shape", (None, *fitting))
    if not isinstance(wanted, tuple) or not _fits(wanted[1:], fitting):
        got = wanted[1:] if isinstance(wanted, tuple) else "several inputs"
        raise InputError(f"model(params) must take inputs of shape {shape}, but it takes {got}")
    with undisturbed(model):
        outputs = model(np.zeros((1, *fitting), np.float32), training=False)
    if isinstance(outputs, list | tuple | dict) or len(outputs.shape) != 2 or outputs.shape[1] < classes:
        got = outputs.shape if hasattr(outputs, "shape") else type(outputs).__name__
        raise InputError(
            f"model(params) must have one output of shape (n, {classes}), a score a class, but got {got}; "
            f"end it with Dense({classes}), and compile it with SparseCategoricalCrossentropy(from_logits=True)"
        )


def _build(model: keras.Model, shape: tuple[int, ...]) -> None:
    try:
        model.build((None, *shape))
    except ValueError as error:
        raise InputError(
            f"model(params) must take inputs of shape {shape}, but it could not be built for them: {describe(error)}; "
            "begin it with keras.Input of the shape that it takes"
        ) from error


def _fits(wanted: tuple[int | None, ...], shape: tuple[int, ...]) -> bool:
    return len(wanted) == len(shape) and all(a in (None, b) for a, b in zip(wanted, shape, strict=True))


def _name(item: Any) -> str | None:
    """What a loss or a metric is called: by the text it was given as, the function's name, or the object's class."""
    if item is None or isinstance(item, str):
        return item
    return getattr(item, "__name__", None) or type(item).__name__


def _plain(name: str | None) -> str | None:
    return None if name is None else name.replace("_", "").lower()


def _is_of_keras(loss: Any) -> bool:
    """Whether a loss is Keras's own: a function or class of the user's may have the name of one, and fit."""
    if loss is None or isinstance(loss, str):
        return True
    return str(getattr(loss, "__module__", "")).startswith("keras.")


def _flat(items: Any) -> list[Any]:
    if items is None:
        return []
    if isinstance(items, list | tuple):
        return [leaf for item in items for leaf in _flat(item)]
    if isinstance(items, dict):
        return [leaf for item in items.values() for leaf in _flat(item)]
    return [items]
