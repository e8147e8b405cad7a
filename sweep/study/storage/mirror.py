"""A copy in memory of all studies in a results folder: what another program writes to it changes no journal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import optuna
from optuna.storages import InMemoryStorage
from optuna.trial import FrozenTrial, TrialState

from sweep.errors import InputError
from sweep.study.storage import journal
from sweep.study.storage.folder import StudyFolder, study_names

Seen = tuple[int, int, int]
"""What tells whether a journal is the one that was read: its file's number, its size and when it was written."""


class Mirror:
    """The studies of a results folder, brought up to date when asked for.

    Args:
        results: the results folder.

    Attributes:
        storage: the storage that holds the copies.
    """

    def __init__(self, results: Path) -> None:
        self.storage = InMemoryStorage()
        self._results = results
        self._seen: dict[str, Seen] = {}

    def refresh(self) -> Iterator[tuple[StudyFolder, optuna.Study, optuna.Study]]:
        """Copy what is new; yields each study that has changed: its folder, the study as read, and its copy."""
        names = study_names(self._results)
        for name in self._seen.keys() - set(names):
            self._forget(name)
        for name in names:
            folder = StudyFolder(self._results, name)
            try:
                status = folder.journal.stat()
                seen = (status.st_ino, status.st_size, status.st_mtime_ns)
                if self._seen.get(name) == seen:
                    continue
                study = journal.load_study(folder.journal)
            except (OSError, InputError):
                continue  # it is being moved, or is no journal: `leaderboard` says what is wrong
            if study is not None:
                copy = self._copy(name, study, seen)
                self._seen[name] = seen
                yield folder, study, copy

    def _copy(self, name: str, study: optuna.Study, seen: Seen) -> optuna.Study:
        before = self._seen.get(name)
        if before is not None and (before[0] != seen[0] or before[1] > seen[1]):
            self._forget(name)  # `--new` has begun another one
        if name not in self._seen:
            self.storage.create_new_study(study.directions, name)
        study_id = self.storage.get_study_id_from_name(name)
        copies = self.storage.get_all_trials(study_id, deepcopy=False)
        for trial in study.get_trials(deepcopy=False):
            if trial.number >= len(copies):
                self.storage.create_new_trial(study_id, template_trial=trial)
            elif not copies[trial.number].state.is_finished():
                self._update(study_id, copies[trial.number], trial)
        return optuna.load_study(study_name=name, storage=self.storage)

    def _update(self, study_id: int, copy: FrozenTrial, trial: FrozenTrial) -> None:
        """Bring the copy of a trial that had not ended up to date."""
        number = self.storage.get_trial_id_from_study_id_trial_number(study_id, trial.number)
        if trial.state != TrialState.WAITING and copy.state == TrialState.WAITING:
            self.storage.set_trial_state_values(number, TrialState.RUNNING)
        for name, value in trial.params.items():
            if name not in copy.params:
                distribution = trial.distributions[name]
                self.storage.set_trial_param(number, name, distribution.to_internal_repr(value), distribution)
        for name, known in trial.user_attrs.items():
            if copy.user_attrs.get(name) != known:
                self.storage.set_trial_user_attr(number, name, known)
        for step, score in trial.intermediate_values.items():
            if step not in copy.intermediate_values:
                self.storage.set_trial_intermediate_value(number, step, score)
        if trial.state.is_finished():
            self.storage.set_trial_state_values(number, trial.state, trial.values)

    def _forget(self, name: str) -> None:
        self.storage.delete_study(self.storage.get_study_id_from_name(name))
        del self._seen[name]
