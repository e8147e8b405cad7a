"""What travels between the driver and a worker: plain values, no Ray, no Optuna, no TensorFlow."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import cloudpickle

from sweep.errors import InputError, SweepError, describe
from sweep.sanitize import one_line
from sweep.space import late_imports
from sweep.space.hypermodel import FittingHyperModelFunction
from sweep.space.metrics import VAL
from sweep.space.own_modules import sent_by_value
from sweep.space.sweep import Params, model_params

EPOCH = "epoch"
"""The key of an epoch's number in a trial's history."""
MAX_DETAILS_CHARS = 8_000
"""Maximum number of characters of a traceback that are kept, from its end."""
MAX_OUTPUT_CHARS = 8_000
"""Maximum number of characters of a step's output that are kept, from its end."""


@dataclass(frozen=True)
class TrainingConfig:
    """What all trials of a study have in common.

    Args:
        model: a function that takes params and returns a compiled `keras.Model`; None for `sweep.build_model`.
        epochs: epochs of a whole trial; the budget of one whose params have fewer.
        steps: percents of the epochs at which a trial is measured, rising and ending with 100.
        threads: number of TensorFlow threads, which is the number of CPUs that a trial is given. Default 1.
        precision: "float32" or "bfloat16", what trials are trained in. Default "float32".
        gpus: number of GPUs that a trial is given; 0.5 is half of one. Default 0.
        max_trial_seconds: seconds after which a running trial is taken to hang, and fails. Default: no limit.
        file_sha256: hash of the search-space file if `model` comes from it. Default: empty.
        model_sha256: hash of the code of `model` and of the user's code that it uses. Default: empty.
        max_parameters: number of parameters above which a model is not trained. Default: no limit.
        fit: a function that takes params and returns keyword arguments for Keras's `Model.fit`. Default: none.
        train: a function that takes params and a run, and trains a trial in its own way. Default: none.
        data: the data function, if the examples come in batches and so are made where they are used. Default: none.
        folds: number of folds of the cross-validation in place of one split. Default: none.
        objectives: names of the objectives. Default: none, any metrics will do.
    """

    model: Callable[[Params], Any] | None
    epochs: int
    steps: tuple[int, ...]
    threads: int = 1
    precision: str = "float32"
    gpus: float = 0.0
    max_trial_seconds: float | None = None
    file_sha256: str = ""
    model_sha256: str = ""
    max_parameters: int | None = None
    fit: Callable[[Params], Any] | None = None
    train: Callable[[Params, Any], Any] | None = None
    data: Callable[[], Any] | None = None
    folds: int | None = None
    objectives: tuple[str, ...] = ()

    @property
    def gpu(self) -> bool:
        """Whether a trial is given a GPU, or a part of one."""
        return self.gpus > 0

    @property
    def is_built_in(self) -> bool:
        """Whether the built-in network is trained."""
        return self.model is None and self.train is None

    @property
    def watches_validation(self) -> bool:
        """Whether the user's code may look at validation scores while a trial is trained, as callbacks do."""
        return self.fit is not None or isinstance(self.model, FittingHyperModelFunction)

    def on_everything(self) -> TrainingConfig:
        """This training config for confirming runs: without folds, measured at their end alone, of any size."""
        return replace(self, steps=(100,), max_parameters=None, folds=None)


def pickled(training_config: TrainingConfig) -> bytes:
    """A training config as bytes, with its search-space file's own modules, which Ray's cloudpickle would leave out.

    With it go the sources of those modules that its functions import only when they are called.
    """
    with sent_by_value():
        packed: bytes = cloudpickle.dumps(training_config)
    data: bytes = cloudpickle.dumps((late_imports.offered(), packed))
    return data


def unpickled(data: bytes) -> TrainingConfig:
    """The training config that `pickled` made bytes of."""
    sources, packed = cloudpickle.loads(data)
    late_imports.offer(sources)
    training_config: TrainingConfig = cloudpickle.loads(packed)
    return training_config


@dataclass(frozen=True)
class TrialSpec:
    """One trial to train.

    Args:
        number: Optuna's number of the trial, or `sweep.study.records.ConfirmingRun.number` of a confirming run.
        params: hyperparameters of the trial, constants and ingredients included.
        seed: seed of the trial's weights, dropout and batches.
        name: name of the trial's files, without their ending. Default: one such as "trial-0007", from the number.
        ingredients: names of the params that the model is not given. Default: none.
    """

    number: int
    params: Params
    seed: int
    name: str = ""
    ingredients: tuple[str, ...] = ()

    @property
    def model_params(self) -> Params:
        """The params that the model is built from."""
        return model_params(self.params, self.ingredients)

    @property
    def stem(self) -> str:
        """The name of the trial's files, without their ending."""
        return self.name or trial_stem(self.number)


def trial_stem(number: int) -> str:
    """The name of a trial's files, without their ending: "trial-0007"."""
    return f"trial-{number:04d}"


