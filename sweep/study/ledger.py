"""The ledger: one Optuna study in an append-only journal, and the only place where a trial's state changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict

import optuna
from filelock import FileLock
from optuna.trial import TrialState

from sweep.errors import InputError
from sweep.space.metrics import TEST
from sweep.space.suggest import suggest
from sweep.space.sweep import Params, Sweep
from sweep.space.values import as_json, params_from_json
from sweep.study.confirmations import Confirmations
from sweep.study.events import IncompleteWriteSetAside
from sweep.study.history import history_attrs
from sweep.study.origin import Origin
from sweep.study.private import means_exhausted, means_no_grid_cell, resumed
from sweep.study.pruning import Pruning
from sweep.study.records import BASELINE, StudyRecord, TrialRecord, record, study_record
from sweep.study.retries import enqueue_retries, retried_numbers
from sweep.study.sampling import base_sampler, failing_as, is_exhausted
from sweep.study.schema import EXHAUSTED, INGREDIENTS, PRUNED_AT, WORKERS_LOST, environment_index
from sweep.study.seeds import trial_seed
from sweep.study.settlements import Settlements
from sweep.study.storage.folder import StudyFolder
from sweep.study.storage.journal import Journal
from sweep.training.messages import Failure, Measurement, TrialSpec


class Ledger:
    """A study opened for writing. Use it as a context manager: it holds the study's lock.

    Args:
        study: the Optuna study.
        sweep: the sweep that the study is for.
        folder: the study's folder.
        lock: the study's lock, which is released when the ledger is closed.
        journal: the journal that holds the study.
        incomplete_write: the incomplete last write of a killed driver that was cut off the journal. Default: none.

    Attributes:
        added: the params that came into the space when the study was opened, and what trials before were trained with.
    """

    def __init__(
        self,
        study: optuna.Study,
        sweep: Sweep,
        folder: StudyFolder,
        lock: FileLock,
        journal: Journal,
        incomplete_write: IncompleteWriteSetAside | None = None,
    ) -> None:
        self.folder = folder
        self.incomplete_write = incomplete_write
        self.added: Params = {}
        self._together = journal.together
        self._study = study
        self._settlements = Settlements(study)
        self._sweep = sweep
        self._lock = lock
        self._pruning = Pruning(sweep)
        self._running: dict[int, optuna.Trial] = {}
        trials = study.get_trials(deepcopy=False)
        self._unfinished = [trial for trial in trials if trial.state == TrialState.RUNNING]
        self._asked = sum(trial.state != TrialState.WAITING for trial in trials)
        self._retried = len(retried_numbers(trials))

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *exc: object) -> None:
        self._lock.release()

    @property
    def asked(self) -> int:
        """Number of trials begun so far, the baseline included, whatever their state."""
        return self._asked

    @property
    def unfinished(self) -> int:
        """Number of trials that an earlier driver left running and this one has not resumed yet."""
        return len(self._unfinished)

    @property
    def budget(self) -> int:
        """Number of trials that the study is brought up to. A failed trial that is tried again does not count."""
        return self._sweep.trials + self._retried

    @property
    def lacks_trials(self) -> bool:
        """Whether a trial is left to train: one that is unfinished, or a new one within the budget of trials."""
        return bool(self._unfinished) or (self._asked < self.budget and not is_exhausted(self._study))

    def retry_failed(self) -> list[int]:
        """Enqueue the failed trials that were not tried again yet; returns their numbers."""
        with self._together():
            numbers = enqueue_retries(self._study, BASELINE)
        self._retried += len(numbers)
        return numbers

    def next_trial(self, on_failure: Callable[[int, Failure], bool] | None = None) -> TrialSpec | None:
        """The next trial to train: what an earlier driver left unfinished, then new ones up to the budget; else None.

        Args:
            on_failure: a function that is called with the number and the failure of each trial whose params the space
                could not suggest; it must end the trial, and returns whether to go on with another. Default: the trial
                is ended by `fail`, and another follows.

        Raises:
            SweepError: if the sampler fails.
        """
        while True:
            with self._together():
                trial = self._next_trial()
                if trial is None:
                    return None
                self._running[trial.number] = trial
                try:
                    return self._spec(trial)
                except InputError as error:
                    failure = Failure(str(error))
            if on_failure is None:
                self.fail(trial.number, failure)
            elif not on_failure(trial.number, failure):
                return None

    def _next_trial(self) -> optuna.Trial | None:
        if self._unfinished:
            unfinished = self._unfinished.pop(0)
            self._pruning.resume(unfinished)
            return resumed(self._study, unfinished)
        if not self.lacks_trials:
            return None
        with failing_as("sampler"):
            trial = self._study.ask()
        self._asked += 1
        return trial

    def _spec(self, trial: optuna.Trial) -> TrialSpec:
        known = trial.user_attrs
        if "params" in known and "seed" in known:
            ingredients = tuple(known.get(INGREDIENTS, ()))
            return TrialSpec(trial.number, params_from_json(known["params"]), known["seed"], ingredients=ingredients)
        suggestion = suggest(self._sweep, trial)
        seed = trial_seed(self._sweep.seed, trial.number)
        trial.set_user_attr("seed", seed)
        if suggestion.ingredients:
            trial.set_user_attr(INGREDIENTS, list(suggestion.ingredients))
        trial.set_user_attr("params", as_json(suggestion.params))
        return TrialSpec(trial.number, suggestion.params, seed, ingredients=suggestion.ingredients)

    def report(self, number: int, measurement: Measurement) -> bool:
        """Write down what a trial measured at a rung, and ask the pruner whether the trial should stop.

        A measurement that the ledger already has, as the trial was resumed, is left unchanged.

        Args:
            number: number of the trial.
            measurement: what was measured.

        Returns:
            Whether the trial should stop; never so for the baseline, at the last rung, or with several objectives.
        """
        trial = self._running[number]
        curve = trial.user_attrs.get("curve", [])
        known = curve[-1]["step"] if curve else 0
        if measurement.step < known:
            return False
        if measurement.step == known:
            # The pruner is not asked again: it may remember which trials it judged, and answer otherwise.
            return bool(trial.user_attrs.get(PRUNED_AT) == measurement.step)
        with self._together():
            return self._judge(trial, measurement, curve)

    def _judge(self, trial: optuna.Trial, measurement: Measurement, curve: list[dict[str, float]]) -> bool:
        for name in ("parameters", "node", "precision"):
            if trial.user_attrs.get(name) != getattr(measurement, name):
                trial.set_user_attr(name, getattr(measurement, name))
        self._note_environment(trial, measurement.environment)
        judged = trial.user_attrs.get(PRUNED_AT) == measurement.step  # the driver died before it wrote the curve
        prunes = judged or self._pruning.stops(trial, measurement)
        if prunes:
            trial.set_user_attr(PRUNED_AT, measurement.step)
        for name, value in history_attrs(trial.user_attrs, measurement).items():
            trial.set_user_attr(name, value)
        # The curve comes last: a measurement in it has reached the pruner, however suddenly the driver dies.
        trial.set_user_attr("curve", [*curve, measurement.point])
        return prunes

    def _note_environment(self, trial: optuna.Trial, environment: str) -> None:
        """Write down what a trial was trained with, as an index into the study's list of environments."""
        if not environment:
            return
        known, index = trial.user_attrs.get("environments", []), environment_index(environment, self._study)
        if index not in known:
            trial.set_user_attr("environments", [*known, index])

    def worker_lost(self, number: int) -> None:
        """Count one more worker that a running trial has lost."""
        self._running[number].set_user_attr(WORKERS_LOST, self.trial(number).workers_lost + 1)

    def complete(self, number: int, measurement: Measurement) -> TrialRecord:
        """End a trial that was trained to its end; returns its record.

        Args:
            number: number of the trial.
            measurement: the trial's last measurement.
        """
        trial = self._running.pop(number)
        with self._together():
            for name, value in measurement.test.items():
                trial.set_user_attr(TEST + name, value)
            _note(trial, inference_us=measurement.inference_us, error=measurement.note)
            last = {**asdict(measurement), **trial.user_attrs["curve"][-1]}
            return self._tell(trial, [float(last[name]) for name in self._sweep.directions])

    def prune(self, number: int) -> TrialRecord:
        """End a trial that the pruner stopped; returns its record."""
        with self._together():
            return self._tell(self._running.pop(number), state=TrialState.PRUNED)

    def exclude(self, number: int, failure: Failure) -> TrialRecord:
        """End a trial whose model a constraint does not allow; returns its record.

        It is PRUNED, and not FAIL, so that the sampler learns to keep away from such models.
        """
        trial = self._running.pop(number)
        with self._together():
            _note(trial, error=failure.reason, parameters=failure.parameters)
            return self._tell(trial, state=TrialState.PRUNED)

    def fail(self, number: int, failure: Failure) -> TrialRecord:
        """End a trial that could not go on; returns its record."""
        trial = self._running.pop(number)
        with self._together():
            _note(trial, error=failure.reason, details=failure.details, worker_output=failure.output)
            return self._tell(trial, state=TrialState.FAIL)

    def _tell(
        self, trial: optuna.Trial, values: Sequence[float] | None = None, state: TrialState | None = None
    ) -> TrialRecord:
        self._pruning.forget(trial.number)
        with failing_as("sampler"):
            try:
                return record(self._study.tell(trial, values, state=state))
            except RuntimeError as error:
                if not means_exhausted(error):
                    raise
                self._study.set_user_attr(EXHAUSTED, type(base_sampler(self._study.sampler)).__name__)
            except KeyError as error:
                if not means_no_grid_cell(error):
                    raise
        return self.trial(trial.number)

    def settle_precision(self, choice: str, resolved: str) -> str:
        """The precision that all trials of this study are trained in; see `Settlements.precision`."""
        return self._settlements.precision(choice, resolved)

    def settle_code(self, code: Mapping[str, str], *, accept_changes: bool = False) -> None:
        """Note what the user's functions that train are, or refuse others; see `Settlements.code`."""
        self._settlements.code(code, accept_changes=accept_changes)

    def note_origin(self, origin: Origin) -> None:
        """Write down where the study came from, as of this run."""
        self._settlements.origin(origin)

    def confirmations(self) -> Confirmations:
        """The study's confirming runs, open for writing as long as the ledger is."""
        return Confirmations(self._study, self.folder)

    def reaches(self, trial: TrialRecord, target: float | None) -> bool:
        """Whether a trial is complete and its objective is as good as a target; never if `target` is None."""
        if target is None or trial.value is None:
            return False
        return trial.value >= target if self._sweep.maximizes else trial.value <= target

    def record(self) -> StudyRecord:
        """The study's current record."""
        return study_record(self.folder.name, self._study)

    def trial(self, number: int) -> TrialRecord:
        """One trial's current record."""
        return record(self._study.get_trials(deepcopy=False)[number])


def _note(trial: optuna.Trial, **facts: str | float | None) -> None:
    """Write down what is known of a trial."""
    for name, value in facts.items():
        if value not in (None, ""):
            trial.set_user_attr(name, value)
