"""Confirms a study's best trials: makes the confirming runs that they and the baseline lack."""

from __future__ import annotations

from sweep.analysis.study_analysis import Analysis
from sweep.data.dataset import Dataset
from sweep.errors import InputError
from sweep.execution.confirmation_driver import ConfirmationDriver
from sweep.execution.confirmation_plan import ConfirmationPlan, fixed_plan, open_plan
from sweep.execution.log import study_log
from sweep.execution.options import MARGIN_ALONE, ConfirmOptions
from sweep.execution.results import RunResult, board_kept, write_results
from sweep.execution.stop import StopRequest
from sweep.execution.workers import Workers, workers
from sweep.space.sweep import DEFAULT_CONFIRM_SEEDS
from sweep.study.confirmations import Confirmations
from sweep.study.events import ConfirmationStarted, Observer, StopReason
from sweep.study.opening import open_confirmations
from sweep.study.provenance import write_run_json
from sweep.study.restore import RestoredStudy
from sweep.study.until_sure_started import UntilSureStarted
from sweep.training.messages import TrainingConfig


def make_runs(
    confirmations: Confirmations,
    plan: ConfirmationPlan,
    training_config: TrainingConfig,
    dataset: Dataset,
    offered: Workers,
    observer: Observer,
    stop: StopRequest,
) -> StopReason | None:
    """Make confirming runs, on all training images: once, or in a race in rounds, each with the trials still in it.

    Args:
        confirmations: the study's confirming runs, open for writing.
        plan: which runs are to be made.
        training_config: what the study's trials have in common.
        dataset: the study's data set.
        offered: the workers.
        observer: is notified of what happens.
        stop: true once the user has asked to stop; it knows the time limit, too.

    Returns:
        Why the runs stopped early; None if they did not, or the user asked for it.
    """
    if stop.seconds_left is not None and stop.seconds_left <= 0:
        return StopReason()
    # Postponed, as in `workers`: Ray takes most of a second to import.
    from sweep.execution.ray.runner import run_trials

    # Callbacks that watch validation scores, as to stop early, need them in confirming runs, too.
    whole = dataset.training() if training_config.watches_validation else dataset.whole()
    metric, held_out = confirmations.record().metric, 0 if whole.val is None else len(whole.val)
    kind = UntilSureStarted if plan.until_sure else ConfirmationStarted
    while runs := plan.still_needed(confirmations.record()):
        observer.notice(kind(runs, len(whole.train), str(offered), metric, held_out))
        driver = ConfirmationDriver(
            confirmations,
            runs,
            observer,
            timeout_seconds=stop.seconds_left,
            still_needed=plan.still_needed if plan.until_sure else None,
        )
        with stop.orderly():
            run_trials(
                driver,
                training_config.on_everything(),
                whole,
                dataset.test,
                confirmations.folder.path,
                slots=offered.slots,
                max_failures=offered.max_failures,
                should_stop=stop.__bool__,
            )
        if stop or driver.stop_reason or driver.lost or not plan.until_sure:
            return driver.stop_reason
    return None


def confirm_study(restored: RestoredStudy, options: ConfirmOptions, observer: Observer, stop: StopRequest) -> RunResult:
    """Confirm the best trials of a study.

    Args:
        restored: the study, with its model and data.
        options: the flags of `confirm`.
        observer: is notified of what happens.
        stop: true once the user has asked to stop; it knows the time limit, too.

    Raises:
        InputError: if no trial but the baseline has completed, or a margin is given for a fixed number of runs.
    """
    training_config, name = restored.training_config, restored.study.name
    stop_reason = None
    with open_confirmations(options.results, name) as confirmations, study_log(confirmations.folder):
        if confirmations.incomplete_write:
            observer.notice(confirmations.incomplete_write)
        analysis = Analysis(confirmations.record())
        plan = _plan(analysis, options)
        if not plan.numbers:
            raise InputError(f"confirming takes a completed trial besides the baseline, but study {name!r} has none")
        plan.write(confirmations)
        with board_kept(confirmations.folder):
            if plan.runs:
                threads, gpus = training_config.threads, training_config.gpus
                with workers(options, observer, cpus_per_trial=threads, gpus_per_trial=gpus) as offered:
                    write_run_json(confirmations.folder, restored.dataset, str(offered.cluster), analysis.study)
                    stop_reason = make_runs(
                        confirmations, plan, training_config, restored.dataset, offered, observer, stop
                    )
        return RunResult(write_results(confirmations.record(), confirmations.folder), stop_reason)


def _plan(analysis: Analysis, options: ConfirmOptions) -> ConfirmationPlan:
    """What the flags of `confirm` ask for; a study that was once confirmed until sure goes on so."""
    if options.until_sure or analysis.study.until_sure is not None:
        anew = options.until_sure
        return open_plan(analysis, options.top, most=options.seeds, margin=options.margin, anew=anew)
    if options.margin is not None:
        raise InputError(MARGIN_ALONE)
    seeds = options.seeds or max(analysis.study.confirm_seeds.values(), default=DEFAULT_CONFIRM_SEEDS)
    return fixed_plan(analysis, options.top, seeds)
