"""A worker's whole work: one trial after another, in one process that stays warm."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from sweep.data.dataset import TestData, TrainingData
from sweep.errors import InputError, MachineError
from sweep.space.sweep import Params
from sweep.training.batches import batches, steps_until, total_steps
from sweep.training.checkpoint import Snapshot, identity, unpack
from sweep.training.loop import DivergedError, Examples, Training
from sweep.training.messages import Job, Plan, Rung
from sweep.training.model import build_model
from sweep.training.network import batch_size

PAUSE_SECONDS = 1.0
"""About how often a worker can be asked to save or stop."""
FIRST_STEPS = 25
TIMED_IMAGES = 2000
"""How many images at most the inference time is measured on."""


class Worker:
    """Trains trials. Call `settle_devices` before the first one in a process.

    Args:
        job: what all trials have in common.
        data: what they are trained and chosen on.
        test: what a completed trial is measured on.

    Attributes:
        predicted: the test images' labels as the trial predicts them, shape (n,), int32; None until it completes.
    """

    def __init__(self, job: Job, data: TrainingData, test: TestData) -> None:
        self._job = job
        self._classes = data.classes
        self._train = Examples(data.x_train, data.y_train)
        self._val = Examples(data.x_val, data.y_val)
        self._timed = Examples(data.x_train[:TIMED_IMAGES], data.y_train[:TIMED_IMAGES])
        self._test = test
        self._plan: Plan | None = None
        self.predicted: NDArray[np.int32] | None = None

    def start(self, plan: Plan, saved: bytes | None = None) -> None:
        """Take on a trial: build its model, and go on from a snapshot if there is one that fits.

        Args:
            plan: the trial.
            saved: a packed `Snapshot` of it.

        Raises:
            InputError: if the model is not a compiled `keras.Model` that fits the data.
            Exception: what the model function raises.
        """
        self._plan = plan
        self._began = time.perf_counter()
        self._size = batch_size(plan.params)
        self._total = total_steps(len(self._train), self._size, self._job.epochs)
        self._position = 0
        self.predicted = None
        keras.backend.clear_session()
        keras.utils.set_random_seed(plan.seed)
        self.model = make_model(self._job, plan.params, tuple(self._train.x.shape[1:]), self._classes)
        self._training = Training(self.model, self._train)
        if saved is not None:
            self._restore(unpack(saved))
        self._rung = sum(steps_until(step, self._total) < self._position for step in self._job.steps)

    @property
    def epochs_done(self) -> int:
        """Whole epochs that the trial has trained, to the nearest batch."""
        return int((self._position + 0.5) * self._size / len(self._train))

    def snapshot(self) -> bytes:
        """The trial as it stands, packed."""
        arrays = [_plain_array(variable) for variable in self._variables()]
        seconds = time.perf_counter() - self._began
        return Snapshot(identity(self._job, self._given()), self._position, seconds, arrays).pack()

    def advance(self, pause: Callable[[], bool] = lambda: False) -> Rung | None:
        """Train the trial to its next rung and measure it there; at the last one also on the test set.

        Args:
            pause: called about once a second, between two training steps; True makes `advance` return at once.

        Returns:
            What was measured, or None if it paused before the rung.

        Raises:
            DivergedError: if its loss becomes NaN or infinite.
        """
        step = self._job.steps[self._rung]
        stop = steps_until(step, self._total)
        if not self._train_until(stop, pause):
            return None
        accuracy, loss, _ = self._training.measure(self._val) if len(self._val) else (None, None, None)
        if loss is not None and not np.isfinite(loss):
            raise DivergedError(f"the validation loss is {loss} after training step {stop} of {self._total}")
        self._rung += 1
        rung = Rung(
            step=step,
            epochs=round(self._job.epochs * step / 100, 3),
            val_accuracy=accuracy,
            val_loss=loss,
            seconds=round(time.perf_counter() - self._began, 3),
            parameters=self.model.count_params(),
            precision=self._job.precision,
        )
        return self._completed(rung) if step >= 100 else rung

    def _completed(self, rung: Rung) -> Rung:
        test_accuracy, _, self.predicted = self._training.measure(Examples(self._test.x, self._test.y))
        seconds = self._training.seconds_to_measure(self._timed)
        return replace(rung, test_accuracy=test_accuracy, inference_us=round(1e6 * seconds / len(self._timed), 3))

    def _train_until(self, stop: int, pause: Callable[[], bool]) -> bool:
        seed = self._given().seed
        steps = FIRST_STEPS
        while self._position < stop:
            if pause():
                return False
            began = time.perf_counter()
            until = min(stop, self._position + steps)
            indices = batches(len(self._train), self._size, self._position, until, seed)
            self._training.run(indices, self._position)
            pace = (time.perf_counter() - began) / (until - self._position)
            steps = max(1, min(2 * steps, round(PAUSE_SECONDS / pace)))
            self._position = until
        return True

    def _restore(self, snapshot: Snapshot | None) -> None:
        variables = self._variables()
        if snapshot is None or snapshot.identity != identity(self._job, self._given()):
            return
        if [array.shape for array in snapshot.arrays] != [tuple(variable.shape) for variable in variables]:
            return
        for variable, array in zip(variables, snapshot.arrays, strict=True):
            variable.assign(array)
        self._position = snapshot.position
        self._began -= snapshot.seconds

    def _variables(self) -> list[Any]:
        return [*self.model.variables, *self.model.optimizer.variables]

    def _given(self) -> Plan:
        if self._plan is None:
            raise RuntimeError("a worker must start a trial before it can go on with it")
        return self._plan


def _plain_array(variable: Any) -> NDArray[Any]:
    array = np.asarray(variable)
    return array.astype(np.float32) if array.dtype.kind == "V" else array  # bfloat16 is not numpy's own


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
    _check_model(model, shape, classes)
    return model


def _check_model(model: Any, shape: tuple[int, ...], classes: int) -> None:
    if not isinstance(model, keras.Model):
        raise InputError(f"model(params) must return a keras.Model, but it returned {type(model).__name__}")
    if not model.compiled:
        raise InputError("model(params) must return a compiled model, but compile() was not called on it")
    if not model.built:
        model.build((None, *shape))
    wanted = model.input_shape[1:]
    if len(wanted) != len(shape) or any(a not in (None, b) for a, b in zip(wanted, shape, strict=True)):
        raise InputError(f"model(params) must take inputs of shape {shape}, but it takes {wanted}")
    outputs = model(np.zeros((1, *shape), np.float32), training=False)
    if isinstance(outputs, list | tuple | dict) or len(outputs.shape) != 2 or outputs.shape[1] < classes:
        got = outputs.shape if hasattr(outputs, "shape") else type(outputs).__name__
        raise InputError(f"model(params) must have one output of shape (n, {classes}), a score a class, but got {got}")


def settle_devices(threads: int, *, gpu: bool = False) -> None:
    """Give TensorFlow its threads, and of a GPU only the memory it needs, or no GPU if a trial was given none.

    Raises:
        MachineError: if a trial was given a GPU, but TensorFlow sees none.
    """
    if gpu and not has_gpu():
        raise MachineError(
            f"a trial that is given a GPU must train on it, but TensorFlow sees none on {platform.node()}; there, "
            "install tensorflow[and-cuda] and a driver for it, or run the sweep on CPUs with --gpus-per-trial 0"
        )
    # Before TensorFlow's first operation; later it refuses to change them.
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    if not gpu:
        tf.config.set_visible_devices([], "GPU")
    for device in tf.config.get_visible_devices("GPU"):
        tf.config.experimental.set_memory_growth(device, True)


def has_gpu() -> bool:
    """Whether TensorFlow can use a GPU on this machine."""
    return bool(tf.config.list_physical_devices("GPU"))


def gpus() -> list[str]:
    """The names of the GPUs that TensorFlow uses in this process."""
    details = map(tf.config.experimental.get_device_details, tf.config.get_visible_devices("GPU"))
    return [str(item.get("device_name", "unknown")) for item in details]
