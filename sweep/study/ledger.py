"""The ledger: one Optuna study in an append-only journal, and the only place where a trial's state changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import optuna
from filelock import FileLock
from optuna.trial import TrialState

from sweep.errors import InputError, SweepError, describe
from sweep.space import suggest as space
from sweep.space.sweep import Sweep
from sweep.study.confirmations import Confirmations
from sweep.study.origin import Origin
from sweep.study.private import means_exhausted, means_no_grid_cell, resumed
from sweep.study.records import (
    ORIGIN,
    PRECISION,
    StudyRecord,
    TrialRecord,
    record,
    study_record,
)
from sweep.study.seeds import trial_seed
from sweep.study.storage.journal import Journal
from sweep.training.environment import environment_index
from sweep.training.messages import Failure, Measurement, TrialSpec

PRUNED_AT = "pruned_at"
EXHAUSTED = "sweep:exhausted"
"""The kind of sampler that has nothing left to try."""


class Ledger:
    """A study opened for writing. Use it as a context manager: it holds the study's lock.

    Args:
        study: the Optuna study.
        sweep: what is searched.
        folder: `results/STUDY`.
        lock: held until the ledger is closed.
        written: the journal that holds the study.
        incomplete_write: where the torn end of the journal was put, if a killed driver left one.
    """

    def __init__(
        self,
        study: optuna.Study,
        sweep: Sweep,
        folder: Path,
        lock: FileLock,
        written: Journal,
        incomplete_write: Path | None = None,
    ) -> None:
        self.folder = folder
        self.incomplete_write = incomplete_write
        self._together = written.together
        self._study = study
        self._sweep = sweep
        self._lock = lock
        self._prunable = not sweep.is_multi_objective  # Optuna neither prunes by several objectives nor takes reports
        self._running: dict[int, optuna.Trial] = {}
        self._unfinished = [trial for trial in study.get_trials(deepcopy=False) if trial.state == TrialState.RUNNING]
        self._asked = len(
            study.get_trials(deepcopy=False, states=[state for state in TrialState if state != TrialState.WAITING])
        )

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *exc: object) -> None:
        self._lock.release()

    @property
    def asked(self) -> int:
        """How many trials have been asked for so far, whatever became of them."""
        return self._asked

    @property
    def unfinished(self) -> int:
        """How many trials an earlier driver left running and this one has not taken up yet."""
        return len(self._unfinished)

    @property
    def lacks_trials(self) -> bool:
        """Whether there is anything left to train: trials left unfinished, or a budget and a sampler that has more."""
        if self._unfinished:
            return True
        return self._asked < self._sweep.trials and not self._exhausted()

    def _exhausted(self) -> bool:
        sampler = self._study.sampler
        if self._study.user_attrs.get(EXHAUSTED) != type(sampler).__name__:
            return False
        return not isinstance(sampler, optuna.samplers.GridSampler) or sampler.is_exhausted(self._study)

    def next_trial(self, failed: Callable[[int, Failure], None] | None = None) -> TrialSpec | None:
        """The next trial to train: first what an earlier driver left unfinished, then new ones up to the budget.

        Args:
            failed: told of each trial whose params the space could not suggest. Default: `fail`.

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
            (failed or self.fail)(trial.number, failure)
            if trial.number == 0:
                return None  # without the baseline there is nothing to go on with

    def _next_trial(self) -> optuna.Trial | None:
        if self._unfinished:
            return resumed(self._study, self._unfinished.pop(0))
        if not self.lacks_trials:
            return None
        with _told_as("sampler"):
            trial = self._study.ask()
        self._asked += 1
        return trial

    def _spec(self, trial: optuna.Trial) -> TrialSpec:
        known = trial.user_attrs
        if "params" in known and "seed" in known:
            return TrialSpec(trial.number, known["params"], known["seed"])
        params = space.suggest(self._sweep, trial)
        seed = trial_seed(self._sweep.seed, trial.number)
        trial.set_user_attr("seed", seed)
        trial.set_user_attr("params", params)
        return TrialSpec(trial.number, params, seed)

    def report(self, number: int, measurement: Measurement) -> bool:
        """Write down what a trial measured, and ask the pruner whether it should stop.

        A rung that is already in the ledger (the trial was taken up again) is kept as it is.

        Returns:
            Whether to stop. The baseline never stops, nothing stops at its last step or with several objectives.
        """
        trial = self._running[number]
        curve = trial.user_attrs.get("curve", [])
        known = curve[-1]["step"] if curve else 0
        if measurement.step < known:
            return False
        if measurement.step == known:
            # Not asked again: a pruner may note whom it judged, and then says something else.
            return bool(trial.user_attrs.get(PRUNED_AT) == measurement.step)
        with self._together():
            return self._judge(trial, measurement, curve)

    def _judge(self, trial: optuna.Trial, measurement: Measurement, curve: list[dict[str, float]]) -> bool:
        reported = self._study.get_trials(deepcopy=False)[trial.number].intermediate_values
        if self._prunable and measurement.step not in reported:
            trial.report(self._objective(measurement), measurement.step)
        for name in ("parameters", "node", "precision"):
            if trial.user_attrs.get(name) != getattr(measurement, name):
                trial.set_user_attr(name, getattr(measurement, name))
        self._note_environment(trial, measurement.environment)
        judged = trial.user_attrs.get(PRUNED_AT) == measurement.step  # and then the event was torn
        prunes = judged or self._prunes(trial, measurement)
        if prunes:
            trial.set_user_attr(PRUNED_AT, measurement.step)
        # The curve comes last: a rung that is in it has reached the pruner, however suddenly the driver dies.
        point = {name: asdict(measurement)[name] for name in ("step", "epochs", "val_accuracy", "val_loss", "seconds")}
        trial.set_user_attr("curve", [*curve, point])
        return prunes

    def _note_environment(self, trial: optuna.Trial, told: str) -> None:
        """Keep what a trial was trained with: its places in the study's list."""
        if not told:
            return
        known, place = trial.user_attrs.get("environments", []), environment_index(told, self._study)
        if place not in known:
            trial.set_user_attr("environments", [*known, place])

    def _prunes(self, trial: optuna.Trial, measurement: Measurement) -> bool:
        with _told_as("pruner"):
            stops = self._prunable and trial.should_prune()
        return stops and trial.number != 0 and measurement.step < 100

    def complete(self, number: int, measurement: Measurement) -> None:
        """End a trial that trained its whole budget."""
        trial = self._running.pop(number)
        with self._together():
            trial.set_user_attr("test_accuracy", measurement.test_accuracy)
            if measurement.inference_us is not None:
                trial.set_user_attr("inference_us", measurement.inference_us)
            if measurement.note:
                trial.set_user_attr("error", measurement.note)
            last = {**asdict(measurement), **trial.user_attrs["curve"][-1]}
            self._tell(trial, [float(last[name]) for name in self._sweep.directions])

    def prune(self, number: int) -> None:
        """End a trial that the pruner stopped."""
        with self._together():
            self._tell(self._running.pop(number), state=TrialState.PRUNED)

    def fail(self, number: int, failure: Failure) -> None:
        """End a trial that could not go on."""
        trial = self._running.pop(number)
        with self._together():
            trial.set_user_attr("error", failure.reason)
            if failure.details:
                trial.set_user_attr("details", failure.details)
            self._tell(trial, state=TrialState.FAIL)

    def _tell(
        self, trial: optuna.Trial, values: Sequence[float] | None = None, state: TrialState | None = None
    ) -> None:
        with _told_as("sampler"):
            try:
                self._study.tell(trial, values, state=state)
            except RuntimeError as error:
                if not means_exhausted(error):
                    raise
                self._study.set_user_attr(EXHAUSTED, type(self._study.sampler).__name__)
            except KeyError as error:
                if not means_no_grid_cell(error):
                    raise

    def settle_precision(self, choice: str, found: str) -> str:
        """The precision all trials of this study are trained in: what the first run settled on.

        Args:
            choice: of this run: "auto", "float32" or "bfloat16".
            found: what it comes to here.

        Raises:
            InputError: if the study began in another one than is asked for.
        """
        settled: str = self._study.user_attrs.get(PRECISION, "")
        if not settled:
            self._study.set_user_attr(PRECISION, found)
            return found
        if choice not in ("auto", settled):
            raise InputError(
                f"a study is trained in one precision, and this one began in {settled}, but --precision is {choice}; "
                "use --new to start afresh, or --name for another study"
            )
        return settled

    def note_origin(self, origin: Origin) -> None:
        """Keep where the study came from, as of this run."""
        if self._study.user_attrs.get(ORIGIN) != origin.as_json():
            self._study.set_user_attr(ORIGIN, origin.as_json())

    def confirmations(self) -> Confirmations:
        """The study's confirming runs, open for writing as the ledger is."""
        return Confirmations(self._study, self.folder)

    def _objective(self, measurement: Measurement) -> float:
        return float(getattr(measurement, next(iter(self._sweep.directions))))

    def reached(self, target: float | None) -> str:
        """Which completed trial's objective is as good as a target; "" if none is, or there is no target."""
        if target is None:
            return ""
        sign = 1 if self._sweep.maximizes else -1
        completed = self._study.get_trials(deepcopy=False, states=[TrialState.COMPLETE])
        there = next((trial.number for trial in completed if sign * trial.values[0] >= sign * target), None)
        return "" if there is None else f"trial {there} reached the target given with --target"

    def record(self) -> StudyRecord:
        """The study as it stands."""
        return study_record(self.folder.name, self._study)

    def trial(self, number: int) -> TrialRecord:
        """One trial as it stands."""
        return record(self._study.get_trials(deepcopy=False)[number])


@contextmanager
def _told_as(what: str) -> Iterator[None]:
    """What the user's own sampler or pruner raises, as one message."""
    try:
        yield
    except (OSError, SweepError):
        raise
    except Exception as error:
        raise SweepError(f"the {what} failed: {describe(error)}") from error