@dataclass(frozen=True)
class Measurement:
    """What a trial measured at one rung.

    Args:
        step: the rung, in percent of the budget, 1 to 100; 100 is the trial's own end.
        epochs: the rung in epochs, rounded to 3 decimals.
        val: the loss and each metric of the model on the validation examples, by their names in Keras, such as "loss"
            and "accuracy"; empty if none are held out.
        seconds: wall-clock seconds the trial has run so far: building the model, training, validation and checkpoints,
            without the evaluation on the test set.
        parameters: number of the model's parameters, trainable or not; None if a train function did not report it.
        node: name of the machine that trained the trial. Default: empty.
        precision: "float32" or "bfloat16", what the trial was trained in. Default "float32".
        test: the same on the test examples; empty before step 100.
        inference_us: microseconds of processor time per image in evaluation, on a GPU of the clock; None before step
            100.
        environment: what trained the trial, a `sweep.training.environment.Environment` as JSON. Default: empty.
        note: what failed without ending the trial, such as saving its model. Default: empty.
        history: one dict per whole epoch, of all so far or of those since the last rung: epoch, and by their names in
            Keras what training measured over it, such as loss, and, where that is known without measuring more,
            val_loss and so on. Default: empty.
    """

    step: int
    epochs: float
    val: Mapping[str, float]
    seconds: float
    parameters: int | None
    node: str = ""
    precision: str = "float32"
    test: Mapping[str, float] = field(default_factory=dict)
    inference_us: float | None = None
    environment: str = ""
    note: str = ""
    history: Sequence[Mapping[str, float]] = ()

    def measured(self, name: str) -> float | None:
        """The value of an objective by its name, such as "val_loss" or "parameters"; None if it was not measured."""
        if name.startswith(VAL):
            return self.val.get(name.removeprefix(VAL))
        value: float | None = getattr(self, name)
        return value

    @property
    def point(self) -> dict[str, float]:
        """The measurement as a point of its trial's curve, each validation metric by its name after "val_"."""
        metrics = {VAL + name: value for name, value in self.val.items()}
        return {"step": self.step, "epochs": self.epochs, **metrics, "seconds": self.seconds}


@dataclass(frozen=True)
class Failure:
    """Why a trial could not go on.

    Args:
        reason: the error, as one line.
        details: the end of the traceback, for `sweep show`. Default: empty.
        lost: whether the trial's worker was lost, rather than its own code raised an error. Default: no.
        output: the end of what the worker printed. Default: empty.
        parameters: number of the model's parameters, if that is what a constraint does not allow: the trial then has
            not failed, but is pruned. Default: None, it failed.
    """

    reason: str
    details: str = ""
    lost: bool = False
    output: str = ""
    parameters: int | None = None


class TooLargeError(InputError):
    """A model that has more parameters than the constraints allow.

    Args:
        parameters: number of its parameters.
        most: number that is allowed.
    """

    def __init__(self, parameters: int, most: int) -> None:
        super().__init__(f"the model has {parameters:,} parameters, more than the {most:,} that constraints allow")
        self.parameters = parameters


def refuse_too_large(parameters: int, most: int | None) -> None:
    """Refuse a model by the number of its parameters.

    Args:
        parameters: number of its parameters.
        most: number that is allowed; None for any.

    Raises:
        TooLargeError: if it has more.
    """
    if most is not None and parameters > most:
        raise TooLargeError(parameters, most)


def failure_of(error: Exception, params: Params) -> Failure:
    """The failure of a trial whose code raised an error. Call it in the `except` block that caught the error.

    Args:
        error: what was raised.
        params: hyperparameters of the trial, which the reason names if memory ran out.
    """
    if isinstance(error, TooLargeError):
        return Failure(str(error), parameters=error.parameters)
    reason = one_line(error) if isinstance(error, SweepError) else describe(error)
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":  # TensorFlow's
        reason = f"out of memory with {params_text(params)}: {reason}"
    return Failure(reason, traceback.format_exc()[-MAX_DETAILS_CHARS:])


def params_text(params: Params) -> str:
    """Params on one line, as NAME=VALUE pairs."""
    return one_line(" ".join(f"{name}={value}" for name, value in params.items()))


@dataclass(frozen=True)
class StepResult:
    """How a worker's step ended: with a measurement, a failure or a machine fault, or, without any, by a stop.

    Args:
        measurement: what the trial measured at its next rung. Default: None.
        failure: why the trial's own code ended it. Default: None.
        machine_fault: what the worker's machine lacks, which ends the sweep; no trial is at fault. Default: empty.
        output: the end of what the trial's code printed during the step. Default: empty.
    """

    measurement: Measurement | None = None
    failure: Failure | None = None
    machine_fault: str = ""
    output: str = ""

    @property
    def stopped(self) -> bool:
        """Whether the worker saved the trial and stopped, as the artifact store asked it to."""
        return self.measurement is None and self.failure is None and not self.machine_fault


@dataclass(frozen=True)
class Estimate:
    """What one configuration would cost.

    Args:
        parameters: number of the model's parameters; None if the model can't be built.
        megabytes: memory in MB (10**6 bytes) of weights, gradients, optimizer state and one batch's activations; None
            if the model can't be built.
        step_seconds: seconds per training step; None if the steps were not timed.
        error: why the model can't be built; empty if it can.
        start_seconds: seconds to build the model and to compile its training and its evaluation; 0 if not timed.
        example_seconds: seconds of evaluation per example; 0 if not timed.
    """

    parameters: int | None = None
    megabytes: float | None = None
    step_seconds: float | None = None
    error: str = ""
    start_seconds: float = 0.0
    example_seconds: float = 0.0
