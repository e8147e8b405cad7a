"""One model trained and measured: compiled loops over data that is already in memory."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from itertools import pairwise
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from sweep.space.metrics import ACCURACY, LOSS
from sweep.training.batches import NO_IMAGE, batches
from sweep.training.examples import Examples, scaled
from sweep.training.measured import (
    EVALUATION_BATCH,
    HISTORY,
    TIMED_SECONDS,
    DivergedError,
    Measured,
    averaged,
    undisturbed,
)
from sweep.training.messages import EPOCH
from sweep.training.private import skip_all_reduce


class QuickTraining:
    """Trains one compiled model with one input, whole-number labels and a score for each, as `fit` would.

    Args:
        model: a compiled `keras.Model` that takes integer labels.
        train: the examples that the model is trained on.
        val: the examples that it is validated on; None if there are none.
        test: the examples that it is measured on at the end.
        total: training steps of the whole training.
        size: batch size.
        seed: seed of the batches.
        clock: tells the time in seconds that inference is measured by.
        ends: number of training steps that are done at the end of each epoch. Default: not known, there is no history.
        averages: whether the weights that the optimizer averages are validated, as they are what the training ends
            with. Default: no, validate the weights that are trained, as `fit` does.

    Attributes:
        history: the training loss of each whole epoch.
    """

    reason = ""
    stopped_early = False

    def __init__(
        self,
        model: keras.Model,
        train: Examples,
        val: Examples | None,
        test: Examples,
        *,
        total: int,
        size: int,
        seed: int,
        clock: Callable[[], float],
        ends: Sequence[int] = (),
        averages: bool = False,
    ) -> None:
        self.model = model
        self.history: list[dict[str, float]] = []
        self._sum = 0.0
        self._summed = 0
        self._total = total
        self._ends = ends
        self._images = len(train)
        self._timed = train.first(EVALUATION_BATCH)
        self._val = val
        self._test = test
        self._size = size
        self._seed = seed
        self._clock = clock
        self._averages = averages
        skip_all_reduce(model.optimizer)
        self._train_steps = _train_function(model, train)
        self._measure = _measure_function(model, train)

    @property
    def total(self) -> int:
        """Training steps of the whole training."""
        return self._total

    def run(self, start: int, stop: int) -> int:
        """Train steps `start` to `stop`; returns `stop`.

        Raises:
            DivergedError: as soon as the loss is NaN or infinite.
        """
        within = [end for end in self._ends if start < end < stop]
        for first, last in pairwise([start, *within, stop]):
            self._run_piece(first, last)
        return stop

    def _run_piece(self, start: int, stop: int) -> None:
        """Train steps that are all of one epoch."""
        indices = batches(self._images, self._size, start, stop, self._seed)
        steps, loss, total = self._train_steps(tf.constant(indices))
        images = int(np.count_nonzero(indices != NO_IMAGE))
        if not np.isfinite(float(loss)):
            raise DivergedError(f"the training loss is {float(loss)} at training step {start + int(steps)}")
        self._sum += float(total)
        self._summed += images
        if stop in self._ends and self._summed:
            self.history.append({EPOCH: bisect_right(self._ends, stop), LOSS: self._sum / self._summed})
            self._sum, self._summed = 0.0, 0

    def build_all(self) -> None:
        """Have the model make what it makes in its first step, such as optimizers of its own; that trains it."""
        self.run(0, 1)

    def measure_validation(self, position: int) -> dict[str, float]:
        """Accuracy and loss on the validation examples; empty if there are none."""
        if self._val is None:
            return {}
        with averaged(self.model) if self._averages else nullcontext():
            return self.measure(self._val).metrics

    def measure_test(self) -> Measured:
        """Accuracy and loss on the test examples, and the label that is predicted of each."""
        return self.measure(self._test)

    def measure(self, examples: Examples) -> Measured:
        """Evaluate the model on some examples, of the same shape and dtype as the training examples.

        The model is left as it was: some recurrent layers draw random numbers even where nothing is dropped.
        """
        with undisturbed(self.model):
            correct, loss, predicted = self._measure(examples.x, examples.y)
        metrics = {ACCURACY: float(correct) / len(examples), LOSS: float(loss) / len(examples)}
        return Measured(metrics, predicted.numpy())

    def finish(self) -> None:
        """End the training as `fit` does: an optimizer that averages weights puts the averages in their place."""
        self.model.optimizer.finalize_variable_values(self.model.trainable_variables)
        self._averages = False

    def seconds_to_predict(self) -> float:
        """How many seconds an example takes in evaluation, undisturbed and once it is compiled.

        The least of the passes over some training examples that begin within `TIMED_SECONDS`, at least two. Timing
        draws no random number and leaves the model unchanged.
        """
        marks = [self._clock()]
        ends = time.perf_counter() + TIMED_SECONDS
        while len(marks) <= 2 or time.perf_counter() < ends:
            self.measure(self._timed)
            marks.append(self._clock())
        return min(after - before for before, after in pairwise(marks)) / len(self._timed)

    def state(self) -> dict[str, Any]:
        """What the training goes on from besides the model's variables: the losses so far."""
        return {HISTORY: {"epochs": self.history, "sum": self._sum, "summed": self._summed}}

    def restore(self, state: Mapping[str, Any]) -> bool:
        """Go on from a state; returns whether it fits. Those of 0.1.0 have no losses."""
        if state.keys() - {HISTORY}:
            return False
        known = state.get(HISTORY, {})
        self.history = list(known.get("epochs", ()))
        self._sum, self._summed = known.get("sum", 0.0), known.get("summed", 0)
        return True


