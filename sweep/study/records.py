"""Plain records of a study and its trials, read from the ledger: boards and reports are made from these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import optuna

from sweep.errors import InputError
from sweep.space.code import same_code
from sweep.space.metrics import ACCURACY, LOSS, TEST, VAL, default_direction
from sweep.space.sweep import Params, model_params
from sweep.space.values import params_from_json
from sweep.study.additions import additions_before
from sweep.study.checks import as_written, check_record
from sweep.study.compared_metric import compared_metric
from sweep.study.confirming_run import ConfirmingRun, confirming_runs
from sweep.study.definition import Definition
from sweep.study.history import history_of
from sweep.study.origin import Origin
from sweep.study.schema import (
    CODE,
    CONFIRM_SEEDS,
    DEFINITION,
    ENVIRONMENTS,
    INGREDIENTS,
    ORIGIN,
    PRECISION,
    RETRY_OF,
    UNTIL_SURE,
    VERSION,
    WORKERS_LOST,
    moment,
    refuse_newer,
    restored,
)
from sweep.study.storage import journal
from sweep.study.storage.folder import StudyFolder, is_study_name, study_names
from sweep.study.until_sure import UntilSure
from sweep.training.environment import MODEL_CODE, Environment

BASELINE = 0
"""The number of the trial that all others are compared with."""
MODEL = "model"
"""What the hash of the model function is kept by in `StudyRecord.code`."""
BUILT_IN = "1:built-in"
"""What is kept in the place of that hash where there is no model function of the user's."""
ENDED = ("COMPLETE", "PRUNED", "FAIL")
"""The states of a trial that has ended."""


@dataclass(frozen=True)
class TrialRecord:
    """One trial. Values that are not known, or not known yet, are None or empty.

    Args:
        number: Optuna's number of the trial; 0 is the baseline.
        state: Optuna's state of the trial: COMPLETE, PRUNED, FAIL, RUNNING or WAITING.
        params: hyperparameters of the trial, constants and ingredients included.
        seed: seed of the trial's weights, dropout and batches.
        value: objective of a completed trial; None with several objectives.
        curve: one dict per rung: step (percent of the budget), epochs, seconds so far, and the loss and each metric on
            the validation examples by their names, such as val_loss and val_accuracy (0 to 1).
        test: loss and metrics of a completed trial on the test examples, by their names in Keras, without "test_".
        parameters: number of the model's parameters.
        inference_us: microseconds of processor time per image in evaluation, of a completed trial.
        node: name of the machine that measured the trial last.
        precision: "float32" or "bfloat16", what the trial was trained in.
        error: why the trial failed, or why the model of a completed trial could not be saved.
        details: traceback of the trial's failure.
        started: local time at which the trial was created, ISO 8601.
        finished: local time at which the trial ended, ISO 8601; empty if it has not.
        history: one dict per whole epoch: epoch, the training loss, and val_loss and so on where that was measured;
            empty for trials of before 0.2.0 and of a study with folds.
        environments: what trained the trial, as indices into `StudyRecord.environments`; several if it was resumed.
        worker_output: the end of what the worker printed before the trial failed.
        ingredients: names of the params that the model was not given.
        retry_of: number of the failed trial that this one tries again; None for all others.
        workers_lost: number of workers that the trial lost while it ran.
    """

    number: int
    state: str
    params: Params
    seed: int | None
    value: float | None
    curve: list[dict[str, float]]
    test: dict[str, float]
    parameters: int | None
    inference_us: float | None
    node: str
    precision: str
    error: str
    details: str
    started: str
    environments: list[int] = field(default_factory=list)
    worker_output: str = ""
    ingredients: list[str] = field(default_factory=list)
    retry_of: int | None = None
    finished: str = ""
    workers_lost: int = 0
    history: list[dict[str, float]] = field(default_factory=list)

    @property
    def model_params(self) -> Params:
        """The params that the model was built from."""
        return model_params(self.params, self.ingredients)

    @property
    def is_baseline(self) -> bool:
        """Whether this trial is the baseline."""
        return self.number == BASELINE

    @property
    def ended(self) -> bool:
        """Whether the trial completed, was pruned or failed."""
        return self.state in ENDED

    @property
    def last(self) -> dict[str, float]:
        """The last point of the trial's curve; empty before the first rung."""
        return self.curve[-1] if self.curve else {}

    def measured(self, name: str) -> float | None:
        """The value of an objective by its name, at the trial's last rung; None if it is not known."""
        return {"parameters": self.parameters, "inference_us": self.inference_us, **self.last}.get(name)


