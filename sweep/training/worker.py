"""What a worker does: it trains one trial after another in one process, which imports TensorFlow only once."""

from __future__ import annotations

import platform
import time
import weakref
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from sweep.data.dataset import TrainingData
from sweep.data.parts import Part
from sweep.errors import InputError, MachineError
from sweep.space.metrics import LOSS, TEST, VAL, refuse_no_share
from sweep.training.batches import rung_ends
from sweep.training.checkpoint import Checkpoint, identity, unpack
from sweep.training.folds import FoldWorker
from sweep.training.measured import DivergedError
from sweep.training.messages import Measurement, TrainingConfig, TrialSpec
from sweep.training.network import trial_epochs
from sweep.training.own_worker import OwnWorker
from sweep.training.smoothing import without_smoothing
from sweep.training.trainings import Trainings

PAUSE_SECONDS = 1.0
"""About how many seconds pass between two points at which a worker can be asked to save or stop."""
FIRST_STEPS = 25
"""Training steps up to the first such point, while their pace is not known."""


class Worker:
    """Trains trials. Call `settle_devices` before the first one in a process.

    Args:
        training_config: what all trials have in common.
        data: the examples that trials are trained and validated on.
        test: the examples that a completed trial is measured on.

    Attributes:
        model: the current trial's compiled `keras.Model`.
        predicted: the test labels that the completed trial's model predicts, shape (n,), int32; None before, and where
            targets are no labels.
        losses: the loss of each test example with that model, shape (n,), float32; None before, and where targets are
            labels.
    """

    def __init__(self, training_config: TrainingConfig, data: TrainingData, test: Part) -> None:
        self._training_config = training_config
        # Processor time: of wall-clock time, half and more is spent waiting for the trials that train beside this one.
        clock = time.perf_counter if gpus() else time.process_time
        self._trainings = Trainings(training_config, data, test, clock)
        self._seen: dict[int, tuple[Callable[[], Any], int | None]] = {}  # value is None of what was trained
        self._spec: TrialSpec | None = None
        self.predicted: NDArray[np.int32] | None = None
        self.losses: NDArray[np.float32] | None = None

    def start(self, spec: TrialSpec, saved: bytes | None = None) -> None:
        """Start a trial: build its model, and restore a checkpoint if there is one that fits.

        Args:
            spec: the trial to train.
            saved: the trial's checkpoint, as packed by `Checkpoint.pack`. Default: none.

        Raises:
            InputError: if the params can't be built, or the model is not a compiled `keras.Model` that fits the data.
            Exception: what a model function of the user's own raises.
        """
        self._spec = spec
        self._began = time.perf_counter()
        self._position = 0
        self.predicted = self.losses = None
        keras.backend.clear_session()
        self._trainings.check()
        keras.utils.set_random_seed(spec.seed)
        config = self._training_config
        self._epochs = trial_epochs(spec.model_params, config.epochs)
        self._training = self._trainings.make(spec.model_params, spec.seed)
        self._total = self._training.total
        self._rungs = rung_ends(config.steps, self._total, self._epochs, config.epochs)
        self.model = self._training.model
        self._refuse_trained()
        if saved is not None:
            self._restore(unpack(saved))
        self._rung = sum(end < self._position for _, end in self._rungs)

    def close(self) -> None:
        """End the trial that is being trained: it is simply not gone on with."""

    @property
    def reason(self) -> str:
        """Why the trial is trained by Keras's `fit`; empty if it is trained by the quick loop."""
        return self._training.reason

    def use(self, data: TrainingData) -> None:
        """Train on other examples, from the next trial on."""
        self._trainings.use(data)

    @property
    def epochs_done(self) -> int:
        """Number of whole epochs that the trial has trained so far, to the nearest batch."""
        return int(self._epochs * (self._position + 0.5) / self._total)

    def checkpoint(self) -> bytes:
        """The trial's current state, as packed by `Checkpoint.pack`."""
        arrays = [_plain_array(variable) for variable in self._variables()]
        seconds = time.perf_counter() - self._began
        known = identity(self._training_config, self._started_spec())
        return Checkpoint(known, self._position, seconds, arrays, self._training.state()).pack()

    def advance(self, pause: Callable[[], bool] = lambda: False) -> Measurement | None:
        """Train the trial to its next rung and measure it there; at the last rung also on the test set.

        Args:
            pause: called about once a second, between two training steps; if it returns True, `advance` returns at
                once. Default: never pause.

        Returns:
            The measurement, or None if `pause` returned True before the rung was reached.

        Raises:
            DivergedError: if the training or validation loss becomes NaN or infinite.
        """
        step, end = self._rungs[self._rung]
        if not self._train_until(end, pause):
            return None
        self._refuse_lost_weights()
        if self._training.stopped_early:
            step, self._rung = 100, len(self._rungs) - 1
        if step >= 100:
            self._training.finish()
        val = self._training.measure_validation(self._position)
        self._refuse_diverged(val)
        refuse_no_share(val, VAL)
        self._rung += 1
        trained = step if not self._training.stopped_early else 100 * self._position / self._total
        whole = self._epochs if step >= 100 else self._training_config.epochs
        measurement = Measurement(
            step=step,
            epochs=round(whole * trained / 100, 3),
            val=val,
            seconds=round(time.perf_counter() - self._began, 3),
            parameters=self.model.count_params(),
            precision=self._training_config.precision,
            history=tuple(self._training.history),
        )
        return self._completed(measurement) if step >= 100 else measurement

    def _refuse_diverged(self, val: dict[str, float]) -> None:
        names = {VAL + LOSS, *self._training_config.objectives}
        for name, value in val.items():
            if VAL + name in names and not np.isfinite(value):
                called = "loss" if name == LOSS else name
                raise DivergedError(
                    f"the validation {called} is {value} after training step {self._position} of {self._total}"
                )

    def _refuse_lost_weights(self) -> None:
        """A network can hide that its weights are NaN: some activations make numbers of them again."""
        for variable in self.model.trainable_variables:
            if not np.isfinite(_plain_array(variable)).all():
                raise DivergedError(
                    f"weights of {variable.path} are NaN or infinite after training step {self._position} of "
                    f"{self._total}; NaN among the training examples, or too high a learning rate, makes them so"
                )

    def _completed(self, measurement: Measurement) -> Measurement:
        metrics, self.predicted, self.losses = self._training.measure_test()
        refuse_no_share(metrics, TEST)
        seconds = self._training.seconds_to_predict()
        without_smoothing(self.model)
        return replace(measurement, test=metrics, inference_us=seconds and round(1e6 * seconds, 3))

    def _train_until(self, stop: int, pause: Callable[[], bool]) -> bool:
        steps = FIRST_STEPS
        while self._position < stop and not self._training.stopped_early:
            if pause():
                return False
            began = time.perf_counter()
            until = min(stop, self._position + steps)
            position = self._training.run(self._position, until)
            pace = (time.perf_counter() - began) / max(1, position - self._position)
            steps = max(1, min(2 * steps, round(PAUSE_SECONDS / pace)))
            self._position = position
        return True

    def _refuse_trained(self) -> None:
        """Refuse a model that shares what an earlier trial has changed: it would start from what that learnt."""
        if any(self._is_changed(variable) for variable in self.model.variables):
            raise InputError(
                "model(params) must build a new model each time, but it returned weights or other state that an "
                "earlier trial has changed; make the model and its layers inside the function"
            )
        self._seen = {number: seen for number, seen in self._seen.items() if seen[0]() is not None}
        for variable in self.model.variables:
            value = None if variable.trainable else _checksum(variable)
            self._seen[id(variable)] = (weakref.ref(variable), value)

    def _is_changed(self, variable: Any) -> bool:
        seen, value = self._seen.get(id(variable), (lambda: None, None))
        return seen() is variable and value != _checksum(variable)

    def _restore(self, checkpoint: Checkpoint | None) -> None:
        if checkpoint is None or checkpoint.identity != identity(self._training_config, self._started_spec()):
            return
        variables = self._variables()
        if len(variables) < len(checkpoint.arrays):
            self._training.build_all()
            variables = self._variables()
        if [array.shape for array in checkpoint.arrays] != [tuple(variable.shape) for variable in variables]:
            return
        if not self._training.restore(checkpoint.state):
            return
        for variable, array in zip(variables, checkpoint.arrays, strict=True):
            variable.assign(array)
        self._position = checkpoint.position
        self._began -= checkpoint.seconds

    def _variables(self) -> list[Any]:
        """The model's and its optimizer's variables, then those of other optimizers and of its own among attributes."""
        variables = [*self.model.variables, *self.model.optimizer.variables]
        known = {id(variable) for variable in (*variables, *self.model.metrics_variables)}
        attributes = tf.train.TrackableView(self.model).descendants()
        others = [item for item in attributes if isinstance(item, tf.Variable | keras.Variable)]
        return [*variables, *(item for item in others if id(item) not in known)]

    def _started_spec(self) -> TrialSpec:
        if self._spec is None:
            raise RuntimeError("a worker must start a trial before it can go on with it")
        return self._spec


def _plain_array(variable: Any) -> NDArray[Any]:
    array = np.asarray(variable)
    return array.astype(np.float32) if array.dtype.kind == "V" else array  # bfloat16 is not numpy's own


def _checksum(variable: Any) -> int:
    return zlib.crc32(np.asarray(variable).tobytes())


AnyWorker = Worker | FoldWorker | OwnWorker


def make_worker(training_config: TrainingConfig, data: TrainingData, test: Part) -> AnyWorker:
    """A worker that trains as the training config says: once, in folds, or by the user's own train function."""
    if training_config.train is not None:
        return OwnWorker(training_config, data, test)
    if training_config.folds is None:
        return Worker(training_config, data, test)
    return FoldWorker(training_config, data, Worker(replace(training_config, steps=(100,)), data, test))


def settle_devices(threads: int, *, gpu: bool = False) -> None:
    """Set what TensorFlow uses in this process, before its first operation.

    Args:
        threads: number of CPU threads.
        gpu: whether trials are given a GPU, whose memory is then taken only as needed. Default: they see no GPU.

    Raises:
        MachineError: if trials are given a GPU, but TensorFlow sees none.
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
