"""From a KerasTuner hypermodel to a `Sweep`: its space is known only by building its models, here and on the CPU."""

from __future__ import annotations

import copy
import gc
import random
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import fields
from functools import cache, partial
from queue import SimpleQueue
from typing import Any, TypeVar

import numpy as np

from sweep.errors import InputError, describe
from sweep.space.hypermodel import REMEDY, build, check_hypermodel, function_of, has_own_fit, recorded_batch_size
from sweep.space.hyperparameters import HyperParameters
from sweep.space.numbers import check_whole
from sweep.space.ranges import Answer, Range, suggested
from sweep.space.suggest import RESERVED
from sweep.space.sweep import Params, Sweep
from sweep.training.cpu import onednn_for_training
from sweep.training.quiet import share_gpus, tensorflow_quiet
from sweep.training.remedies import remedy_for_returned

Outcome = TypeVar("Outcome")

BATCH_SIZE = 32
"""The batch size of Keras's `Model.fit`, in examples."""
MOST_UNCOLLECTED = 5_000_000
"""Parameters that models may have that are not needed any more before their memory is collected."""


def from_hypermodel(
    hypermodel: Any, baseline: Mapping[str, Any] | None = None, *, batch_size: int = BATCH_SIZE, **arguments: Any
) -> Sweep:
    """A sweep over the models of a KerasTuner `HyperModel`, as it stands; KerasTuner is not needed for it.

        SWEEP = sweep.from_hypermodel(MyHyperModel(), trials=16, epochs=5, data="digits")

    What a hypermodel asks for shows only as it builds a model. So each configuration is built once in this process too,
    which imports TensorFlow; on the CPU, in a thread of its own, so that Keras's names and random numbers here stay as
    they were.

    Args:
        hypermodel: an object with a method `build(hp)`, and if it likes a `fit(hp, model, *args, **kwargs)`; or a
            function of `hp`. It may be built many times, and goes to the workers by value.
        baseline: the values to beat, as far as they are not the hyperparameters' defaults. Default: all of these.
        batch_size: examples in a training step, where the hypermodel does not ask for `batch_size` and its `fit` does
            not give one. Default 32, as Keras has it.
        **arguments: other arguments of `Sweep`, such as trials, epochs, data and objective.

    Raises:
        InputError: if it is no hypermodel, an argument is wrong, the model of the baseline can't be built, or its `fit`
            does more than call `model.fit`.
    """
    check_hypermodel(hypermodel)
    check_whole("batch_size", batch_size, 1)
    known = [item.name for item in fields(Sweep) if item.name not in ("space", "baseline", "model", "train")]
    unknown = [name for name in arguments if name not in known]
    if unknown:
        raise InputError(f"arguments must be among {', '.join(known)}, but got {', '.join(unknown)}")
    if baseline is not None and not isinstance(baseline, Mapping):
        raise InputError(f"baseline must be a dict of names to values, but got {baseline!r}")
    space = HyperModelSpace(_copied(hypermodel), batch_size)
    chosen = dict(baseline or {})
    return Sweep(space=space, baseline={**space.defaults(chosen), **chosen}, model=function_of(hypermodel), **arguments)


