"""Metrics that can't compare scores with whole-number labels: Keras fails in them without their name."""

from __future__ import annotations

from typing import Any

import keras

from sweep.data.parts import Part
from sweep.errors import InputError
from sweep.training.losses import REMEDIES, flat, is_of_keras, name_of, plain
from sweep.training.private import compiled_metrics

FOR_NUMBERS = frozenset(
    {
        *REMEDIES,
        *("auc", "precision", "recall", "f1score", "fbetascore", "binaryaccuracy", "binaryiou", "r2score"),
        *("falsenegatives", "falsepositives", "truenegatives", "truepositives", "topkcategoricalaccuracy"),
        *("precisionatrecall", "recallatprecision", "sensitivityatspecificity", "specificityatsensitivity"),
        *("rootmeansquarederror", "logcosherror", "pearsoncorrelation", "concordancecorrelation"),
    }
)
"""Metrics of Keras that compare number by number, in small letters alone."""
STEPS = ("train_step", "test_step", "compute_metrics")


def refuse_unfit_metrics(model: keras.Model, part: Part, shape: tuple[int | None, ...] | None) -> None:
    """Refuse a metric of Keras's that compares number by number, where labels are whole numbers and scores several.

    Args:
        model: the compiled model.
        part: the examples that it is trained on.
        shape: shape of the model's output, (n, ...); None if it has several, or does not say.

    Raises:
        InputError: if it has one.
    """
    own = any(getattr(type(model), name) is not getattr(keras.Model, name) for name in STEPS)
    if own or shape is None or len(shape) != 2 or shape[1] in (None, 1) or part.labels is None:
        return
    unfit = [name_of(metric) for metric in flat(compiled_metrics(model)) if _is_for_numbers(metric)]
    if unfit:
        raise InputError(
            f"metrics must fit labels that are whole numbers, but compile() got {', '.join(unfit)}, which would "
            f"compare {shape[1]} scores with one label; use metrics=['accuracy'], or give one-hot labels, as by "
            f"keras.utils.to_categorical, and the loss categorical_crossentropy{_for_two(part)}"
        )


def _is_for_numbers(metric: Any) -> bool:
    return is_of_keras(metric) and plain(name_of(metric)) in FOR_NUMBERS


def _for_two(part: Part) -> str:
    if part.labels is None or int(part.labels.max()) > 1:
        return ""
    return ", or end the model with Dense(1, activation='sigmoid') and use binary_crossentropy"
