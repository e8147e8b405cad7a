"""Losses that do not fit what a model is trained on: Keras would refuse them in its own words, or compare anyhow."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from sweep.data.parts import Part
from sweep.errors import InputError

ONE_HOT = ("categoricalcrossentropy", "categoricalfocalcrossentropy", "categoricalhinge", "dice", "tversky")
BINARY = ("binarycrossentropy", "bce", "binaryfocalcrossentropy", "hinge", "squaredhinge")
SPARSE = "use sparse_categorical_crossentropy"
SPARSE_NAME = "sparsecategoricalcrossentropy"

REMEDIES: dict[str, str] = {
    **dict.fromkeys(ONE_HOT, f"labels are whole numbers, not one-hot: {SPARSE}"),
    **dict.fromkeys(BINARY, f"with two classes use Dense(2, activation='softmax') and {SPARSE[4:]}"),
    **dict.fromkeys(
        (
            *("meansquarederror", "mse", "meanabsoluteerror", "mae", "meanabsolutepercentageerror", "mape"),
            *("meansquaredlogarithmicerror", "msle", "huber", "logcosh", "kldivergence", "kld", "poisson"),
            "cosinesimilarity",
        ),
        f"labels are classes, and it would compare them with scores as numbers: {SPARSE}",
    ),
}
"""Losses of Keras that compare number by number, in small letters alone, each with what to use for labels instead."""


def refuse_unfit_loss(model: keras.Model, part: Part, shape: tuple[int | None, ...] | None) -> None:
    """Refuse a loss of Keras's that does not fit the targets and the model's one output.

    Args:
        model: the compiled model.
        part: the examples that it is trained on.
        shape: shape of the model's output, (n, ...); None if it has several, or does not say.

    Raises:
        InputError: if it does not fit.
    """
    losses = flat(model.loss)
    own_step = type(model).train_step is not keras.Model.train_step
    own_loss = type(model).compute_loss is not keras.Model.compute_loss
    if not losses and not own_step and not own_loss:
        raise InputError(
            "the loss must fit what the model is trained on, but compile() got none; "
            "give compile() a loss, such as sparse_categorical_crossentropy for labels that are whole numbers"
        )
    if own_step or len(losses) != 1 or shape is None or not isinstance(part.y, np.ndarray):
        return
    name = plain(name_of(losses[0]))
    if not is_of_keras(losses[0]):
        return
    if name == SPARSE_NAME and not own_loss and getattr(losses[0], "ignore_class", None) is None:
        _check_scores(name_of(losses[0]), part, shape[1:])
    if name in REMEDIES:
        _check_targets(name_of(losses[0]), name, part, shape)


def _check_scores(loss_name: str, part: Part, outputs: tuple[int | None, ...]) -> None:
    """Refuse an output that has no score for each class, which Keras refuses in the first step in its own words."""
    targets = part.y.shape[1:]
    if part.labels is None:
        if len(targets) == len(outputs) and targets and targets[-1] > 1:
            raise InputError(
                f"labels must be whole numbers for the loss {loss_name}, but y has the shape {targets} for each "
                "example; if it is one-hot, use categorical_crossentropy, or y.argmax(-1) and whole numbers"
            )
        return
    classes = int(part.labels.max()) + 1
    if len(outputs) > 1:
        raise InputError(
            f"the model's output must have the shape ({classes},) for each example, a score for each class, but it has "
            f"{outputs}; put layers.Flatten() or a GlobalAveragePooling layer before the last Dense"
        )
    if outputs and outputs[0] is not None and outputs[0] < classes:
        binary = ", or with Dense(1, activation='sigmoid') and use binary_crossentropy"
        raise InputError(
            f"the model's output must have a score for each of {classes} classes, but it has {outputs[0]}; "
            f"end the model with Dense({classes}){binary if classes == 2 else ''}"
        )


def _check_targets(loss_name: str, name: str, part: Part, shape: tuple[int | None, ...]) -> None:
    labels, scores = part.labels, shape[-1]
    if labels is not None and name in BINARY and int(labels.max()) > 1:
        raise InputError(
            f"the loss must fit labels that are whole numbers, but it is {loss_name}, which takes labels 0 and 1, and "
            f"the largest is {labels.max()}: {SPARSE} and a score for each class"
        )
    if labels is not None and scores != 1:
        raise InputError(f"the loss must fit labels that are whole numbers, but it is {loss_name}: {REMEDIES[name]}")
    targets = part.y.shape[1:] or (1,)
    outputs = shape[1:] or (1,)
    alike = len(targets) == len(outputs) and all(a in (None, b) for a, b in zip(outputs, targets, strict=True))
    if labels is None and not alike and (*targets, 1) != tuple(outputs) and tuple(targets) != (*outputs, 1):
        raise InputError(
            f"the model's output must have the shape of its targets, {targets} for each example, as {loss_name} "
            f"compares them number by number, but it has {tuple(outputs)}; end the model with Dense({targets[-1]})"
        )


def name_of(item: Any) -> str:
    """What a loss or a metric is called: by the text it was given as, the function's name, or the object's class."""
    if isinstance(item, str):
        return item
    return str(getattr(item, "__name__", None) or type(item).__name__)


def plain(name: str) -> str:
    """The name of a loss or a metric in small letters alone, in which a function's and its class's are one."""
    return name.replace("_", "").lower()


def is_of_keras(item: Any) -> bool:
    """Whether a loss, metric or optimizer is Keras's own: one of the user's may have the name of one, and differ."""
    return isinstance(item, str) or str(getattr(item, "__module__", "")).startswith("keras.")


def flat(items: Any) -> list[Any]:
    """The losses or metrics of a tree, as `compile` takes them: one, or lists, tuples and dicts of them, or none."""
    if items is None:
        return []
    if isinstance(items, list | tuple):
        return [leaf for item in items for leaf in flat(item)]
    if isinstance(items, dict):
        return [leaf for item in items.values() for leaf in flat(item)]
    return [items]
