"""A worker whose trials are trained by the user's own `train(params, run)`, in a thread that waits at each report."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import keras
import numpy as np

from sweep.data.dataset import VALIDATION_SHARE, TrainingData
from sweep.data.parts import Part
from sweep.errors import InputError
from sweep.space.metrics import TEST, VAL
from sweep.training.checkpoint import Checkpoint, identity, unpack
from sweep.training.measured import DivergedError
from sweep.training.messages import Measurement, TrainingConfig, TrialSpec
from sweep.training.network import trial_epochs
from sweep.training.own_run import Exchange, Report, Run, RunData

LOOK_SECONDS = 0.5
"""How often it is asked whether a trial is to be saved, while its function has nothing to report."""
END_SECONDS = 30.0
"""How long a train function may take to end once it is told to."""
PARAMETERS = "parameters"
SAVED, LAST = "saved", "last"


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
        self._measures = data.val is not None  # a confirming run is measured at its end alone
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
        self._exchange = self._restored(saved)
        self._waits = False
        budget = self._training_config.epochs
        run = Run(spec.seed, trial_epochs(spec.model_params, budget), self._data, self._exchange, budget)
        self._thread = threading.Thread(target=self._train, args=(run, self._exchange), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the trial that is being trained, if there is one: its function's next report raises `sweep.Pruned`."""
        if self._thread is None:
            return
        self._exchange.stopped = True
        self._exchange.answers.put(False)
        self._thread.join(END_SECONDS)
        if self._thread.is_alive():
            print(f"the train function of {self._spec.stem} goes on {END_SECONDS:g} s after it was told to stop")
        self._thread = None

    @property
    def epochs_done(self) -> int:
        """Number of whole epochs that the trial has reported."""
        last = self._exchange.last or self._exchange.restored
        return int(last.epoch) if last else 0

    def checkpoint(self) -> bytes:
        """What the trial's function saved last, as packed by `Checkpoint.pack`."""
        saved = self._exchange.saved
        last = self._exchange.last or self._exchange.restored
        state = {} if saved is None else {SAVED: np.frombuffer(saved, np.uint8), LAST: last and asdict(last)}
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
            measurement = self._measurement(report, report.step)
            if self._measures:
                self._waits = True
                return measurement
            self._exchange.answers.put(True)
        return None

    def _train(self, run: Run, exchange: Exchange) -> None:
        keras.utils.set_random_seed(run.seed)
        try:
            train: Any = self._training_config.train
            train(dict(self._spec.model_params), run)
        except BaseException as error:  # noqa: BLE001 - `advance` raises it
            exchange.error = error
        exchange.reports.put(None)

    def _ended(self) -> Measurement:
        self._thread = None
        exchange, config = self._exchange, self._training_config
        if isinstance(exchange.error, Exception):
            raise exchange.error
        if exchange.error is not None:  # to Ray, a SystemExit would mean that this process is to end
            kind = type(exchange.error).__name__
            raise RuntimeError(f"train(params, run) must return, but it raised {kind}") from exchange.error
        last = exchange.last or exchange.restored
        asked = [name for name in config.objectives if name.startswith(VAL)]
        if last is None:
            example = f"{asked[0] if asked else 'val_accuracy'}=..."
            raise InputError(
                f"train(params, run) must call run.report(epoch, {example}) at least once, but it never did"
            )
        missing = [name for name in asked if name.removeprefix(VAL) not in exchange.test]
        if missing:
            name = missing[0].removeprefix(VAL)
            raise InputError(f"train(params, run) must call run.test(test_{name}=...) before it ends, but it did not")
        return self._measurement(last, 100)

    def _measurement(self, report: Report, step: int) -> Measurement:
        test = self._exchange.test if step >= 100 else {}
        history, self._exchange.history = self._exchange.history, []
        for name in self._training_config.objectives:
            self._refuse_missing(name, report)
        measured = {VAL + name: value for name, value in report.val.items()}
        measured |= {TEST + name: value for name, value in test.items()}
        for objective in self._training_config.objectives:
            for name in (objective, TEST + objective.removeprefix(VAL)):
                if not np.isfinite(measured.get(name, 0.0)):
                    raise DivergedError(f"{name} is {measured[name]} after {report.epoch:g} epochs")
        return Measurement(
            step=step,
            epochs=report.epoch,
            val=report.val if self._measures else {},
            seconds=round(time.perf_counter() - self._began, 3),
            parameters=report.parameters,
            precision=self._training_config.precision,
            test=test,
            history=history if self._measures else (),
        )

    def _refuse_missing(self, objective: str, report: Report) -> None:
        if objective.startswith(VAL) and objective.removeprefix(VAL) not in report.val:
            reported = ", ".join(VAL + name for name in report.val) or "nothing"
            raise InputError(f"run.report must be given {objective}, the objective, but it was given {reported}")
        if objective == PARAMETERS and report.parameters is None:
            raise InputError(
                "run.report must be given parameters=..., the number of the model's parameters, as they are an "
                "objective, but it was not"
            )

    def _restored(self, saved: bytes | None) -> Exchange:
        checkpoint = None if saved is None else unpack(saved)
        if checkpoint is None or checkpoint.identity != self._identity or SAVED not in checkpoint.state:
            return Exchange()
        self._began -= checkpoint.seconds
        last = checkpoint.state.get(LAST)
        return Exchange(checkpoint.state[SAVED].tobytes(), restored=Report(**last) if last else None)