def record(trial: optuna.trial.FrozenTrial, added: Params | None = None) -> TrialRecord:
    """The record of one of Optuna's trials, with the params that came into the space after it, if there are any."""
    attrs = trial.user_attrs
    complete = trial.state == optuna.trial.TrialState.COMPLETE
    fields = {
        "number": trial.number,
        "state": trial.state.name,
        "params": {**(added or {}), **params_from_json(attrs.get("params", trial.params))},
        "seed": attrs.get("seed"),
        "value": trial.values[0] if complete and len(trial.values) == 1 else None,
        "curve": attrs.get("curve", []),
        "test": {name.removeprefix(TEST): attrs[name] for name in attrs if complete and name.startswith(TEST)},
        "parameters": attrs.get("parameters"),
        "inference_us": attrs.get("inference_us") if complete else None,
        "node": attrs.get("node", ""),
        "precision": attrs.get("precision", ""),
        "error": attrs.get("error", ""),
        "details": attrs.get("details", ""),
        "started": moment(trial.datetime_start),
        "finished": moment(trial.datetime_complete),
        "environments": attrs.get("environments", []),
        "worker_output": attrs.get("worker_output", ""),
        "ingredients": attrs.get(INGREDIENTS, []),
        "retry_of": attrs.get(RETRY_OF),
        "workers_lost": attrs.get(WORKERS_LOST, 0),
        "history": history_of(attrs, attrs.get("curve", [])),
    }
    return restored(TrialRecord, fields)


@dataclass(frozen=True)
class StudyRecord:
    """What a study's ledger holds at one moment.

    Args:
        name: name of the study, and of its folder.
        definition: what the study's trials have in common.
        trials: the trials, in the order of their numbers.
        precision: "float32" or "bfloat16", what all trials are trained in; "float32" until the first run settles it.
        origin: where the study came from. Default: None, if it was last run by a version that did not keep it.
        environments: all environments that trained trials or confirming runs.
        confirming: the finished confirming runs, sorted by trial and index.
        confirm_seeds: number of confirming runs that a trial is to have, by the trial's number; with `until_sure` the
            most that it is to have.
        code: hash of each function of the user's that trains, by what it is for.
        until_sure: how it is decided that there are enough confirming runs. Default: None, their number was fixed.
    """

    name: str
    definition: Definition
    trials: list[TrialRecord]
    precision: str = "float32"
    origin: Origin | None = None
    environments: list[Environment] = field(default_factory=list)
    confirming: Sequence[ConfirmingRun] = ()
    confirm_seeds: Mapping[int, int] = field(default_factory=dict)
    code: Mapping[str, str] = field(default_factory=dict)
    until_sure: UntilSure | None = None

    def by_other_code(self, trained: TrialRecord | ConfirmingRun) -> bool:
        """Whether a trial or run was trained, in part at least, with another model function than the study has now."""
        now = self.code.get(MODEL)
        trained_with = [self.environments[index].get(MODEL_CODE) for index in trained.environments]
        # Versions before 0.2.0 did not write it down.
        known = [then or BUILT_IN for then in trained_with if then is not None]
        return now is not None and not all(same_code(then, now) for then in known)

    @cached_property
    def metrics(self) -> list[str]:
        """The names in Keras of what is measured, the metric that trials are compared by first, the loss last.

        The loss is among them only if it is what trials are compared by, or if nothing else is.
        """
        points = [name.removeprefix(VAL) for trial in self.trials for name in trial.last if name.startswith(VAL)]
        names = dict.fromkeys([self.metric, *points, *(name for trial in self.trials for name in trial.test)])
        return [name for name in names if name != LOSS or name == self.metric]

    @cached_property
    def metric(self) -> str:
        """The name in Keras of the metric that trials are compared by."""
        return compared_metric(list(self.definition.directions), [trial.test for trial in self.trials])

    @property
    def higher_is_better(self) -> bool:
        """Whether larger values of `metric` are better."""
        direction = self.definition.directions.get(VAL + self.metric) or default_direction(self.metric)
        return direction != "minimize"

    @property
    def confirmed_metric(self) -> str:
        """The metric that confirming runs are compared by: `metric`; 0.1.0 kept only the accuracy of such runs."""
        tests = [run.test for run in self.confirming if run.test]
        return self.metric if all(self.metric in test for test in tests) else ACCURACY

    @property
    def confirmed_higher_is_better(self) -> bool:
        """Whether larger values of `confirmed_metric` are better."""
        return self.higher_is_better if self.confirmed_metric == self.metric else True

    def vs_baseline(self, trial: TrialRecord) -> float | None:
        """A trial's test value minus the baseline's, by `metric`; None while one of them is not known."""
        ours, anchor = (record.test.get(self.metric) for record in (trial, self.trials[BASELINE]))
        return None if ours is None or anchor is None else ours - anchor


