"""A worker's whole work: one trial after another, in one process that stays warm."""

from __future__ import annotations

import time
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from sweep.batches import batches, steps_until, total_steps
from sweep.data import TestData, TrainingData
from sweep.errors import InputError
from sweep.job import Job, Plan, Rung
from sweep.model import build_model
from sweep.network import batch_size
from sweep.sweep import Params
from sweep.training import DivergedError, Examples, Training


class Worker:
    """Trains trials. Call `settle_devices` before the first one in a process.

    Args:
        job: what all trials have in common.
        data: what they are trained and chosen on.
        test: what a completed trial is measured on.
    """

    def __init__(self, job: Job, data: TrainingData, test: TestData) -> None:
        self._job = job
        self._classes = data.classes
        self._train = Examples(data.x_train, data.y_train)
        self._val = Examples(data.x_val, data.y_val)
        self._test = test
        self._plan: Plan | None = None

    def start(self, plan: Plan) -> None:
        """Take on a trial: build its model.

        Raises:
            InputError: if the model is not a compiled `keras.Model` that fits the data.
            Exception: what the model function raises.
        """
        self._plan = plan
        self._began = time.perf_counter()
        self._rung = 0
        keras.backend.clear_session()
        keras.utils.set_random_seed(plan.seed)
        model = make_model(self._job, plan.params, tuple(self._train.x.shape[1:]), self._classes)
        self._parameters = model.count_params()
        self._training = Training(model, self._train)

    def advance(self) -> Rung:
        """Train the trial to its next rung and measure it there; at the last one also on the test set.

        Raises:
            DivergedError: if its loss becomes NaN or infinite.
        """
        if self._plan is None:
            raise RuntimeError("a worker must start a trial before it can advance it")
        size = batch_size(self._plan.params)
        total = total_steps(len(self._train), size, self._job.epochs)
        step = self._job.steps[self._rung]
        start = steps_until(self._job.steps[self._rung - 1], total) if self._rung else 0
        stop = max(start, steps_until(step, total))
        self._train_steps(start, stop, size)
        accuracy, loss = self._training.measure(self._val)
        if not np.isfinite(loss):
            raise DivergedError(f"the validation loss is {loss} after training step {stop} of {total}")
        self._rung += 1
        test_accuracy = self._training.measure(Examples(self._test.x, self._test.y))[0] if step >= 100 else None
        return Rung(
            step=step,
            epochs=round(self._job.epochs * step / 100, 3),
            val_accuracy=accuracy,
            val_loss=loss,
            seconds=round(time.perf_counter() - self._began, 3),
            parameters=self._parameters,
            precision=self._job.precision,
            test_accuracy=test_accuracy,
        )

    def _train_steps(self, start: int, stop: int, size: int) -> None:
        if self._plan is None or start == stop:
            return
        try:
            self._training.run(batches(len(self._train), size, start, stop, self._plan.seed))
        except DivergedError as error:
            done, loss = error.args
            raise DivergedError(f"the training loss is {loss} at training step {start + done}") from error


def make_model(job: Job, params: Params, shape: tuple[int, ...], classes: int) -> keras.Model:
    """Build one configuration's model.

    Raises:
        InputError: if the params can't be built, or an own model function returned something unfit.
        Exception: what an own model function raises.
    """
    keras.config.set_dtype_policy("mixed_bfloat16" if job.precision == "bfloat16" else "float32")
    if job.model is None:
        return build_model(params, shape, classes)
    model = job.model(dict(params))
    _check_model(model, shape)
    return model


def _check_model(model: Any, shape: tuple[int, ...]) -> None:
    if not isinstance(model, keras.Model):
        raise InputError(f"model(params) must return a keras.Model, but it returned {type(model).__name__}")
    if not model.compiled:
        raise InputError("model(params) must return a compiled model, but compile() was not called on it")
    if not model.built:
        model.build((None, *shape))
    wanted = model.input_shape[1:]
    if len(wanted) != len(shape) or any(a not in (None, b) for a, b in zip(wanted, shape, strict=True)):
        raise InputError(f"model(params) must take inputs of shape {shape}, but it takes {wanted}")


def settle_devices(threads: int) -> None:
    """Give TensorFlow its threads, and of a GPU only the memory it needs."""
    # Before TensorFlow's first operation; later it refuses to change them.
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)
