"""What travels between the driver and a worker: plain values, no Ray, no Optuna, no TensorFlow."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import cloudpickle

from sweep.errors import SweepError, describe
from sweep.space.own_modules import sent_by_value
from sweep.space.sweep import Params

MAX_DETAILS_CHARS = 8_000
MAX_OUTPUT_CHARS = 8_000


@dataclass(frozen=True)
class TrainingConfig:
    """What all trials of a study have in common.

    Args:
        model: takes params, returns a compiled `keras.Model`; None for `sweep.build_model`.
        epochs: of a whole trial.
        steps: percents of the epochs at which a trial is measured, ending with 100.
        threads: TensorFlow threads, the CPUs a trial was given.
        precision: "float32" or "bfloat16".
        gpus: that a trial was given; a fraction is a part of one.
        max_trial_seconds: a trial that runs longer fails. Default: no limit.
        file_sha256: of the search-space file that an own model comes from; empty for `sweep.build_model`.
    """

    model: Callable[[Params], Any] | None
    epochs: int
    steps: tuple[int, ...]
    threads: int = 1
    precision: str = "float32"
    gpus: float = 0.0
    max_trial_seconds: float | None = None
    file_sha256: str = ""

    @property
    def gpu(self) -> bool:
        """Whether a trial was given a GPU, or a part of one."""
        return self.gpus > 0

    def on_everything(self) -> TrainingConfig:
        """The same for runs that choose nothing: measured at their end alone."""
        return replace(self, steps=(100,))


def pickled(training_config: TrainingConfig) -> bytes:
    """A job as it travels, with its search-space file's own modules. Ray's copy of cloudpickle would leave them out."""
    with sent_by_value():
        data: bytes = cloudpickle.dumps(training_config)
    return data


def unpickled(data: bytes) -> TrainingConfig:
    """A job that has arrived."""
    training_config: TrainingConfig = cloudpickle.loads(data)
    return training_config


@dataclass(frozen=True)
class TrialSpec:
    """One trial to train.

    Args:
        number: Optuna's number of the trial; of a confirming run, its own (`sweep.study.records.ConfirmingRun.number`).
        params: its hyperparameters.
        seed: of its weights, dropout and batches.
        name: of its files, without their ending. Default: that of a trial, such as trial-0007.
    """

    number: int
    params: Params
    seed: int
    name: str = ""

    @property
    def stem(self) -> str:
        """Its files' name without their ending."""
        return self.name or trial_stem(self.number)


def trial_stem(number: int) -> str:
    """The name, without its ending, of a trial's files."""
    return f"trial-{number:04d}"


@dataclass(frozen=True)
class Measurement:
    """What a trial measured at one rung.

    Args:
        step: percent of the trial's epochs done, 1 to 100.
        epochs: the same in epochs.
        val_accuracy: on the validation split; None of a run that holds none out.
        val_loss: on the validation split; None as above.
        seconds: the trial has taken so far.
        parameters: of the model.
        node: where it ran.
        precision: it was trained in.
        test_accuracy: only at step 100.
        inference_us: microseconds an image takes in evaluation; only at step 100.
        environment: what trained it, a `sweep.training.environment.Environment` as JSON.
        note: what did not work without being the trial's end, such as a model that can't be saved.
    """

    step: int
    epochs: float
    val_accuracy: float | None
    val_loss: float | None
    seconds: float
    parameters: int
    node: str = ""
    precision: str = "float32"
    test_accuracy: float | None = None
    inference_us: float | None = None
    environment: str = ""
    note: str = ""


@dataclass(frozen=True)
class Failure:
    """Why a trial could not go on.

    Args:
        reason: one line.
        details: the traceback, for `show`.
        lost: whether its worker was lost, and not its own code raised.
        output: the last lines that its worker printed.
    """

    reason: str
    details: str = ""
    lost: bool = False
    output: str = ""


def failure_of(error: Exception, params: Params) -> Failure:
    """The failure of a trial whose code, or whose model's code, raised this; call it where that was caught."""
    reason = str(error) if isinstance(error, SweepError) else describe(error)
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":  # TensorFlow's
        reason = f"out of memory with {params_text(params)}: {reason}"
    return Failure(reason, traceback.format_exc()[-MAX_DETAILS_CHARS:])


def params_text(params: Params) -> str:
    """Params on one line."""
    return " ".join(f"{name}={value}" for name, value in params.items())


@dataclass(frozen=True)
class StepResult:
    """What a worker's step came to: a measurement, a failure, a fault of its machine, or, with none of these, a stop.

    Args:
        measurement: taken at the trial's next rung.
        failure: the trial's end by an error of its own.
        machine_fault: what the worker's machine lacks; the end of the sweep, and no fault of the trial.
        output: what the trial's code printed meanwhile.
    """

    measurement: Measurement | None = None
    failure: Failure | None = None
    machine_fault: str = ""
    output: str = ""

    @property
    def stopped(self) -> bool:
        """Whether the worker saved the trial and stopped, as it was asked to."""
        return self.measurement is None and self.failure is None and not self.machine_fault


@dataclass(frozen=True)
class Estimate:
    """What building one configuration told.

    Args:
        parameters: of the model; None if it can't be built.
        megabytes: of weights, gradients, optimizer state and one batch's activations.
        step_seconds: of one training step; None if it was not timed.
        error: why it can't be built.
    """

    parameters: int | None = None
    megabytes: float | None = None
    step_seconds: float | None = None
    error: str = ""
