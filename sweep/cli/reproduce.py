"""`reproduce`: trains one trial of a study again from what was recorded, and says whether the numbers match."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from sweep.analysis.reproducibility import Difference, Reproduction, compare_runs, same_point
from sweep.errors import InputError
from sweep.report.console import console
from sweep.report.format import described, percent, points
from sweep.study.opening import silence_optuna
from sweep.study.records import StudyRecord, TrialRecord, find_trial, read_study
from sweep.study.restore import restore_study
from sweep.training.environment import Environment, changes, environment
from sweep.training.local import warm_worker
from sweep.training.messages import Measurement, TrainingConfig, TrialSpec, failure_of

if TYPE_CHECKING:
    from sweep.training.worker import Worker

SAME, DIFFERENT = 0, 1


def reproduce(results: Path, name: str, number: int, *, data: str | None, space: Path | None) -> int:
    """Train a trial again, in this process, and compare its numbers; returns the exit status.

    Args:
        results: the results folder.
        name: name of the study.
        number: number of the trial.
        data: "mnist", "digits" or a path of the study's data; None for what the study was run with.
        space: path of the study's search-space file; None for the path it had when the study was run.

    Raises:
        InputError: if there is no such trial, if it has not ended, or if its data or search-space file is gone or has
            changed.
    """
    silence_optuna()
    trial = find_trial(read_study(results, name), number)
    _refuse_unfit(trial)
    restored = restore_study(results, name, space, data, other_code=True)
    study, dataset = restored.study, restored.dataset
    trained_with = [study.environments[index] for index in trial.environments]
    training_config = replace(restored.training_config, precision=trial.precision or restored.training_config.precision)
    if trained_with:
        training_config = replace(training_config, threads=int(trained_with[-1]["threads"]))
    out = console()
    out.print(_headline(study, trial, training_config))
    worker = warm_worker(training_config, dataset)
    again: list[Measurement] = []
    failure = ""
    try:
        for measurement in _measurements(worker, training_config, trial):
            out.print(_line(trial, len(again), measurement))
            again.append(measurement)
    except Exception as error:  # noqa: BLE001 - what the user's model raises is compared, too
        failure = failure_of(error, trial.params).reason
    here = _here(training_config)
    status = _print_failure(out, trial, again, failure) if failure or trial.state == "FAIL" else None
    if status is None:
        status = _print_reproduction(
            out, compare_runs(trial, again, len(dataset.training().y_val), len(dataset.y_test))
        )
    _print_changes(out, trained_with, here)
    return status


def _refuse_unfit(trial: TrialRecord) -> None:
    if not trial.ended or trial.seed is None:
        raise InputError(
            f"a trial can be reproduced once it has ended, but trial {trial.number} is {trial.state}; "
            "`run` goes on with its study"
        )
    if trial.state == "PRUNED" and not trial.curve:
        raise InputError(
            f"a trial can be reproduced if it was trained, but trial {trial.number} was not: {trial.error}"
        )
    if trial.state == "FAIL" and not trial.details:
        raise InputError(
            f"a failure can be reproduced if it came from the training itself, but trial {trial.number} failed "
            f"otherwise: {trial.error}"
        )


def _measurements(worker: Worker, training_config: TrainingConfig, trial: TrialRecord) -> Iterator[Measurement]:
    """Train a trial again to the last rung that it reached, or, if it failed, as far as it gets."""
    worker.start(TrialSpec(trial.number, trial.params, trial.seed or 0, ingredients=tuple(trial.ingredients)))
    for _ in training_config.steps if trial.state == "FAIL" else trial.curve:
        measurement = worker.advance()
        if measurement is not None:
            yield measurement


def _here(training_config: TrainingConfig) -> Environment:
    # Postponed: TensorFlow, which is imported by now.
    from sweep.training.worker import gpus

    return environment(training_config, gpus())


def _headline(study: StudyRecord, trial: TrialRecord, training_config: TrainingConfig) -> str:
    threads = f"{training_config.threads} thread{'s' * (training_config.threads > 1)}"
    return (
        f"trial {trial.number} of study {study.name} ({trial.state}), trained again on {study.definition.dataset} "
        f"with seed {trial.seed}, {threads}, {training_config.precision}:"
    )


def _line(trial: TrialRecord, index: int, measurement: Measurement) -> str:
    head = f"  {measurement.step:>3} %  val {percent(measurement.val_accuracy)} %, loss {measurement.val_loss:.6f}"
    if index >= len(trial.curve):
        return f"{head}  (it had failed before)"
    point = trial.curve[index]
    if same_point(point, measurement):
        return f"{head}  as then"
    return f"{head}  then {percent(point['val_accuracy'])} %, loss {point['val_loss']:.6f}"


def _print_reproduction(out: Console, reproduction: Reproduction) -> int:
    test = next((item for item in reproduction.differences if item.name == "test_accuracy"), None)
    if reproduction.identical:
        tested = f", and the test accuracy of {percent(test.now)} %" if test else ""
        out.print(f"identical: every rung's accuracy and loss{tested}, to the last digit", style="bold")
        return SAME
    out.print(f"{reproduction.verdict}: {'; '.join(map(_apart, reproduction.differences))}", style="bold")
    out.print(
        f"Noise is up to {reproduction.limit:.1f} standard errors of a difference of two accuracies "
        "measured on as many images (binomial, 95 %)."
    )
    return DIFFERENT if reproduction.verdict == "different" else SAME


def _apart(item: Difference) -> str:
    name = item.name.removesuffix("_accuracy")
    return (
        f"{name} {percent(item.now)} %, then {percent(item.then)} % "
        f"({points(item.now - item.then)} points, {item.errors:.1f} standard errors on {item.images:,} images)"
    )


def _print_failure(out: Console, trial: TrialRecord, again: list[Measurement], failure: str) -> int:
    """Print how a trial that failed, then or now, compares; returns the exit status."""
    same = len(again) == len(trial.curve) and all(map(same_point, trial.curve, again))
    if trial.state == "FAIL" and failure == trial.error and same:
        out.print(f"identical: it fails again: {failure}", style="bold")
        return SAME
    then = f"failed: {trial.error}" if trial.state == "FAIL" else f"was {trial.state}"
    out.print(f"different: it {f'fails: {failure}' if failure else 'trains to its end'}; it {then}", style="bold")
    return DIFFERENT


def _print_changes(out: Console, trained_with: list[Environment], here: Environment) -> None:
    if not trained_with:
        out.print("What it was trained with was not recorded, as an earlier version ran it.")
    for part, then in enumerate(trained_with, start=1):
        differences = changes(then, here)
        since = f"since its part {part} of {len(trained_with)}" if len(trained_with) > 1 else "in between"
        if differences:
            out.print(f"Changed {since}:")
            for change in differences:
                out.print(f"  {described(change)}")
        else:
            out.print(
                f"Nothing changed {since}: same machine, data, code ({here['code'][:10]}), Python {here['python']}, "
                f"TensorFlow {here['tensorflow']}, Keras {here['keras']}, NumPy {here['numpy']}."
            )
