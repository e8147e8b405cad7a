"""A worker whose trials are trained by the user's own `train(params, run)`, in a thread that waits at each report."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from sweep.data.dataset import VALIDATION_SHARE, TrainingData
from sweep.data.parts import Part
from sweep.errors import InputError
from sweep.space.metrics import VAL
from sweep.training.checkpoint import Checkpoint, identity, unpack
from sweep.training.measured import DivergedError
from sweep.training.messages import Measurement, TrainingConfig, TrialSpec
from sweep.training.own_run import Exchange, Report, Run, RunData

LOOK_SECONDS = 0.5
"""How often it is asked whether a trial is to be saved, while its function has nothing to report."""
END_SECONDS = 30.0
"""How long a train function may take to end once it is told to."""
SAVED = "saved"


class OwnWorker:
    """Trains trials by a function of the user's; see `sweep.training.worker.Worker`.

    Args:
        training_config: what all trials have in common.
        data: the examples that trials are trained and validated on.
        test: the examples that a completed trial is measured on.
    """

    reason = ""
    model = None
    predicted = None
    losses = None

    def __init__(self, training_config: TrainingConfig, data: TrainingData, test: Part) -> None:
        self._training_config = training_config
        held_out = slice(-max(1, len(data.train) // VALIDATION_SHARE), None)
        validation = data.train.rows(held_out) if data.val is None else data.val
        self._data = RunData(data.train, validation, test)
        self._thread: threading.Thread | None = None

    def start(self, spec: TrialSpec, saved: bytes | None = None) -> None:
        """Start a trial.

        Args:
            spec: the trial to train.
            saved: the trial's checkpoint, as packed by `Checkpoint.pack`. Default: none.
        """
        self.close()
        self._identity = identity(self._training_config, spec)
        self._spec = spec
        self._began = time.perf_counter()
        self._error: BaseException | None = None
        self._exchange = Exchange(self._restored(saved))
        self._waits = False
        run = Run(spec.seed, self._training_config.epochs, self._data, self._exchange)
        self._thread = threading.Thread(target=self._train, args=(run, self._exchange), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the trial that is being trained, if there is one: its function's next report raises `sweep.Pruned`."""
        if self._thread is None:
            return
        self._exchange.answers.put(False)
        self._thread.join(END_SECONDS)
        if self._thread.is_alive():
            print(f"the train function of {self._spec.stem} goes on {END_SECONDS:g} s after it was told to stop")
        self._thread = None

    @property
    def epochs_done(self) -> int:
        """Number of whole epochs that the trial has reported."""
        return int(self._exchange.last.epoch) if self._exchange.last else 0

    def checkpoint(self) -> bytes:
        """What the trial's function saved last, as packed by `Checkpoint.pack`."""
        saved = self._exchange.saved
        state = {} if saved is None else {SAVED: np.frombuffer(saved, np.uint8)}
        return Checkpoint(self._identity, 0, time.perf_counter() - self._began, [], state).pack()

    def advance(self, pause: Callable[[], bool] = lambda: False) -> Measurement | None:
        """Train the trial to its next report; see `sweep.training.worker.Worker.advance`."""
        if self._waits:
            self._exchange.answers.put(True)
            self._waits = False
        while not pause():
            try:
                report = self._exchange.reports.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                continue
            if report is None:
                return self._ended()
            self._waits = True
            return self._measurement(report, report.step)
        return None

    def _train(self, run: Run, exchange: Exchange) -> None:
        keras.utils.set_random_seed(run.seed)
        try:
            train: Any = self._training_config.train
            train(dict(self._spec.model_params), run)
        except BaseException as error:  # noqa: BLE001 - `advance` raises it
            self._error = error
        exchange.reports.put(None)

    def _ended(self) -> Measurement:
        self._thread = None
        last, config = self._exchange.last, self._training_config
        if self._error is not None:
            raise self._error
        asked = [name for name in config.objectives if name.startswith(VAL)]
        if last is None:
            example = f"{asked[0] if asked else 'val_accuracy'}=..."
            raise InputError(
                f"train(params, run) must call run.report(epoch, {example}) at least once, but it never did"
            )
        missing = [name for name in asked if name.removeprefix(VAL) not in self._exchange.test]
        if missing:
            name = missing[0].removeprefix(VAL)
            raise InputError(f"train(params, run) must call run.test(test_{name}=...) before it ends, but it did not")
        return self._measurement(last, 100)

    def _measurement(self, report: Report, step: int) -> Measurement:
        for name in self._training_config.objectives:
            if name.startswith(VAL) and name.removeprefix(VAL) not in report.val:
                reported = ", ".join(VAL + known for known in report.val) or "nothing"
                raise InputError(f"run.report must be given {name}, the objective, but it was given {reported}")
            if not np.isfinite(report.val.get(name.removeprefix(VAL), 0.0)):
                raise DivergedError(f"{name} is {report.val[name.removeprefix(VAL)]} after {report.epoch:g} epochs")
        return Measurement(
            step=step,
            epochs=report.epoch,
            val=report.val,
            seconds=round(time.perf_counter() - self._began, 3),
            parameters=report.parameters,
            precision=self._training_config.precision,
            test=self._exchange.test if step >= 100 else {},
        )

    def _restored(self, saved: bytes | None) -> bytes | None:
        checkpoint = None if saved is None else unpack(saved)
        if checkpoint is None or checkpoint.identity != self._identity or SAVED not in checkpoint.state:
            return None
        self._began -= checkpoint.seconds
        kept: bytes = checkpoint.state[SAVED].tobytes()
        return kept