def study_record(name: str, study: optuna.Study) -> StudyRecord:
    """The current record of an open Optuna study, by the name of its folder.

    Raises:
        InputError: if a value in it can't have been written by a run.
    """
    with as_written(name):
        attrs = study.user_attrs
        refuse_newer(attrs.get(VERSION, ""))
        fields = {
            "name": name,
            "definition": Definition.from_json(attrs[DEFINITION]),
            "trials": [record(item, additions_before(attrs, item.number)) for item in study.get_trials(deepcopy=False)],
            "precision": attrs.get(PRECISION, "float32"),
            "origin": restored(Origin, attrs[ORIGIN]) if ORIGIN in attrs else None,
            "environments": attrs.get(ENVIRONMENTS, []),
            "confirming": confirming_runs(attrs),
            "confirm_seeds": {int(number): seeds for number, seeds in attrs.get(CONFIRM_SEEDS, {}).items()},
            "code": attrs.get(CODE, {}),
            "until_sure": restored(UntilSure, attrs[UNTIL_SURE]) if UNTIL_SURE in attrs else None,
        }
        whole = restored(StudyRecord, fields)
        check_record(whole)
    return whole


def read_study(results: Path, name: str) -> StudyRecord:
    """Read a study without locking it, as a driver may be writing to it.

    Args:
        results: the results folder.
        name: name of the study.

    Raises:
        InputError: if there is no such study, or a value in it can't have been written by a run.
    """
    path = StudyFolder(results, name).journal
    study = journal.load_study(path) if is_study_name(name) and path.is_file() else None
    if study is None or DEFINITION not in study.user_attrs:
        if is_study_name(name) and path.is_file():
            raise InputError(f"{path} holds no study yet: its run ended before the first trial; `run` begins it again")
        existing = ", ".join(sorted(study_names(results))) or "none yet"
        raise InputError(f"there is no study {name!r} in {results}/; there are: {existing}")
    return study_record(name, study)


def find_trial(study: StudyRecord, number: int) -> TrialRecord:
    """One trial of a study, by its number.

    Raises:
        InputError: if the study has no trial of that number.
    """
    for trial in study.trials:
        if trial.number == number:
            return trial
    raise InputError(f"study {study.name!r} has trials 0 to {len(study.trials) - 1}, but no trial {number}")
