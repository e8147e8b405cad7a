"""A worker that cross-validates: it trains a trial once for each fold, and then once more on all examples."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from statistics import fmean
from typing import TYPE_CHECKING

import keras
import numpy as np
from numpy.typing import NDArray

from sweep.data.dataset import TrainingData
from sweep.data.folds import splits
from sweep.training.checkpoint import Checkpoint, identity, unpack
from sweep.training.messages import Measurement, TrainingConfig, TrialSpec
from sweep.training.network import trial_epochs

if TYPE_CHECKING:
    from sweep.training.worker import Worker

SCORES, EPOCHS, INNER = "scores", "epochs", "inner"


class FoldWorker:
    """Cross-validates trials by a worker that trains one model at a time; see `sweep.training.worker.Worker`.

    After each fold the trial is measured by the mean over its folds so far, so that a hopeless one can be pruned. Its
    last model is trained on all examples, and measured on the test examples; but if callbacks watch validation scores,
    which stop it early, it is trained as in the first fold.

    Args:
        training_config: what all trials have in common.
        data: the examples that folds are made of; none are held out.
        worker: trains one model at a time, measured at its end alone.
    """

    losses: NDArray[np.float32] | None
    predicted: NDArray[np.int32] | None

    def __init__(self, training_config: TrainingConfig, data: TrainingData, worker: Worker) -> None:
        self._training_config = training_config
        self._data = data
        self._worker = worker
        self._splits = splits(data.train, training_config.folds or 2)

    @property
    def model(self) -> keras.Model:
        """The model that was trained last."""
        return self._worker.model

    @property
    def reason(self) -> str:
        """Why the trial is trained by Keras's `fit`; empty if it is trained by the quick loop."""
        return self._worker.reason

    def start(self, spec: TrialSpec, saved: bytes | None = None) -> None:
        """Start a trial; see `sweep.training.worker.Worker.start`."""
        self._spec = spec
        self._began = time.perf_counter()
        self._scores: list[dict[str, float]] = []
        self._epochs = 0.0
        self._trains = False
        self.predicted = self.losses = None
        checkpoint = None if saved is None else unpack(saved)
        if checkpoint is not None and checkpoint.identity == identity(self._training_config, spec):
            self._scores, self._epochs = checkpoint.state[SCORES], checkpoint.state[EPOCHS]
            self._began -= checkpoint.seconds
            self._start_fold(checkpoint.state[INNER].tobytes())

    def close(self) -> None:
        """End the trial that is being trained: it is simply not gone on with."""

    @property
    def epochs_done(self) -> int:
        """Number of whole epochs that the trial has trained so far, over all folds."""
        epochs = trial_epochs(self._spec.model_params, self._training_config.epochs)
        return len(self._scores) * epochs + (self._worker.epochs_done if self._trains else 0)

    def checkpoint(self) -> bytes:
        """The trial's current state, as packed by `Checkpoint.pack`."""
        inner = np.frombuffer(self._worker.checkpoint() if self._trains else b"", np.uint8)
        seconds = time.perf_counter() - self._began
        known = identity(self._training_config, self._spec)
        state = {SCORES: self._scores, EPOCHS: self._epochs, INNER: inner}
        return Checkpoint(known, 0, seconds, [], state).pack()

    def advance(self, pause: Callable[[], bool] = lambda: False) -> Measurement | None:
        """Train the trial's next fold, or its last model; see `sweep.training.worker.Worker.advance`."""
        if not self._trains:
            self._start_fold()
        measurement = self._worker.advance(pause)
        if measurement is None:
            return None
        self._trains = False
        config, is_fold = self._training_config, len(self._scores) < len(self._splits)
        if is_fold:
            self._scores.append(dict(measurement.val))
        self._epochs += measurement.epochs
        trained = len(self._scores) + (not is_fold)
        mean = {name: fmean(score[name] for score in self._scores) for name in self._scores[0]}
        measurement = replace(
            measurement,
            step=config.steps[trained - 1],
            epochs=round(self._epochs, 3),
            val=mean,
            seconds=round(time.perf_counter() - self._began, 3),
            history=(),  # each of several models has one of its own
        )
        if is_fold:
            return replace(measurement, test={}, inference_us=None)
        self.predicted, self.losses = self._worker.predicted, self._worker.losses
        return measurement

    def _start_fold(self, saved: bytes = b"") -> None:
        data = self._data
        if len(self._scores) < len(self._splits) or self._training_config.watches_validation:
            train, val = self._splits[len(self._scores) % len(self._splits)]
            data = TrainingData(data.train.rows(train), data.train.rows(val), data.classes)
        self._worker.use(data)
        self._worker.start(self._spec, saved or None)
        self._trains = True
