"""Which way a model is trained: by the quick loop where that does the same as Keras's `fit`, else by `fit` itself."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from sweep.data.dataset import TrainingData
from sweep.data.parts import Part
from sweep.errors import InputError, describe
from sweep.space.hypermodel import FittingHyperModelFunction
from sweep.space.metrics import ACCURACY, LOSS, VAL
from sweep.training.examples import Examples
from sweep.training.losses import flat, is_of_keras, name_of, refuse_unfit_loss
from sweep.training.measured import undisturbed
from sweep.training.messages import TrainingConfig
from sweep.training.network import with_channels
from sweep.training.private import compiled_metrics, mask_of
from sweep.training.unfit_metrics import refuse_unfit_metrics

BUILDING = (
    *("build", "call", "compute_mask", "compute_output_shape", "compute_output_spec"),
    *("from_config", "get_config", "build_from_config", "get_build_config"),
)
"""Methods of `keras.Model` by which a model is built and called, and that are called whichever way it is trained."""

STEPS = (
    *("fit", "evaluate", "train_step", "test_step", "compute_loss", "compute_metrics"),
    *("make_train_function", "make_test_function"),
)
"""Methods that may be set on a model itself, to train or measure it otherwise."""

ACCURACIES = {"acc", "accuracy", "sparse_categorical_accuracy", "SparseCategoricalAccuracy"}
"""Metrics that the quick loop measures, as `compile` takes them and as Keras names their classes."""


def reason_for_fit(model: keras.Model, training_config: TrainingConfig, data: TrainingData) -> str:
    """Why a model is trained by Keras's `fit`, as a phrase; empty if the quick loop does the same.

    The model is built for the data, if it is not built yet.

    Args:
        model: the compiled model.
        training_config: gives what the user's file has besides the model function, and the objectives.
        data: the examples that it is trained and validated on.

    Raises:
        InputError: if the model does not fit the data.
    """
    part = data.train
    if training_config.fit is not None:
        return "the sweep has a fit function"
    if isinstance(training_config.model, FittingHyperModelFunction):
        return "the hypermodel has a fit of its own"
    if not isinstance(part.x, np.ndarray) or data.classes is None or part.weight is not None:
        return "its data are more than one array of inputs with whole-number labels"
    own = own_ways(model)
    if own:
        return f"the model has {', '.join(own)} of its own"
    if not is_of_keras(getattr(model.optimizer, "inner_optimizer", model.optimizer)):
        return f"the optimizer is {type(model.optimizer).__name__}"
    metrics, weighted = compiled_metrics(model)
    others = [item for item in flat(metrics) if name_of(item) not in ACCURACIES or not is_of_keras(item)]
    if others or flat(weighted):
        return f"the model is compiled with {', '.join(map(name_of, others + flat(weighted)))}"
    if any(layer.metrics for layer in model.layers):
        return "layers of the model have metrics of their own"
    if any(getattr(loss, "reduction", "") in (None, "none") for loss in flat(model.loss)):
        return "the loss is not reduced to a number"
    asked = [name for name in training_config.objectives if name.startswith(VAL)]
    if not {VAL + ACCURACY, VAL + LOSS}.issuperset(asked):
        return f"the objective is {', '.join(asked)}"
    return _reason_in_shapes(model, data, data.classes)


def own_ways(model: keras.Model) -> list[str]:
    """What a model does otherwise than `keras.Model`, by the names of methods and properties, but for `BUILDING`."""
    kinds = [vars(kind) for kind in type(model).__mro__ if not kind.__module__.startswith(("keras.", "tensorflow."))]
    own = {name for members in kinds for name in members if not name.startswith("_") and name not in BUILDING}
    return sorted(
        {name for name in own if hasattr(keras.Model, name)} | {name for name in STEPS if name in vars(model)}
    )


def _reason_in_shapes(model: keras.Model, data: TrainingData, classes: int) -> str:
    shape = output_shape(model, data.train)
    if shape is None:
        return "the model has several outputs"
    if _masks_outputs(model, data.train):
        return "the model masks some of its outputs"
    if len(shape) != 2 or shape[1] is None or shape[1] < classes:
        return f"the model's output has the shape {shape}, not a score for each of {classes} labels"
    return ""


def check_fits(model: keras.Model, data: TrainingData) -> None:
    """Refuse a model that can't take the inputs, or has a loss or metrics that do not fit the targets.

    Raises:
        InputError: if it is one.
    """
    shape = output_shape(model, data.train)
    refuse_unfit_loss(model, data.train, shape)
    refuse_unfit_metrics(model, data.train, shape)


def shape_taken(model: keras.Model, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape in which a model takes inputs: as they are, or (height, width) as an image with one channel."""
    taken = getattr(model, "input_shape", None)  # a subclassed model does not say
    return with_channels(shape) if isinstance(taken, tuple) and len(taken) == len(shape) + 2 else shape


