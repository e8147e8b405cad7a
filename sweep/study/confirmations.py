"""Confirming runs: the best trials and the baseline, trained again on fresh seeds; kept in the study's journal.

Each finished run is one attribute of the Optuna study, `sweep:confirm:TRIAL:INDEX`, written once. An unfinished run has
no attribute; when it is made again, it has the same seed and goes on from its checkpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import count, islice

import optuna

from sweep.errors import InputError
from sweep.space.sweep import MAX_CONFIRM_SEEDS
from sweep.study.confirming_run import ConfirmingRun
from sweep.study.events import IncompleteWriteSetAside
from sweep.study.records import StudyRecord, find_trial, study_record
from sweep.study.schema import CONFIRM_SEEDS, CONFIRMING, UNTIL_SURE, environment_index
from sweep.study.seeds import confirming_seed
from sweep.study.storage.folder import StudyFolder
from sweep.training.messages import TrialSpec


def missing(study: StudyRecord, numbers: list[int], seeds: int) -> list[ConfirmingRun]:
    """The confirming runs that some trials still lack.

    Args:
        study: the study's record.
        numbers: numbers of the trials.
        seeds: number of confirming runs, each on its own seed, that every one of these trials is to have.

    Runs of another version of the model function don't count: the verdict is on the function as it is now.

    Returns:
        The missing runs by index, then by trial, so that all trials get their first run before any gets a second.

    Raises:
        InputError: if a trial would have more runs than it may.
    """
    wanted = []
    for number in numbers:
        finished = {run.index: study.by_other_code(run) for run in study.confirming if run.trial == number}
        indices = list(islice((index for index in count() if not finished.get(index)), seeds))
        if max(indices, default=0) >= MAX_CONFIRM_SEEDS:
            raise InputError(
                f"trial {number} must have {MAX_CONFIRM_SEEDS} confirming runs at most, those of other versions of the "
                f"model function included, but would have {indices[-1] + 1}; begin anew with `run --new`"
            )
        wanted += [_run(study, number, index) for index in indices if index not in finished]
    return sorted(wanted, key=lambda run: (run.index, run.trial))


def _run(study: StudyRecord, number: int, index: int) -> ConfirmingRun:
    return ConfirmingRun(number, index, confirming_seed(study.definition.seed, number, index))


def trial_spec(study: StudyRecord, run: ConfirmingRun) -> TrialSpec:
    """The spec that a worker trains for a confirming run."""
    trial = find_trial(study, run.trial)
    return TrialSpec(run.number, trial.params, run.seed, run.stem, tuple(trial.ingredients))


class Confirmations:
    """The confirming runs of a study that is open for writing.

    Args:
        study: the Optuna study.
        folder: the study's folder.
        incomplete_write: the incomplete last write of a killed driver that was cut off the journal. Default: none.
    """

    def __init__(
        self, study: optuna.Study, folder: StudyFolder, incomplete_write: IncompleteWriteSetAside | None = None
    ) -> None:
        self.folder = folder
        self.incomplete_write = incomplete_write
        self._study = study

    def schedule(self, runs: Sequence[ConfirmingRun], seeds: int) -> None:
        """Write down how many confirming runs some trials are to have; there is no verdict before they are made.

        Args:
            runs: confirming runs of these trials.
            seeds: number of confirming runs that each of the trials is to have.
        """
        scheduled = self._study.user_attrs.get(CONFIRM_SEEDS, {})
        wanted = {**scheduled, **{str(run.trial): seeds for run in runs}}
        if wanted != scheduled:
            self._study.set_user_attr(CONFIRM_SEEDS, wanted)

    def plan(self, study: StudyRecord) -> None:
        """Write down how many confirming runs trials are to have and what decides that, as a record has it."""
        if study.until_sure is not None and study.until_sure != self.record().until_sure:
            self._study.set_user_attr(UNTIL_SURE, asdict(study.until_sure))
        for_json = {str(number): seeds for number, seeds in study.confirm_seeds.items()}
        if for_json != self._study.user_attrs.get(CONFIRM_SEEDS, {}):
            self._study.set_user_attr(CONFIRM_SEEDS, for_json)

    def add(self, run: ConfirmingRun, environment: str = "") -> None:
        """Write down a finished run.

        Args:
            run: the run, with its test scores or its error.
            environment: what trained it, an `Environment` as JSON. Default: not known.
        """
        if environment:
            run = replace(run, environment=environment_index(environment, self._study))
        self._study.set_user_attr(f"{CONFIRMING}{run.trial}:{run.index}", asdict(run))

    def record(self) -> StudyRecord:
        """The study's current record."""
        return study_record(self.folder.name, self._study)
