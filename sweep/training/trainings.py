"""Makes the training of one configuration after another: its model, and the way in which that is trained."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import keras
import numpy as np
from keras.callbacks import SwapEMAWeights

from sweep.data.dataset import TrainingData
from sweep.data.parts import Part
from sweep.data.streams import StreamPart
from sweep.errors import InputError
from sweep.space.hypermodel import FittingHyperModelFunction
from sweep.space.metrics import ACCURACY, VAL
from sweep.space.sweep import Params
from sweep.training.batches import epoch_ends, total_steps
from sweep.training.building import make_model
from sweep.training.choice import check_fits, reason_for_fit, shape_taken
from sweep.training.examples import Examples
from sweep.training.fit import AnyExamples, FitTraining, Trained
from sweep.training.keywords import KeywordsMaker, refuse_two_weights, refuse_unknown_monitors
from sweep.training.loop import QuickTraining
from sweep.training.measured import Training
from sweep.training.messages import TrainingConfig, refuse_too_large
from sweep.training.network import batch_size, trial_epochs
from sweep.training.scaled_twice import refuse_scaled_twice
from sweep.training.streams import Streams


class Trainings:
    """Makes trainings that share their data.

    Args:
        training_config: what all trials have in common.
        data: the examples that models are trained and validated on.
        test: the examples that a completed trial is measured on.
        clock: tells the time in seconds that inference is measured by. Default: processor time.
    """

    def __init__(
        self,
        training_config: TrainingConfig,
        data: TrainingData,
        test: Part,
        clock: Callable[[], float] = time.process_time,
    ) -> None:
        self._config = training_config
        self._data = data
        self._test = test
        self._clock = clock
        self._keywords = KeywordsMaker(training_config.fit)
        self._tensors: tuple[Examples, Examples | None, Examples] | None = None
        self._streams = _streams(training_config, data, test)

    def use(self, data: TrainingData) -> None:
        """Make trainings on other examples."""
        self._data, self._tensors = data, None

    def check(self) -> None:
        """See to it, once, that what is made on this worker is the study's data.

        Raises:
            InputError: if it is not.
        """
        if self._streams is not None:
            self._streams.check()

    def make(self, params: Params, seed: int, epochs: int | None = None) -> Training:
        """Build the model of one configuration, and choose how it is trained.

        Args:
            params: hyperparameters that the model is built from.
            seed: seed of the batches.
            epochs: epochs of the training. Default: the trial's.

        Raises:
            InputError: if the params can't be built, or the model is not a compiled `keras.Model` that fits the data
                and has the metrics that are the objectives.
            TooLargeError: if the model has more parameters than are allowed.
            Exception: what a function of the user's own raises.
        """
        config = self._config
        epochs = epochs or trial_epochs(params, config.epochs)
        model = make_model(config, params, self._data)
        if self._streams is not None:
            examples = self._streams.make(seed, epochs)
            check_fits(model, replace(self._data, train=examples[0].sample))
            return self._by_fit(model, params, seed, epochs, "its data come in batches", examples)
        reason = ""
        if config.model is not None or config.fit is not None:
            check_fits(model, self._data)
            refuse_scaled_twice(model, self._data.train)
            refuse_too_large(model.count_params() if model.built else 0, config.max_parameters)
            reason = reason_for_fit(model, config, self._data)
        if not reason:
            return self._quick(model, params, seed, epochs)
        if config.precision != "float32":
            raise InputError(
                "a model that is trained by Keras's fit sets its precision itself, by "
                f"keras.mixed_precision.set_dtype_policy or its layers' dtype, but --precision is {config.precision}; "
                f"leave it out ({reason})"
            )
        return self._by_fit(model, params, seed, epochs, reason, self._examples(model))

    def _quick(self, model: keras.Model, params: Params, seed: int, epochs: int) -> Training:
        train, val, test = self._examples(model)
        size = batch_size(params)
        return QuickTraining(
            model,
            train,
            val,
            test,
            total=total_steps(len(train), size, epochs),
            size=size,
            seed=seed,
            clock=self._clock,
            ends=epoch_ends(len(train), size, epochs),
            averages=self._averages(params),
        )

    def _averages(self, params: Params) -> bool:
        """Whether the built-in network's weights are averaged: then the averages are measured at each rung."""
        return self._config.is_built_in and bool(params.get("ema"))

    def _by_fit(
        self,
        model: keras.Model,
        params: Params,
        seed: int,
        epochs: int,
        reason: str,
        examples: tuple[Trained, AnyExamples | None, AnyExamples],
    ) -> Training:
        keywords = self._keywords.make(params)
        if self._averages(params) and not any(isinstance(item, SwapEMAWeights) for item in keywords.callbacks):
            keywords = replace(keywords, callbacks=[*keywords.callbacks, SwapEMAWeights()])
        refuse_two_weights(keywords, weighted=self._data.train.weight is not None)
        function = self._config.model
        fit = function.fit_model if isinstance(function, FittingHyperModelFunction) else None
        training = FitTraining(
            model,
            *examples,
            epochs=epochs,
            size=batch_size(params),
            seed=seed,
            keywords=keywords,
            accuracy=not self._config.objectives or VAL + ACCURACY in self._config.objectives,
            clock=self._clock,
            reason=reason,
            fit=None if fit is None else partial(fit, params, model),
        )
        names = training.names()
        refuse_too_large(model.count_params(), self._config.max_parameters)
        self._refuse_other_metrics(names)
        refuse_unknown_monitors(keywords.callbacks, names)
        return training

    def _examples(self, model: keras.Model) -> tuple[Examples, Examples | None, Examples]:
        """The examples to train, validate and test on, in the shape in which a model takes them."""
        if self._tensors is None:
            val = None if self._data.val is None else Examples(self._data.val)
            self._tensors = Examples(self._data.train), val, Examples(self._test)
        train, val, test = self._tensors
        if not isinstance(self._data.train.x, np.ndarray):
            return self._tensors
        shape = shape_taken(model, self._data.train.x.shape[1:])
        return train.reshaped(shape), val and val.reshaped(shape), test.reshaped(shape)

    def _refuse_other_metrics(self, names: list[str]) -> None:
        missing = [
            name for name in self._config.objectives if name.startswith(VAL) and name.removeprefix(VAL) not in names
        ]
        if missing:
            raise InputError(
                f"objective must be among what the model measures, {', '.join(VAL + name for name in names)}, "
                f"but it is {missing[0]}; compile the model with that metric, or give Sweep another objective"
            )


def _streams(config: TrainingConfig, data: TrainingData, test: Part) -> Streams | None:
    """The streams of a data function whose examples come in batches; None if they are arrays."""
    val = data.val
    if config.data is None or not isinstance(data.train, StreamPart) or not isinstance(test, StreamPart):
        return None
    return Streams(config.data, (data.train, val if isinstance(val, StreamPart) else None, test), config.threads)