def output_shape(model: keras.Model, part: Part) -> tuple[int | None, ...] | None:
    """The shape of a model's one output, (n, ...); None if it has several, or is called in a way of its own.

    Raises:
        InputError: if the model can't take the inputs.
    """
    outputs = _outputs(model, part)
    return None if outputs is None or isinstance(outputs, list | tuple | dict) else (None, *outputs.shape[1:])


def _masks_outputs(model: keras.Model, part: Part) -> bool:
    """Whether a mask, such as of `keras.layers.Masking`, reaches the model's one output; Keras leaves these out."""
    return mask_of(_outputs(model, part)) is not None


def _outputs(model: keras.Model, part: Part) -> Any:
    """What a model gives for the first example; None if it is called in a way of its own."""
    examples = Examples(part.rows(slice(0, 1)))
    if isinstance(part.x, np.ndarray):
        taken = shape_taken(model, part.x.shape[1:])
        _check_input(model, part.x.shape[1:], taken)
        examples = examples.reshaped(taken)
    if type(model).call is keras.Model.call:  # it is trained by a train_step of its own
        return None
    try:
        with undisturbed(model, everything=True):
            outputs: Any = model(examples.scaled_x(), training=False)
    except (ValueError, TypeError) as error:
        if isinstance(part.x, np.ndarray):
            raise InputError(
                f"model(params) must take inputs of shape {part.x.shape[1:]}, but it could not be called with them: "
                f"{describe(error)}; {_remedy_for_input(model, part.x.shape[1:])}"
            ) from error
        raise
    return outputs


def _check_input(model: keras.Model, shape: tuple[int, ...], taken: tuple[int, ...]) -> None:
    wanted = getattr(model, "input_shape", None)
    if isinstance(wanted, tuple) and not _fits(wanted[1:], taken):
        raise InputError(
            f"model(params) must take inputs of shape {shape}, but it takes {wanted[1:]}; "
            f"begin it with keras.Input({shape}), or have data return x in the other shape"
        )
    if isinstance(wanted, list | dict):
        raise InputError(
            f"model(params) must take inputs of shape {shape}, but it takes several inputs; "
            "have data return x as a dict or tuple of arrays, one for each"
        )


def _remedy_for_input(model: keras.Model, shape: tuple[int, ...]) -> str:
    """What to do where a model could not be called with one example, though it may take its shape."""
    wanted = getattr(model, "input_shape", None)
    if isinstance(wanted, tuple) and wanted and wanted[0] not in (None, 1):
        return (
            f"it takes {wanted[0]} examples at once, but batches have other sizes too: "
            f"begin it with keras.Input({shape}) in place of a batch_shape, and leave out stateful=True"
        )
    return "begin it with keras.Input of the shape that it takes"


def _fits(wanted: tuple[int | None, ...], shape: tuple[int, ...]) -> bool:
    return len(wanted) == len(shape) and all(a in (None, b) for a, b in zip(wanted, shape, strict=True))
