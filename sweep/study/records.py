"""What the ledger says of its trials, as plain records: the board and every report are made from these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import optuna

from sweep.errors import InputError
from sweep.space.sweep import MAX_CONFIRM_SEEDS, Params
from sweep.study.definition import Definition
from sweep.study.origin import Origin
from sweep.study.schema import CONFIRM_SEEDS, CONFIRMING, DEFINITION, ENVIRONMENTS, ORIGIN, PRECISION
from sweep.study.storage import journal
from sweep.study.storage.folder import StudyFolder, study_names
from sweep.training.environment import Environment

BASELINE = 0
"""The number of the trial that all others are compared with."""
ENDED = ("COMPLETE", "PRUNED", "FAIL")
"""The states that a trial does not leave."""


@dataclass(frozen=True)
class TrialRecord:
    """One trial. What it has not reached yet is None or empty.

    Args:
        number: Optuna's number; 0 is the baseline.
        state: Optuna's: COMPLETE, PRUNED, FAIL, RUNNING or WAITING.
        params: its hyperparameters, constants included.
        seed: of its weights and batches.
        value: the objective, of a completed trial; None where there are several.
        curve: one dict a rung: step, epochs, val_accuracy, val_loss, seconds.
        test_accuracy: of a completed trial.
        parameters: of the model.
        inference_us: microseconds an image takes in evaluation, of a completed trial.
        node: where it ran.
        precision: it was trained in.
        error: why it failed.
        details: the traceback of its failure.
        started: when it was first asked for, ISO 8601.
        environments: what trained it, as places in `StudyRecord.environments`: one, or more if it was taken up again.
        worker_output: the last lines that its worker printed before it failed.
    """

    number: int
    state: str
    params: Params
    seed: int | None
    value: float | None
    curve: list[dict[str, float]]
    test_accuracy: float | None
    parameters: int | None
    inference_us: float | None
    node: str
    precision: str
    error: str
    details: str
    started: str
    environments: list[int] = field(default_factory=list)
    worker_output: str = ""

    @property
    def is_baseline(self) -> bool:
        """Whether this is the configuration to beat."""
        return self.number == BASELINE

    @property
    def ended(self) -> bool:
        """Whether it is done with, however it went."""
        return self.state in ENDED

    @property
    def last(self) -> dict[str, float]:
        """What its last rung measured; empty before the first."""
        return self.curve[-1] if self.curve else {}

    def measured(self, name: str) -> float | None:
        """An objective by its name, as the trial last measured it."""
        return {"parameters": self.parameters, "inference_us": self.inference_us, **self.last}.get(name)


def record(trial: optuna.trial.FrozenTrial) -> TrialRecord:
    """One trial's record, from Optuna's."""
    attrs = trial.user_attrs
    complete = trial.state == optuna.trial.TrialState.COMPLETE
    return TrialRecord(
        number=trial.number,
        state=trial.state.name,
        params=attrs.get("params", trial.params),
        seed=attrs.get("seed"),
        value=trial.values[0] if complete and len(trial.values) == 1 else None,
        curve=attrs.get("curve", []),
        test_accuracy=attrs.get("test_accuracy") if complete else None,
        parameters=attrs.get("parameters"),
        inference_us=attrs.get("inference_us") if complete else None,
        node=attrs.get("node", ""),
        precision=attrs.get("precision", ""),
        error=attrs.get("error", ""),
        details=attrs.get("details", ""),
        started=trial.datetime_start.isoformat(timespec="seconds") if trial.datetime_start else "",
        environments=attrs.get("environments", []),
        worker_output=attrs.get("worker_output", ""),
    )


@dataclass(frozen=True)
class ConfirmingRun:
    """One configuration trained once more, on all training images.

    Args:
        trial: the number of the trial whose params it has.
        index: which of that trial's runs it is, from 0.
        seed: of its weights, dropout and batches; the search never used it.
        test_accuracy: None if it failed.
        seconds: it took.
        node: where it ran.
        precision: it was trained in.
        error: why it failed.
        environment: what trained it, as its place in `StudyRecord.environments`.
    """

    trial: int
    index: int
    seed: int
    test_accuracy: float | None = None
    seconds: float | None = None
    node: str = ""
    precision: str = ""
    error: str = ""
    environment: int | None = None

    @property
    def number(self) -> int:
        """Its own number, unlike every other run's."""
        return self.trial * (MAX_CONFIRM_SEEDS + 1) + self.index

    @property
    def stem(self) -> str:
        """Its files' name without their ending."""
        return f"confirm-{self.trial:04d}-{self.index:02d}"


def confirming_runs(attrs: Mapping[str, Any]) -> list[ConfirmingRun]:
    """The finished runs among a study's attributes, by trial and index."""
    runs = [ConfirmingRun(**value) for key, value in attrs.items() if key.startswith(CONFIRMING)]
    return sorted(runs, key=lambda run: run.number)


@dataclass(frozen=True)
class StudyRecord:
    """A study as it stands in its ledger.

    Args:
        name: of its folder.
        definition: what its trials have in common.
        trials: in the order of their numbers.
        precision: all of them are trained in; "float32" until the first run has settled it.
        origin: where it came from; None if it was last run before this was kept.
        environments: all that trained its trials.
        confirming: the finished runs that confirm some of its trials, by trial and index.
        confirm_seeds: how many of them a trial is to have, by its number.
    """

    name: str
    definition: Definition
    trials: list[TrialRecord]
    precision: str = "float32"
    origin: Origin | None = None
    environments: list[Environment] = field(default_factory=list)
    confirming: Sequence[ConfirmingRun] = ()
    confirm_seeds: Mapping[int, int] = field(default_factory=dict)

    def vs_baseline(self, trial: TrialRecord) -> float | None:
        """A trial's test accuracy less the baseline's; None while one of them is not known."""
        anchor = self.trials[BASELINE].test_accuracy
        return None if anchor is None or trial.test_accuracy is None else trial.test_accuracy - anchor


def study_record(name: str, study: optuna.Study) -> StudyRecord:
    """The record of an open study."""
    trials = [record(trial) for trial in study.get_trials(deepcopy=False)]
    attrs = study.user_attrs
    origin = Origin(**attrs[ORIGIN]) if ORIGIN in attrs else None
    return StudyRecord(
        name=name,
        definition=Definition(**attrs[DEFINITION]),
        trials=trials,
        precision=attrs.get(PRECISION, "float32"),
        origin=origin,
        environments=attrs.get(ENVIRONMENTS, []),
        confirming=confirming_runs(attrs),
        confirm_seeds={int(number): seeds for number, seeds in attrs.get(CONFIRM_SEEDS, {}).items()},
    )


def read_study(results: Path, name: str) -> StudyRecord:
    """Read a study without locking it; it may be running.

    Raises:
        InputError: if there is no such study.
    """
    path = StudyFolder(results, name).journal
    study = journal.load_study(path) if path.is_file() else None
    if study is None or DEFINITION not in study.user_attrs:
        existing = ", ".join(sorted(study_names(results))) or "none yet"
        raise InputError(f"there is no study {name!r} in {results}/; there are: {existing}")
    return study_record(name, study)


def find_trial(study: StudyRecord, number: int) -> TrialRecord:
    """One trial of a study.

    Raises:
        InputError: if the study has no trial of that number.
    """
    for trial in study.trials:
        if trial.number == number:
            return trial
    raise InputError(f"study {study.name!r} has trials 0 to {len(study.trials) - 1}, but no trial {number}")
