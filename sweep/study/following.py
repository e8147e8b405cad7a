"""Follows a study that another process runs, from its folder alone: tells an observer what that run tells its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sweep.errors import InputError
from sweep.space.metrics import VAL
from sweep.study.confirmations import missing
from sweep.study.confirming_run import ConfirmingRun
from sweep.study.events import (
    ConfirmationStarted,
    ConfirmingRunEnded,
    Observer,
    SearchStarted,
    TrialEnded,
    TrialMeasured,
    TrialStarted,
    WorkerLost,
)
from sweep.study.provenance import read_run_json
from sweep.study.records import StudyRecord, TrialRecord, read_study
from sweep.study.schema import restored
from sweep.study.storage.folder import StudyFolder
from sweep.study.storage.looking import is_locked
from sweep.study.until_sure_started import UntilSureStarted
from sweep.training.messages import Measurement, TrialSpec

READ_SECONDS = 0.5
"""Minimum number of seconds between two readings of the journal."""
READ_SHARE = 0.05
"""Maximum share of the time for reading it, as it is read anew each time."""


@dataclass(frozen=True)
class _Search:
    """What `run.json` has of a search: fields of `SearchStarted`."""

    trials: int
    epochs: int
    unfinished: int
    images: list[int]
    scaled: bool
    workers: str
    precision: str


@dataclass(frozen=True)
class _Run:
    """What `run.json` says of the study's last run.

    Args:
        started: when it began, ISO 8601; empty if that is not known.
        ended: whether it has ended.
        search: the search that it began with; None if it confirms alone, or an earlier version wrote the file.
        workers: the workers, in words.
    """

    started: str
    ended: bool
    search: _Search | None
    workers: str

    @classmethod
    def of(cls, folder: StudyFolder) -> _Run:
        facts = read_run_json(folder)
        machine = facts.get("machine")
        workers = machine.get("cluster") if isinstance(machine, dict) else None
        try:
            search = restored(_Search, facts.get("search"))
        except InputError:
            search = None
        if search and len(search.images) != 2:
            search = None
        return cls(str(facts.get("started", "")), bool(facts.get("ended")), search, str(workers or "some workers"))

    def seconds_ago(self, now: datetime) -> float:
        """Seconds since it began; 0 if that is not known."""
        try:
            return max(0.0, (now.astimezone() - datetime.fromisoformat(self.started).astimezone()).total_seconds())
        except ValueError:
            return 0.0


class Follower:
    """Tells an observer what happens to a study, as the run that another process makes tells its own. Writes nothing.

    Args:
        folder: the study's folder.
        observer: is notified of what happens.
        clock: monotonic clock in seconds. Default: `time.monotonic`.
        now: tells the date and the time. Default: `datetime.now`.
        undecided: tells which runs may still be needed where they are made until it is decided who is better. Default:
            all up to the most that there are to be.

    Attributes:
        study: the study's record when it was last looked at.

    Raises:
        InputError: if there is no such study.
    """

    def __init__(
        self,
        folder: StudyFolder,
        observer: Observer,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = datetime.now,
        undecided: Callable[[StudyRecord], list[ConfirmingRun]] | None = None,
    ) -> None:
        self._folder = folder
        self._observer = observer
        self._clock = clock
        self._now = now
        self._undecided = undecided
        self._due = 0.0
        self._seen: tuple[int, int] | None = None
        self._begun = ""
        self._trials: dict[int, TrialRecord] = {}
        self._confirmed: set[int] | None = None
        self._announced: set[int] = set()
        self.study = read_study(folder.results, folder.name)
        self._runs_before = len(self.study.confirming)

    def look(self) -> bool:
        """Tell the observer what has changed since the last look; returns whether a driver still has the study open."""
        is_open = is_locked(self._folder.lock)
        began = self._clock()
        if not is_open or began >= self._due:
            self._read(is_open)
            ended = self._clock()
            self._due = ended + max(READ_SECONDS, (ended - began) / READ_SHARE)
        self._observer.tick()
        return is_open

    def _read(self, is_open: bool) -> None:
        """Read the journal if it has changed, and tell what is new. What was over before is not told."""
        try:
            stat = self._folder.journal.stat()
            if self._seen != (stat.st_size, stat.st_mtime_ns):
                self.study = read_study(self._folder.results, self._folder.name)
                self._seen = (stat.st_size, stat.st_mtime_ns)
        except (InputError, OSError):
            if not is_open:
                raise
            return  # `run --new` has set the study aside, and begins it afresh
        run = _Run.of(self._folder)
        if is_open and run.search and not run.ended and self._begun != run.started:
            self._tell_search(run, run.search)
        if self._begun:
            self._tell_trials()
        if self._confirmed is not None:
            self._tell_runs(self._confirmed)
        if is_open and not run.ended and (self._confirmed is None or self._new_round()) and self._confirms(run):
            self._tell_confirmation(run)

    def _tell_search(self, run: _Run, search: _Search) -> None:
        study, now = self.study, self._now()
        elapsed = run.seconds_ago(now)
        began = now.timestamp() - elapsed
        self._observer.notice(
            SearchStarted(
                study=study,
                maximizes=next(iter(study.definition.directions.values())) == "maximize",
                elapsed_seconds=elapsed,
                ended_before=sum(trial.ended and _moment(trial.finished) < began for trial in study.trials),
                **{**vars(search), "images": (search.images[0], search.images[1])},
            )
        )
        self._begun = run.started
        self._confirmed = None
        self._trials = {trial.number: trial for trial in study.trials}
        for trial in study.trials:
            if trial.state == "RUNNING":
                self._observer.notice(TrialStarted(_spec(trial)))

    def _tell_trials(self) -> None:
        for trial in self.study.trials:
            before = self._trials.get(trial.number)
            if trial != before:
                self._tell_trial(trial, before)
                self._trials[trial.number] = trial

    def _tell_trial(self, trial: TrialRecord, before: TrialRecord | None) -> None:
        if (before is None or before.state == "WAITING") and trial.state != "WAITING":
            self._observer.notice(TrialStarted(_spec(trial)))
        for point in trial.curve[len(before.curve) if before else 0 :]:
            self._observer.notice(TrialMeasured(trial.number, _measurement(trial, point)))
        for _ in range(trial.workers_lost - (before.workers_lost if before else 0)):
            self._observer.notice(WorkerLost(trial.number))
        if trial.ended and not (before and before.ended):
            self._observer.notice(TrialEnded(trial))

    def _confirms(self, run: _Run) -> bool:
        """Whether the run makes confirming runs now, which the journal has only once they have ended."""
        study = self.study
        if not self._missing(study):
            return False
        if run.search is None or len(study.confirming) > self._runs_before:
            return True
        running = any(trial.state == "RUNNING" for trial in study.trials)
        return not running and sum(trial.ended for trial in study.trials) >= run.search.trials

    def _tell_confirmation(self, run: _Run) -> None:
        study = self.study
        planned = {number for number, seeds in study.confirm_seeds.items() if seeds}
        known = [one for one in study.confirming if one.trial in planned]
        workers = run.search.workers if run.search else run.workers
        images = run.search.images[0] if run.search else 0
        runs = [*known, *self._missing(study)]
        kind = ConfirmationStarted if study.until_sure is None else UntilSureStarted
        self._observer.notice(kind(runs, images, workers, study.metric, ended_before=len(known)))
        self._announced = {one.number for one in runs}
        self._confirmed = {one.number for one in study.confirming}

    def _new_round(self) -> bool:
        """Whether a race has come to runs that were not told yet."""
        until_sure = self.study.until_sure is not None
        return until_sure and any(one.number not in self._announced for one in self._missing(self.study))

    def _missing(self, study: StudyRecord) -> list[ConfirmingRun]:
        """The confirming runs that were planned, have not ended and may still be needed."""
        if study.until_sure is not None and self._undecided is not None:
            return self._undecided(study)
        return [run for number, seeds in study.confirm_seeds.items() for run in missing(study, [number], seeds)]

    def _tell_runs(self, known: set[int]) -> None:
        for run in self.study.confirming:
            if run.number not in known:
                known.add(run.number)
                self._observer.notice(ConfirmingRunEnded(run))


def _spec(trial: TrialRecord) -> TrialSpec:
    return TrialSpec(trial.number, trial.params, trial.seed or 0, ingredients=tuple(trial.ingredients))


def _measurement(trial: TrialRecord, point: dict[str, float]) -> Measurement:
    return Measurement(
        step=int(point["step"]),
        epochs=point["epochs"],
        val={name.removeprefix(VAL): value for name, value in point.items() if name.startswith(VAL)},
        seconds=point["seconds"],
        parameters=trial.parameters,
        node=trial.node,
        precision=trial.precision,
    )


def _moment(finished: str) -> float:
    """A local time as seconds since the epoch; 0 if it is not known."""
    return datetime.fromisoformat(finished).timestamp() if finished else 0.0
