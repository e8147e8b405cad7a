"""Trains one model by Keras's own `fit`, any number of steps at a time, and measures it by its own `evaluate`."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from typing import Any

import keras
import numpy as np

from sweep.errors import InputError, describe
from sweep.space.metrics import ACCURACY, LOSS, VAL
from sweep.training.callbacks import forwarding_class, refuse_others
from sweep.training.examples import Examples
from sweep.training.keywords import Keywords
from sweep.training.measured import TIMED_SECONDS, DivergedError, Measured, undisturbed
from sweep.training.predicted import accuracy_of, labels_of, losses_of
from sweep.training.private import skip_all_reduce
from sweep.training.streams import StreamExamples, TrainingStream

AnyExamples = Examples | StreamExamples
Trained = Examples | TrainingStream


class FitTraining:
    """Trains one compiled model by `fit`, in the same batches as the quick loop.

    `fit` is called once for each stretch of steps within an epoch; the callbacks see a single one.

    Args:
        model: a compiled `keras.Model`.
        train: the examples that the model is trained on.
        val: the examples that it is validated on; None if there are none.
        test: the examples that it is measured on at the end.
        epochs: epochs of the whole training.
        size: batch size.
        seed: seed of the batches.
        keywords: what `fit` is called with besides.
        accuracy: whether the accuracy is to be measured also of a model that is not compiled with it.
        reason: why the model is trained by `fit`.
        clock: tells the time in seconds that inference is measured by.
        fit: is called in the place of `model.fit`, with the same keyword arguments. Default: `model.fit`. This one, and
            a `fit` of the model's own, get arrays, which is what they may work on; Keras's gets a `tf.data.Dataset`.
    """

    def __init__(
        self,
        model: keras.Model,
        train: Trained,
        val: AnyExamples | None,
        test: AnyExamples,
        *,
        epochs: int,
        size: int,
        seed: int,
        keywords: Keywords,
        accuracy: bool,
        reason: str,
        clock: Callable[[], float],
        fit: Callable[..., Any] | None = None,
    ) -> None:
        self.model = model
        self._accuracy = accuracy
        self.reason = reason
        self.stopped_early = False
        self._train = train
        self._val = val
        self._val_batches = None if val is None else val.in_order()
        self._test = test
        self._clock = clock
        self._keywords = keywords
        self._fit = fit or model.fit
        as_arrays = fit is not None or type(model).fit is not keras.Model.fit
        self._batches = train.batches(size, seed, epochs, as_arrays=as_arrays)
        self._to_validate = None if val is None else val.to_validate(as_arrays=as_arrays)
        self._ends = self._batches.ends
        self._as_arrays = as_arrays
        self._predicts = type(model).call is not keras.Model.call or type(model).predict is not keras.Model.predict
        self._validated: tuple[int, dict[str, float]] | None = None
        steps = self._ends[-1] if len(self._ends) == 1 else self._ends[0] or 1
        kind = forwarding_class(keywords.callbacks)
        self._callbacks = kind(keywords.callbacks, model, epochs, steps, self._validate)
        # They exchange weights while a model is measured; at the end of the training these stay.
        self._swapping = [item for item in keywords.callbacks if isinstance(item, keras.callbacks.SwapEMAWeights)]
        skip_all_reduce(model.optimizer)

    @property
    def total(self) -> int:
        """Training steps of the whole training."""
        return self._ends[-1]

    @property
    def history(self) -> list[dict[str, float]]:
        """What Keras measured over each epoch, validation scores too where callbacks may watch them."""
        return self._callbacks.by_epoch()

    def run(self, start: int, stop: int) -> int:
        """Train steps `start` to `stop`; returns the step after the last one, which is less if a callback stops it.

        Raises:
            DivergedError: if the training loss becomes NaN or infinite.
        """
        for first, last in pairwise([start, *(end for end in self._ends if start < end < stop), stop]):
            self._run_piece(first, last)
            if self.model.stop_training:
                self.stopped_early = True
                return min(last, first + self._callbacks.done)
        return stop

    def _run_piece(self, first: int, last: int) -> None:
        epoch = bisect_right(self._ends, first)
        begins = self._ends[epoch - 1] if epoch else 0
        ends_epoch = last == self._ends[epoch]
        validates = ends_epoch and self._val is not None and bool(self._keywords.callbacks)
        self._callbacks.begin_piece(first - begins, ends_epoch=ends_epoch)
        with _unfinalized(self.model), _told_of_keywords(self._as_arrays), refuse_others(self._callbacks):
            self._fit(
                **self._batches.choose(first, last),
                epochs=epoch + 1,
                initial_epoch=epoch,
                verbose=0,
                callbacks=[self._callbacks],
                validation_data=self._to_validate if validates else None,
                **self._keywords.others,
            )
        self._refuse_other_epochs(epoch)
        logs = self._callbacks.measured
        if not np.isfinite(logs.get(LOSS, 0.0)):
            raise DivergedError(f"the training loss is {logs[LOSS]} at training step {last}")
        if not ends_epoch:
            self._callbacks.keep_averages()
        val = {name.removeprefix(VAL): value for name, value in _numbers(logs).items() if name.startswith(VAL)}
        self._validated = (min(last, first + self._callbacks.done), val) if val else None

    def _refuse_other_epochs(self, epoch: int) -> None:
        """Refuse a `fit` of the user's own that has not trained the one epoch, or the piece of it, that it was to."""
        begun = self._callbacks.epochs_begun
        if begun != 1:
            raise InputError(
                f"a fit of one's own must train from initial_epoch={epoch} to epochs={epoch + 1} and tell the "
                f"callbacks that it is given, but they saw {begun} epochs; hand all keyword arguments "
                "to Keras's fit once, or have a train function in the place of the model function"
            )

    def finish(self) -> None:
        """End the training as `fit` does: averaged weights take their place, and callbacks are told."""
        self.model.optimizer.finalize_variable_values(self.model.trainable_variables)
        self._callbacks.end_training()
        self._validated = None
        self._swapping = []

    def build_all(self) -> None:
        """Have the model make what it makes in its first step, such as optimizers of its own; that trains it."""
        self.model.fit(**self._batches.choose(0, 1), verbose=0)

    def measure_validation(self, position: int) -> dict[str, float]:
        """The loss and metrics on the validation examples, after so many training steps; empty if there are none."""
        if self._val is None:
            return {}
        if self._validated is not None and self._validated[0] == position:
            return self._with_accuracy(self._validated[1], self._val)
        for callback in self._swapping:
            callback.on_test_begin()
        measured = self._evaluate(self._val_batches)
        for callback in self._swapping:
            callback.on_test_end()
        return self._with_accuracy(measured, self._val)

    def measure_test(self) -> Measured:
        """The loss and each metric on the test examples, and what is predicted of each."""
        metrics = self._evaluate(self._test.in_order())
        if not self._predicts:
            return Measured(metrics)
        with undisturbed(self.model):
            outputs, part = self._test.predicted(partial(self.model.predict, verbose=0))
        metrics = self._with_accuracy(metrics, self._test)
        if part.labels is not None and isinstance(self._test, Examples):
            return Measured(metrics, labels_of(outputs, part, metrics))
        return Measured(metrics, losses=losses_of(self.model, outputs, part))

    def names(self) -> list[str]:
        """The names of what is measured: the loss and each metric. The model is built by measuring two examples."""
        self._build_metrics()
        measured = self._evaluate(self._train.few())
        few = self._train.first(2) if isinstance(self._train, Examples) else self._train
        names = list(self._with_accuracy(measured, few))
        self.model.reset_metrics()
        self.model.optimizer.build(self.model.trainable_variables)  # a checkpoint has its variables
        if self._left_out:
            print(
                f"left out {', '.join(self._left_out)}, which is not one number, such as F1Score(average='macro') gives"
            )
        return names

    def _build_metrics(self) -> None:
        """Build the compiled metrics, as the first training step does.

        Keras asks for them even where a `test_step` of the model's own does without, and fails if none is built.
        """
        kind = type(self.model)
        own_test, own_train = (
            getattr(kind, name) is not getattr(keras.Model, name) for name in ("test_step", "train_step")
        )
        if not own_test or own_train or not self._predicts:
            return
        x, y, *_ = next(iter(self._train.few()))
        with undisturbed(self.model):
            self.model.compute_metrics(x, y, self.model(x, training=False))

    def seconds_to_predict(self) -> float | None:
        """How many seconds an example takes to predict, undisturbed and once it is compiled; None without `call`."""
        if not self._predicts:
            return None
        x, examples = self._train.some_inputs()
        marks = [self._clock()]
        ends = time.perf_counter() + TIMED_SECONDS
        with undisturbed(self.model):
            while len(marks) <= 2 or time.perf_counter() < ends:
                self.model.predict_on_batch(x)
                marks.append(self._clock())
        return min(after - before for before, after in pairwise(marks)) / examples

    def state(self) -> dict[str, Any]:
        """What the training goes on from besides the model's variables."""
        return self._callbacks.state()

    def restore(self, state: Mapping[str, Any]) -> bool:
        """Go on from a state; returns whether it fits."""
        if not self._callbacks.fits(state):
            return False
        self._callbacks.restore(state)
        return True

    def _with_accuracy(self, metrics: dict[str, float], examples: AnyExamples) -> dict[str, float]:
        """Metrics, with the accuracy if it is to be among them and is not."""
        if not self._accuracy or ACCURACY in metrics or not self._predicts or not isinstance(examples, Examples):
            return metrics
        with undisturbed(self.model):
            accuracy = accuracy_of(*examples.predicted(partial(self.model.predict, verbose=0)))
        return metrics if accuracy is None else {ACCURACY: accuracy, **metrics}

    def _validate(self) -> dict[str, float]:
        if self._val is None:
            return {}
        return {VAL + name: value for name, value in self._evaluate(self._val_batches, [self._callbacks]).items()}

    def _evaluate(self, examples: Any, callbacks: Sequence[keras.callbacks.Callback] = ()) -> dict[str, float]:
        with undisturbed(self.model):
            measured = self._evaluated(examples, callbacks)
        numbers = _numbers(measured) if isinstance(measured, dict) else {}
        if not numbers:
            raise InputError(
                "the model's evaluate and test_step must measure numbers by their names, such as the loss, "
                f"but they return {type(measured).__name__}: {str(measured)[:200]}"
            )
        self._left_out = [name for name in measured if name not in numbers]
        return numbers

    def _evaluated(self, examples: Any, callbacks: Sequence[keras.callbacks.Callback]) -> Any:
        kind = type(self.model)
        if all(getattr(kind, name) is getattr(keras.Model, name) for name in ("call", "test_step", "evaluate")):
            raise InputError(
                "the model must have call or test_step, by which it is measured on examples that it is not trained on, "
                f"but {kind.__name__} has neither; give it a test_step that returns the metrics"
            )
        return self.model.evaluate(examples, verbose=0, return_dict=True, callbacks=list(callbacks))


def _numbers(measured: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in measured.items() if np.ndim(value) == 0}


@contextmanager
def _told_of_keywords(takes_arrays: bool) -> Iterator[None]:
    """Say what a `fit` of the user's own must take, if it does not."""
    try:
        yield
    except TypeError as error:
        if not (takes_arrays and "unexpected keyword argument" in str(error)):
            raise
        raise InputError(
            f"a fit of one's own must take the keyword arguments of Keras's Model.fit, but {describe(error)}; "
            "give it **kwargs, and hand them to the fit that it calls"
        ) from error


@contextmanager
def _unfinalized(model: keras.Model) -> Iterator[None]:
    """Keep a piece's `fit` from putting averaged weights in their place, which is for the end of the training."""
    optimizer = model.optimizer
    optimizer.finalize_variable_values = lambda variables: None
    try:
        yield
    finally:
        del optimizer.finalize_variable_values
