"""Runs that confirm: the best trials and the baseline, trained again on fresh seeds; kept in the study's journal.

Each finished run is one attribute of the Optuna study, `sweep:confirm:TRIAL:INDEX`, written once. A run that was not
finished is not there: it has the same seed and the same checkpoint when it is begun again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

import optuna

from sweep.study.events import IncompleteWriteSetAside
from sweep.study.records import ConfirmingRun, StudyRecord, find_trial, study_record
from sweep.study.schema import CONFIRM_SEEDS, CONFIRMING, environment_index
from sweep.study.seeds import confirming_seed
from sweep.study.storage.folder import StudyFolder
from sweep.training.messages import TrialSpec


def missing(study: StudyRecord, numbers: list[int], seeds: int) -> list[ConfirmingRun]:
    """The runs that are still to be made so that each of some trials has so many.

    Args:
        study: as it stands.
        numbers: of the trials.
        seeds: how many runs each is to have.

    Returns:
        First each trial's next run, then each one's next but one, and so on.
    """
    wanted = []
    for number in numbers:
        finished = {run.index for run in study.confirming if run.trial == number}
        wanted += [_run(study, number, index) for index in range(seeds) if index not in finished]
    return sorted(wanted, key=lambda run: (run.index, run.trial))


def _run(study: StudyRecord, number: int, index: int) -> ConfirmingRun:
    return ConfirmingRun(number, index, confirming_seed(study.definition.seed, number, index))


def trial_spec(study: StudyRecord, run: ConfirmingRun) -> TrialSpec:
    """What a worker is to train for a run."""
    return TrialSpec(run.number, find_trial(study, run.trial).params, run.seed, run.stem)


class Confirmations:
    """The confirming runs of a study that is open for writing.

    Args:
        study: the Optuna study.
        folder: where its files are.
        incomplete_write: the file with what a killed driver left of its last write to the journal, if it left any.
    """

    def __init__(
        self, study: optuna.Study, folder: StudyFolder, incomplete_write: IncompleteWriteSetAside | None = None
    ) -> None:
        self.folder = folder
        self.incomplete_write = incomplete_write
        self._study = study

    def schedule(self, runs: Sequence[ConfirmingRun], seeds: int) -> None:
        """Note how many runs the trials of these are to have: before that there is no verdict on them."""
        scheduled = self._study.user_attrs.get(CONFIRM_SEEDS, {})
        wanted = {**scheduled, **{str(run.trial): seeds for run in runs}}
        if wanted != scheduled:
            self._study.set_user_attr(CONFIRM_SEEDS, wanted)

    def add(self, run: ConfirmingRun, environment: str = "") -> None:
        """Write a finished run down, and what trained it, an `Environment` as JSON."""
        if environment:
            run = replace(run, environment=environment_index(environment, self._study))
        self._study.set_user_attr(f"{CONFIRMING}{run.trial}:{run.index}", asdict(run))

    def record(self) -> StudyRecord:
        """The study as it stands."""
        return study_record(self.folder.name, self._study)