class HyperModelSpace:
    """The space of a hypermodel: what it asks for while it builds a model, and while its own `fit` would train it.

    Args:
        hypermodel: an object with a method `build(hp)`, or a function of `hp`.
        batch_size: examples in a training step if the hypermodel says nothing else.
    """

    def __init__(self, hypermodel: Any, batch_size: int) -> None:
        self._hypermodel = hypermodel
        self._batch_size = batch_size
        self._uncollected = 0

    def __call__(self, trial: Any) -> Params:
        """One configuration that a trial suggests.

        A model that can't be built is no fault of the space: its trial will say so. Then the configuration is what was
        asked for until then.
        """
        params, _ = self._configuration(partial(suggested, trial))
        return params

    def defaults(self, chosen: Mapping[str, Any]) -> Params:
        """The default of each hyperparameter that is searched over, or the value chosen for it.

        Raises:
            InputError: if the model of these can't be built.
        """
        asked: Params = {}

        def answer(item: Range) -> Any:
            asked[item.name] = chosen.get(item.name, item.default)
            return asked[item.name]

        _, error = self._configuration(answer)
        if error is not None:
            raise InputError(
                f"the hypermodel must be able to build its baseline, but it raised {describe(error)}; "
                "give the values that it can as baseline="
            ) from error
        return asked

    def _configuration(self, answer: Answer) -> tuple[Params, Exception | None]:
        """The params of one configuration, and why its model can't be built, if that is so."""
        _prepare_tensorflow()
        with _random_state_kept():
            params, error, size = _answered(self._built, answer)
        clashing = sorted({*RESERVED, "epochs"} & params.keys())
        if clashing:
            raise InputError(
                f"hyperparameters can't be named like a column of the board, but one is {clashing[0]!r}; rename it, or "
                "if from_hypermodel has an argument for what it is, take it out and give that"
            )
        self._uncollected += size
        if self._uncollected > MOST_UNCOLLECTED:
            gc.collect()  # a model refers to itself, and Python may leave it for long
            self._uncollected = 0
        return params, error

    def _built(self, answer: Answer) -> tuple[Params, Exception | None, int]:
        """As `_configuration`, but in the thread where models are built; also returns how many parameters one has."""
        # Postponed: it is imported by now, but who imports this module may never build a model.
        import keras

        hp = HyperParameters(answer)
        with keras.device("cpu:0"):
            try:
                model = build(self._hypermodel, hp)
            except InputError:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, the trial will have it too
                return self._params(hp, None), error, 0
            if not isinstance(model, keras.Model):
                raise InputError(
                    f"build(hp) must return a keras.Model, but it returned {type(model).__name__}; "
                    f"{remedy_for_returned(model)}"
                )
            batch_size = self._recorded_batch_size(hp, model)
            return self._params(hp, batch_size), None, model.count_params() if model.built else 0

    def _recorded_batch_size(self, hp: HyperParameters, model: Any) -> Any:
        if not has_own_fit(self._hypermodel):
            return None
        try:
            return recorded_batch_size(self._hypermodel, hp, model)
        except InputError:
            raise
        except Exception as error:
            raise InputError(
                "HyperModel.fit must work with empty data, by which its hyperparameters are looked for, but it raised "
                f"{describe(error)}; {REMEDY}"
            ) from error

    def _params(self, hp: HyperParameters, batch_size: Any) -> Params:
        asked = hp.values.get("batch_size", batch_size)
        if batch_size is not None and asked != batch_size:
            raise InputError(
                f"the hyperparameter batch_size must be what HyperModel.fit hands to model.fit, but it is {asked} and "
                f"that is {batch_size}; rename the hyperparameter"
            )
        return {**hp.values, "batch_size": self._batch_size if asked is None else asked}


def _copied(hypermodel: Any) -> Any:
    """A copy for this process's builds, which may leave something in it: the hypermodel of the workers has none."""
    try:
        return copy.deepcopy(hypermodel)
    except Exception as error:
        raise InputError(
            f"hypermodel must be such as can be copied, as workers get it, but that raised {describe(error)}; "
            "make what can't be copied in build"
        ) from error


@cache
def _prepare_tensorflow() -> None:
    """Import TensorFlow as workers do, and let this process take no more of a GPU than it needs: they train there."""
    with nullcontext() if "tensorflow" in sys.modules else tensorflow_quiet(), onednn_for_training():
        # Postponed: TensorFlow takes seconds to import, and only what builds models needs it.
        import tensorflow as tf

    share_gpus(tf)


@contextmanager
def _random_state_kept() -> Iterator[None]:
    """Put back, at the end, the random numbers that Python and numpy draw in this process."""
    python, numpy = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)


def _answered(function: Callable[[Answer], Outcome], answer: Answer) -> Outcome:
    """Call a function in a thread of its own, but answer in this one what it asks.

    Keras keeps the names that it has given, its seeds and policies for each thread, and journals know theirs.

    Args:
        function: is called with what it asks by.
        answer: answers it.

    Raises:
        BaseException: what the function or the answer raised.
    """
    questions: SimpleQueue[Range | None] = SimpleQueue()
    answers: SimpleQueue[Any] = SimpleQueue()
    failures: list[BaseException] = []

    def ask(asked: Range) -> Any:
        if not failures:
            questions.put(asked)
            value = answers.get()
        if failures:
            raise failures[0]
        return value

    def call() -> Outcome:
        try:
            return function(ask)
        finally:
            questions.put(None)

    with ThreadPoolExecutor(max_workers=1) as pool:
        future = pool.submit(call)
        try:
            while (asked := questions.get()) is not None:
                answers.put(answer(asked))
        except BaseException as error:
            failures.append(error)
            answers.put(None)  # the thread waits for it, or will
            raise
        return future.result()
