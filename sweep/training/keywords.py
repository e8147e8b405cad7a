"""What the user's `fit(params)` returns: keyword arguments for Keras's `Model.fit`, checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras

from sweep.errors import InputError
from sweep.space.sweep import Params

TAKEN = ("callbacks", "class_weight")
"""Keyword arguments of `fit` that a user may give."""

REMEDIES = {
    "epochs": "they are Sweep's epochs",
    "initial_epoch": "a trial begins with its first epoch",
    "batch_size": "it is the parameter batch_size: have space(trial) return it",
    **dict.fromkeys(("x", "y", "sample_weight"), "they are what data returns"),
    **dict.fromkeys(
        ("validation_data", "validation_split", "validation_steps", "validation_batch_size", "validation_freq"),
        "what is held out is measured at each rung and epoch; a data function may return train, validation, test",
    ),
    "steps_per_epoch": "an epoch is one pass over the training examples",
    "shuffle": "the examples are shuffled by the trial's seed",
    "verbose": "the sweep shows what goes on",
}
"""Those that are the sweep's to set, each with where it is set instead."""


@dataclass(frozen=True)
class Keywords:
    """Keyword arguments for `fit`.

    Args:
        callbacks: the callbacks. Default: none.
        others: the other keyword arguments. Default: none.
    """

    callbacks: list[keras.callbacks.Callback] = field(default_factory=list)
    others: dict[str, Any] = field(default_factory=dict)


class KeywordsMaker:
    """Makes keyword arguments for one trial after another, and sees to it that callbacks are made afresh.

    Args:
        fit: the user's function; None if there is none.
    """

    def __init__(self, fit: Callable[[Params], Any] | None) -> None:
        self._fit = fit

    def make(self, params: Params) -> Keywords:
        """The keyword arguments of one trial.

        Raises:
            InputError: if they are not a dict of what a user may give, or a callback was another trial's.
            Exception: what the user's function raises.
        """
        if self._fit is None:
            return Keywords()
        keywords = self._fit(dict(params))
        if not isinstance(keywords, dict):
            raise InputError(
                f"fit(params) must return a dict of keyword arguments for Model.fit, but it returned {keywords!r}"
            )
        for name in keywords:
            if name in REMEDIES:
                raise InputError(f"fit(params) must leave {name} to the sweep, but it returned it; {REMEDIES[name]}")
            if name not in TAKEN:
                raise InputError(f"fit(params) may return {' and '.join(TAKEN)}, but it returned {name!r}")
        others = {name: value for name, value in keywords.items() if name != "callbacks"}
        return Keywords(self._fresh(keywords.get("callbacks") or []), others)

    def _fresh(self, callbacks: Any) -> list[keras.callbacks.Callback]:
        flat: list[Any] = [*callbacks] if isinstance(callbacks, list | tuple) else [callbacks]
        for callback in flat:
            if not isinstance(callback, keras.callbacks.Callback):
                raise InputError(f"callbacks must be of keras.callbacks.Callback, but fit(params) made {callback!r}")
            if callback.params is not None:  # set as a training begins
                raise InputError(
                    f"fit(params) must make new callbacks each time, but it returned the {type(callback).__name__} of "
                    "an earlier trial; make it inside the function"
                )
        saving = [item for item in flat if isinstance(item, keras.callbacks.BackupAndRestore)]
        if saving:
            print("left out BackupAndRestore: the sweep itself saves trials, and goes on with them")
        return [item for item in flat if item not in saving]


def refuse_two_weights(keywords: Keywords, *, weighted: bool) -> None:
    """Refuse class weights where the training examples have weights already: Keras takes one or the other.

    Args:
        keywords: of `fit`.
        weighted: whether the training examples have weights.

    Raises:
        InputError: if there are both.
    """
    if weighted and keywords.others.get("class_weight") is not None:
        raise InputError(
            "examples must be weighted once, but data returns sample weights and fit(params) returns class_weight; "
            "multiply the sample weights by those of their classes"
        )


def refuse_unknown_monitors(callbacks: list[keras.callbacks.Callback], names: list[str]) -> None:
    """Refuse callbacks that watch a metric which the model does not have: Keras would only warn, and they do nothing.

    Args:
        callbacks: the callbacks.
        names: names of the loss and metrics.

    Raises:
        InputError: if there is one.
    """
    known = [*(f"val_{name}" for name in names), *names]
    for callback in callbacks:
        monitor = getattr(callback, "monitor", None)
        of_keras = type(callback).__module__.startswith("keras.")
        if of_keras and isinstance(monitor, str) and monitor not in known:
            raise InputError(
                f"{type(callback).__name__} must monitor one of {', '.join(known)}, but it monitors {monitor!r}"
            )
