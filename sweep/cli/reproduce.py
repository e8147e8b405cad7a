"""`reproduce`: trains one trial of a study again from what was recorded, and says whether the numbers match."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rich.console import Console

from sweep.analysis.reproducibility import Difference, Reproduction, Yardstick, same_point
from sweep.analysis.score_noise import BinomialNoise, SeedNoise
from sweep.execution.reproduction import (
    TrainedAgain,
    environments_of,
    reproduce_trial,
    reproducible,
    train_again,
    training_config_of,
)
from sweep.report.console import console
from sweep.report.format import described, written_as
from sweep.space.late_imports import importable
from sweep.space.metrics import ACCURACY, LOSS, VAL
from sweep.study.opening import silence_optuna
from sweep.study.records import StudyRecord, TrialRecord, find_trial, read_study
from sweep.study.restore import restore_study
from sweep.training.cpu import onednn_for_training
from sweep.training.messages import Measurement, TrainingConfig

SAME, DIFFERENT = 0, 1


@importable()
@onednn_for_training()  # a search-space file may import TensorFlow as it is loaded
def reproduce(results: Path, name: str, number: int, *, data: str | None, space: Path | None) -> int:
    """Train a trial again, in this process, and compare its numbers; returns the exit status.

    Args:
        results: the results folder.
        name: name of the study.
        number: number of the trial.
        data: the name of a data set or a path of the study's data; None for what the study was run with.
        space: path of the study's search-space file; None for the path it had when the study was run.

    Raises:
        InputError: if there is no such trial, if it has not ended, or if its data or search-space file is gone or has
            changed.
    """
    silence_optuna()
    trial = reproducible(find_trial(read_study(results, name), number))
    restored = restore_study(results, name, space, data, other_code=True)
    training_config = training_config_of(restored, trial)
    out = console()
    out.print(_headline(restored.study, trial, training_config))
    if restored.dataset.comes_in_batches:  # which needs TensorFlow, so that it is in use here, with other settings
        again = reproduce_trial(restored, trial)
        for index, measurement in enumerate(again.measurements):
            out.print(_line(trial, index, measurement))
    else:
        again = train_again(
            training_config,
            restored.dataset,
            trial,
            environments_of(restored.study, trial),
            lambda index, measurement: out.print(_line(trial, index, measurement)),
        )
    again = replace(again, yardstick=Yardstick.of(restored.study))
    if again.reproduction is None:
        _print_failure(out, again)
    else:
        _print_reproduction(out, again, again.reproduction)
    _print_changes(out, again)
    return DIFFERENT if again.verdict == "different" else SAME


def _headline(study: StudyRecord, trial: TrialRecord, training_config: TrainingConfig) -> str:
    threads = f"{training_config.threads} thread{'s' * (training_config.threads > 1)}"
    return (
        f"trial {trial.number} of study {study.name} ({trial.state}), trained again on {study.definition.dataset} "
        f"with seed {trial.seed}, {threads}, {training_config.precision}:"
    )


def _line(trial: TrialRecord, index: int, measurement: Measurement) -> str:
    head = f"  {measurement.step:>3} %  val {_scores(measurement.point)}"
    if index >= len(trial.curve):
        return f"{head}  (it had failed before)"
    point = trial.curve[index]
    if same_point(point, measurement):
        return f"{head}  as then"
    return f"{head}  then {_scores(point)}"


def _scores(point: dict[str, float]) -> str:
    """The metrics of a point of a curve, the loss in six decimals."""
    texts = []
    for name in (name for name in point if name.startswith(VAL)):
        score = written_as(name.removeprefix(VAL))
        digits = f"{point[name]:.6f}" if score.metric == LOSS else f"{point[name]:.7g}"
        texts.append(score.whole(point[name]) if score.after else score.before + digits)
    return ", ".join(texts)


def _print_reproduction(out: Console, again: TrainedAgain, reproduction: Reproduction) -> None:
    if reproduction.identical:
        out.print(_identical(again.trial, again.yardstick.metric), style="bold")
        return
    if reproduction.parameters:
        then, now = reproduction.parameters
        out.print(f"different: another model, of {now:,} parameters, then {then:,}", style="bold")
        return
    differences = "; ".join(map(_apart, reproduction.differences)) or "see the rungs above"
    out.print(f"{reproduction.verdict}: {differences}", style="bold")
    if reproduction.differences:
        out.print(_what_noise_is(reproduction))


def _identical(trial: TrialRecord, metric: str) -> str:
    *others, last = [name.removeprefix(VAL) for name in trial.last if name.startswith(VAL)] or [metric]
    names = f"{', '.join(others)} and {last}" if others else last
    metric = metric if metric in trial.test else ACCURACY
    score, value = written_as(metric), trial.test.get(metric)
    tested = "" if value is None else f", and the test {metric} of {score.text(value)}{score.after}"
    return f"identical: every rung's {names}{tested}, to the last digit"


def _what_noise_is(reproduction: Reproduction) -> str:
    of = f"Noise is up to {reproduction.limit:.1f} standard errors of a difference of two"
    match reproduction.noise:
        case BinomialNoise():
            example = written_as(reproduction.differences[0].metric).example
            return f"{of} accuracies measured on as many {example}s (binomial, 95 %)."
        case SeedNoise(spread):
            return (
                f"{of} runs, by the spread of the confirming runs from seed to seed (sd {spread.sd:.3g}, "
                f"{spread.freedom} degrees of freedom, 95 %)."
            )
        case None:
            metric = reproduction.differences[0].metric
            return f"Whether this is noise is not known: `confirm` measures how much {metric} varies from seed to seed."


def _apart(item: Difference) -> str:
    score, part = written_as(item.metric), item.name.removesuffix(f"_{item.metric}")
    errors = ""
    if item.errors is not None:
        on = f" on {item.noise.examples:,} {score.example}s" if isinstance(item.noise, BinomialNoise) else ""
        errors = f", {item.errors:.1f} standard errors{on}"
    return (
        f"{part} {score.whole(item.now)}, then {score.whole(item.then)} "
        f"({score.difference(item.now - item.then)}{score.unit}{errors})"
    )


def _print_failure(out: Console, again: TrainedAgain) -> None:
    """Print how a trial that failed, then or now, compares."""
    if again.verdict == "identical":
        out.print(f"identical: it fails again: {again.failure}", style="bold")
        return
    trial = again.trial
    then = f"failed: {trial.error}" if trial.state == "FAIL" else f"was {trial.state}"
    now = f"fails: {again.failure}" if again.failure else "trains to its end"
    out.print(f"different: it {now}; it {then}", style="bold")


def _print_changes(out: Console, again: TrainedAgain) -> None:
    here, parts = again.here, len(again.trained_with)
    if not parts:
        reason = "it failed before it was measured" if again.trial.state == "FAIL" else "an earlier version ran it"
        out.print(f"What it was trained with was not recorded, as {reason}.")
    for part, differences in enumerate(again.changes, start=1):
        since = f"since its part {part} of {parts}" if parts > 1 else "in between"
        if differences:
            out.print(f"Changed {since}:")
            for change in differences:
                out.print(f"  {described(change)}")
        else:
            out.print(
                f"Nothing changed {since}: same machine, data, code ({here['code'][:10]}), Python {here['python']}, "
                f"TensorFlow {here['tensorflow']}, Keras {here['keras']}, NumPy {here['numpy']}."
            )
