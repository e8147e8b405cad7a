"""`confirm`: trains the best trials and the baseline again on fresh seeds, and says who is better."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from sweep.analysis.leaderboard import ranked
from sweep.data.dataset import Dataset
from sweep.errors import InputError
from sweep.execution.caller import caller_unchanged
from sweep.execution.confirmation import ConfirmationDriver
from sweep.execution.results import board_kept, board_of, tell_torn
from sweep.execution.search import StopConditions
from sweep.execution.stop import INTERRUPTED, StopRequest
from sweep.execution.workers import Workers, check_limits, workers
from sweep.report.confirm_progress import ConfirmProgress
from sweep.report.findings import refuse_unconfirmed_baseline, tell_verdicts
from sweep.report.format import console
from sweep.report.summary import tell_stopped
from sweep.space.sweep import DEFAULT_CONFIRM_SEEDS, MAX_CONFIRM_SEEDS
from sweep.study.confirmations import Confirmations, missing
from sweep.study.opening import open_confirmations, silence_optuna
from sweep.study.provenance import write_run_json
from sweep.study.records import ConfirmingRun, StudyRecord
from sweep.study.restore import load
from sweep.training.messages import TrainingConfig


@dataclass(frozen=True)
class ConfirmOptions:
    """The flags of `confirm`.

    Args:
        results: the results folder.
        top: how many of the best trials.
        seeds: how many runs each of them and the baseline is to have, those there included. Default: as many as were
            asked for before, or 7.
        space: the search-space file, if the study's own functions are no longer where they were.
        data: where the study's data is, if not where it was.
        jobs: at most so many runs side by side.
        address: of a Ray cluster.
        max_failures: how often a run is tried again after its worker was lost.
        timeout_seconds: stop after so long.
        quiet: print nothing but errors.
    """

    results: Path = Path("results")
    top: int = 1
    seeds: int | None = None
    space: Path | None = None
    data: str | None = None
    jobs: int | None = None
    address: str | None = None
    max_failures: int = 2
    timeout_seconds: float | None = None
    quiet: bool = False


@caller_unchanged()
def confirm(name: str, options: ConfirmOptions) -> int:
    """Confirm the best trials of a study; returns the exit status.

    Raises:
        InputError: if something given is wrong, or there is nothing to confirm.
    """
    stop = StopRequest()
    stop.listen()
    silence_optuna()
    out = console(quiet=options.quiet)
    _check(options)
    restored = load(options.results, name, options.space, options.data)
    training_config = restored.training_config
    stop_reason = ""
    with open_confirmations(options.results, name) as confirmations:
        tell_torn(confirmations.incomplete_write)
        study = confirmations.record()
        seeds = options.seeds or max(study.confirm_seeds.values(), default=DEFAULT_CONFIRM_SEEDS)
        if not candidates(study, options.top):
            raise InputError(f"confirming takes a completed trial besides the baseline, but study {name!r} has none")
        runs = to_confirm(study, options.top, seeds)
        confirmations.schedule(runs, seeds)
        with board_kept(options.results, name):
            if runs:
                with workers(
                    options.address,
                    cpus_per_trial=training_config.threads,
                    gpus_per_trial=training_config.gpus,
                    jobs=options.jobs,
                    max_failures=options.max_failures,
                ) as found:
                    write_run_json(confirmations.folder, restored.dataset, str(found.cluster), study)
                    until = StopConditions(stop, timeout_seconds=options.timeout_seconds)
                    stop_reason = make_runs(confirmations, runs, training_config, restored.dataset, found, out, until)
        study = board_of(confirmations.record(), options.results)
    if stop:
        tell_stopped(f"{len(study.confirming)} confirming runs are finished and kept")
        return INTERRUPTED
    tell_verdicts(out, study)
    if stop_reason:
        out.print(f"stopped early: {stop_reason}; what was running is saved, and the same command goes on")
    refuse_unconfirmed_baseline(study)
    return 0


def _check(options: ConfirmOptions) -> None:
    if options.top < 1:
        raise InputError(f"--top must be a whole number >= 1, but got {options.top}")
    if options.seeds is not None and not 2 <= options.seeds <= MAX_CONFIRM_SEEDS:
        raise InputError(f"--seeds must be 2 to {MAX_CONFIRM_SEEDS}: one run has no spread, but got {options.seeds}")
    check_limits(options.jobs, options.max_failures, options.timeout_seconds)


def candidates(study: StudyRecord, top: int) -> list[int]:
    """The best completed trials that differ from the baseline and from each other, the first rank first.

    With several objectives the most accurate of the Pareto front come first, as accuracy is what is confirmed.
    """
    ranks = ranked(study)
    if study.definition.is_multi_objective:
        accuracy = {number: study.trials[number].last["val_accuracy"] for number in ranks}
        ranks = dict(sorted(ranks.items(), key=lambda item: (item[1], -accuracy[item[0]])))
    best: list[int] = []
    different = [study.trials[0].params]
    for number in ranks:
        if study.trials[number].params not in different:
            different.append(study.trials[number].params)
            best.append(number)
    return best[:top]


def to_confirm(study: StudyRecord, top: int, seeds: int) -> list[ConfirmingRun]:
    """The runs that are lacking; none if no trial but the baseline completed."""
    best = candidates(study, top)
    return missing(study, [0, *best], seeds) if best else []


def make_runs(
    confirmations: Confirmations,
    runs: list[ConfirmingRun],
    training_config: TrainingConfig,
    dataset: Dataset,
    found: Workers,
    out: Console,
    until: StopConditions,
) -> str:
    """Train some runs on all training images; returns why it ended early, or ""."""
    # Postponed, as in `workers`: Ray takes most of a second to import.
    from sweep.execution.ray.runner import run_trials

    with until.stop.orderly(), ConfirmProgress(out, runs, len(dataset.y_train), str(found)) as progress:
        driver = ConfirmationDriver(confirmations, runs, progress, timeout_seconds=until.timeout_seconds)
        run_trials(
            driver,
            training_config.on_everything(),
            dataset.whole(),
            dataset.test(),
            confirmations.folder,
            slots=found.slots,
            max_failures=found.max_failures,
            should_stop=until.stop.__bool__,
        )
    return driver.stop_reason