def _train_function(model: keras.Model, examples: Examples) -> Any:
    step = _train_step(model)
    model.optimizer.build(model.trainable_variables)

    def train(indices: Any) -> Any:
        done = tf.constant(0)
        loss = tf.constant(0.0)
        total = tf.constant(0.0)
        for row in indices:
            batch = tf.boolean_mask(row, row != NO_IMAGE)
            loss = tf.cast(step(scaled(tf.gather(examples.x, batch)), tf.gather(examples.y, batch)), tf.float32)
            done += 1
            total += loss * tf.cast(tf.size(batch), tf.float32)
            if not tf.math.is_finite(loss):
                break
        return done, loss, total

    if model.run_eagerly:
        return train
    return tf.function(train, reduce_retracing=True, input_signature=[tf.TensorSpec((None, None), tf.int32)])


def _train_step(model: keras.Model) -> Any:
    def step(x: Any, y: Any) -> Any:
        with tf.GradientTape() as tape:
            outputs = tf.cast(model(x, training=True), tf.float32)  # the loss is always computed in float32
            loss = model.compute_loss(x=x, y=y, y_pred=outputs, training=True)
            scaled_loss = model.optimizer.scale_loss(loss)  # unchanged, except under mixed_float16
        variables = model.trainable_variables
        model.optimizer.apply(tape.gradient(scaled_loss, variables), variables)
        return loss

    return step


def _measure_function(model: keras.Model, examples: Examples) -> Any:
    # One signature for any number of examples: validation, test and timing share one compiled function.
    signature = [tf.TensorSpec((None, *array.shape[1:]), array.dtype) for array in (examples.x, examples.y)]

    def measure(x: Any, y: Any) -> Any:
        predicted = tf.TensorArray(tf.int32, size=0, dynamic_size=True, infer_shape=False, element_shape=(None,))
        correct = tf.constant(0)
        total = tf.constant(0.0)
        for start in tf.range(0, tf.shape(y)[0], EVALUATION_BATCH):
            inputs, labels = scaled(x[start : start + EVALUATION_BATCH]), y[start : start + EVALUATION_BATCH]
            outputs = tf.cast(model(inputs, training=False), tf.float32)
            best = tf.argmax(outputs, axis=-1, output_type=tf.int32)
            predicted = predicted.write(start // EVALUATION_BATCH, best)
            correct += tf.reduce_sum(tf.cast(best == labels, tf.int32))
            loss = model.compute_loss(x=inputs, y=labels, y_pred=outputs, training=False)
            total += tf.cast(loss, tf.float32) * tf.cast(tf.shape(labels)[0], tf.float32)
        return correct, total, predicted.concat()

    if model.run_eagerly:
        return measure
    return tf.function(measure, reduce_retracing=True, input_signature=signature)
