"""Brings a study to its end: trains the trials that it lacks, then confirms its best trial."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from sweep.analysis.study_analysis import Analysis
from sweep.data.dataset import Dataset
from sweep.data.sources import FALLBACK_NAME
from sweep.errors import InputError
from sweep.execution.confirm import make_runs
from sweep.execution.confirmation_plan import ConfirmationPlan, fixed_plan, open_plan
from sweep.execution.driver import Driver, refuse_failed_baseline
from sweep.execution.log import study_log
from sweep.execution.options import RunOptions
from sweep.execution.other_study import take_from
from sweep.execution.prepare import early_first_rung, overridden, prepare
from sweep.execution.results import BoardWriter, RunResult, board_kept, write_results
from sweep.execution.stop import StopRequest
from sweep.execution.workers import Workers, workers
from sweep.space.loader import fingerprint, load_sweep, model_sha256
from sweep.space.settings import fixed_params
from sweep.space.sweep import Params, Sweep
from sweep.study.events import (
    DigitsInsteadOfMnist,
    NothingToTrain,
    Observer,
    ParamsAdded,
    RetriesEnqueued,
    SearchStarted,
    StopReason,
)
from sweep.study.ledger import Ledger
from sweep.study.opening import open_ledger
from sweep.study.origin import Origin
from sweep.study.provenance import write_run_json
from sweep.study.records import BUILT_IN, MODEL
from sweep.study.storage.folder import checked_name
from sweep.study.until_sure import DEFAULT_PAIRS
from sweep.training.messages import TrainingConfig
from sweep.training.precision import resolve as resolve_precision

UNNAMED = "sweep"
"""The name of a study that has no search-space file to be named after."""


def run_space(space: str | Path | Sweep, options: RunOptions, observer: Observer, stop: StopRequest) -> RunResult:
    """`run_sweep` of a sweep, or of the sweep that a search-space file defines.

    Raises:
        InputError: if it is neither, or as `run_sweep` has it.
        SweepFailed: if the baseline failed.
    """
    if not isinstance(space, str | Path | Sweep):
        raise InputError(f"space must be the path of a search-space file or a Sweep, but got {space!r}")
    if isinstance(space, Sweep):
        return run_sweep(space, None, options, observer, stop)
    return run_sweep(load_sweep(space), Path(space), options, observer, stop)


def run_sweep(sweep: Sweep, file: Path | None, options: RunOptions, observer: Observer, stop: StopRequest) -> RunResult:
    """Bring a sweep's study up to its budget, and confirm its best trial.

    Args:
        sweep: the sweep.
        file: path of the search-space file that defines it; None if it was made in Python.
        options: the flags of `run`.
        observer: is notified of what happens.
        stop: true once the user has asked to stop; it knows the time limit, too.

    Raises:
        InputError: if a flag, the file or the data is wrong, or the study can't be continued.
        SweepFailed: if the baseline failed.
    """
    sweep = overridden(sweep, options)
    name = checked_name(options.name if options.name is not None else file.stem if file else UNNAMED)
    dataset, definition, explored = prepare(sweep, options.data)
    fixed = fixed_params(options.set or (), explored.ranges)
    if options.from_study is not None:
        if options.from_study == name and not options.new:
            raise InputError(f"--from must name another study than {name}, unless --new starts this one afresh")
        taken = take_from(options.results, options.from_study, sweep, explored, fixed)
        sweep = replace(sweep, enqueue=[*sweep.enqueue, *taken.configurations])
        observer.notice(taken.event)
    if dataset.name == FALLBACK_NAME:
        observer.notice(DigitsInsteadOfMnist(file))
    with (
        open_ledger(options.results, name, sweep, definition, new=options.new, fixed=fixed) as ledger,
        study_log(ledger.folder),
        board_kept(ledger.folder),
    ):
        if ledger.incomplete_write:
            observer.notice(ledger.incomplete_write)
        refuse_failed_baseline(ledger.record())
        if ledger.added:
            observer.notice(ParamsAdded(ledger.added))
        if options.retry_failed:
            observer.notice(RetriesEnqueued(ledger.retry_failed()))
        origin = Origin.of(file, sweep, options.data, dataset)
        model_code = model_sha256(sweep, file, with_data=dataset.comes_in_batches)
        stop_reason = _StudyRun(sweep, origin, model_code, dataset, ledger, options, observer, stop, fixed).run()
        return RunResult(write_results(ledger.record(), ledger.folder), stop_reason, ledger.budget, dataset)


@dataclass(frozen=True)
class _StudyRun:
    """One run of a study that is open for writing.

    Args:
        sweep: the sweep, flags included.
        origin: where the sweep came from.
        model_code: hash of the model function; empty for `sweep.build_model`.
        dataset: the data set that trials are trained on.
        ledger: the ledger of the study, open for writing.
        options: the flags of `run`.
        observer: is notified of what happens.
        stop: true once the user has asked to stop; it knows the time limit, too.
        fixed: values that the sampler does not draw, by the parameters' names.
    """

    sweep: Sweep
    origin: Origin
    model_code: str
    dataset: Dataset
    ledger: Ledger
    options: RunOptions
    observer: Observer
    stop: StopRequest
    fixed: Params

    def run(self) -> StopReason | None:
        """Train the trials that the study lacks, then confirm its best; returns why the run stopped early, or None."""
        ledger = self.ledger
        reached = self._reached() if ledger.lacks_trials else None
        lacks_trials = ledger.lacks_trials and reached is None
        if not lacks_trials:
            plan = self._confirmation_plan()
            self.observer.notice(NothingToTrain(ledger.folder.name, ledger.asked, reached, bool(plan.runs)))
            if not plan.runs:
                plan.write(ledger.confirmations())
                return reached
        ledger.settle_code({MODEL: self.model_code or BUILT_IN}, accept_changes=self.options.accept_changes)
        with self._workers() as offered:
            ledger.note_origin(self.origin)
            training_config = self._training_config(offered)
            search = self._search_started(offered, training_config) if lacks_trials else None
            write_run_json(ledger.folder, self.dataset, str(offered.cluster), ledger.record(), search)
            stop_reason = self._search(offered, training_config, search) if search else reached
            if self.stop:
                return None
            if stop_reason is None or stop_reason.trial is not None:
                stop_reason = self._confirm(offered, training_config) or stop_reason
            return stop_reason

    def _reached(self) -> StopReason | None:
        """The first trial that reached the target before this run, as a stop reason; None if there is none."""
        trials = self.ledger.record().trials if self.options.target is not None else []
        number = next((trial.number for trial in trials if self.ledger.reaches(trial, self.options.target)), None)
        return None if number is None else StopReason(number)

    def _workers(self) -> AbstractContextManager[Workers]:
        return workers(
            self.options,
            self.observer,
            cpus_per_trial=self.sweep.cpus_per_trial,
            gpus_per_trial=self.sweep.gpus_per_trial,
        )

    def _training_config(self, offered: Workers) -> TrainingConfig:
        """The training config of the study's trials, with the precision that these workers support."""
        # Postponed, as in `workers`: Ray takes most of a second to import.
        from sweep.execution.ray.cluster import bfloat16_everywhere

        sweep, choice = self.sweep, self.options.precision
        supported = choice == "auto" and bfloat16_everywhere(offered.cluster, gpu=sweep.gpus_per_trial > 0)
        resolved = resolve_precision(choice, own_model=bool(sweep.own_functions), supported=supported)
        return TrainingConfig(
            sweep.model,
            sweep.epochs,
            sweep.steps,
            threads=sweep.cpus_per_trial,
            precision=self.ledger.settle_precision(choice, resolved),
            gpus=sweep.gpus_per_trial,
            max_trial_seconds=sweep.max_trial_seconds,
            file_sha256=fingerprint(self.origin.file) if sweep.own_functions and self.origin.file else "",
            model_sha256=self.model_code,
            fit=sweep.fit,
            train=sweep.train,
            data=sweep.data if self.dataset.comes_in_batches and callable(sweep.data) else None,
            folds=sweep.folds,
            objectives=tuple(sweep.directions),
            max_parameters=sweep.max_parameters,
        )

    def _search_started(self, offered: Workers, training_config: TrainingConfig) -> SearchStarted:
        return SearchStarted(
            study=self.ledger.record(),
            trials=self.ledger.budget,
            epochs=self.sweep.epochs,
            unfinished=self.ledger.unfinished,
            maximizes=self.sweep.maximizes,
            images=(self.dataset.trained_on + self.dataset.held_out, len(self.dataset.test)),
            scaled=self.dataset.train.has_pixels and self.sweep.train is None,
            workers=str(offered),
            precision=training_config.precision,
            fixed=self.fixed,
        )

    def _search(self, offered: Workers, training_config: TrainingConfig, search: SearchStarted) -> StopReason | None:
        """Train the trials that the study lacks; returns why the search stopped early, or None."""
        # Postponed, as in `workers`: Ray takes most of a second to import.
        from sweep.execution.ray.runner import run_trials

        self.observer.notice(search)
        if early := early_first_rung(self.sweep, self.dataset, search.study.definition.baseline):
            self.observer.notice(early)
        writer = BoardWriter(self.ledger.record, self.ledger.folder)
        driver = Driver(
            self.ledger,
            self.observer,
            writer.trial_ended,
            writer.tick,
            target=self.options.target,
            timeout_seconds=self.stop.seconds_left,
        )
        with self.stop.orderly():
            run_trials(
                driver,
                training_config,
                self.dataset.training(self.sweep.folds),
                self.dataset.test,
                self.ledger.folder.path,
                slots=offered.slots,
                max_failures=offered.max_failures,
                should_stop=self.stop.__bool__,
            )
        writer.flush()
        return driver.stop_reason

    def _confirmation_plan(self) -> ConfirmationPlan:
        analysis, seeds = Analysis(self.ledger.record()), self.sweep.confirm_seeds
        top = self.sweep.confirm_top if self.options.confirm and seeds else 0
        if not self.options.until_sure and analysis.study.until_sure is None:
            return fixed_plan(analysis, top, seeds)
        asked, most = self.options.until_sure, seeds if seeds > DEFAULT_PAIRS else None
        return open_plan(analysis, top, most=most, margin=self.sweep.margin if asked else None, anew=asked)

    def _confirm(self, offered: Workers, training_config: TrainingConfig) -> StopReason | None:
        plan, confirmations = self._confirmation_plan(), self.ledger.confirmations()
        plan.write(confirmations)
        if not plan.runs:
            return None
        return make_runs(confirmations, plan, training_config, self.dataset, offered, self.observer, self.stop)
