"""`show`: everything about one trial."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table

from sweep.analysis.study_analysis import Analysis
from sweep.report.console import console
from sweep.report.findings import sentence
from sweep.report.format import loss, loss_difference, microseconds, percent, points, seconds
from sweep.report.narrow import FittedTable
from sweep.study.records import BASELINE, ConfirmingRun, StudyRecord, TrialRecord, find_trial, read_study


def show(results: Path, name: str, number: int) -> None:
    """Print one trial of a study: params, curve, machine, seed, error.

    Args:
        results: the results folder.
        name: name of the study.
        number: number of the trial.

    Raises:
        InputError: if there is no such study or trial.
    """
    analysis = Analysis(read_study(results, name))
    study = analysis.study
    trial = find_trial(study, number)
    out = console()
    out.print(f"trial {trial.number} of study {study.name}: {trial.state}", style="bold")
    out.print(FittedTable(_facts(analysis, trial)))
    if trial.curve:
        out.print()
        out.print(FittedTable(_curve(trial)))
    runs = [run for run in study.confirming if run.trial == number]
    if runs:
        out.print()
        out.print(FittedTable(_confirming(runs)))
        if number != BASELINE:
            out.print(sentence(analysis.confirmations[number]))
    for heading, text in (("", trial.details), ("the last lines that its worker printed:", trial.worker_output)):
        if text:
            out.print()
            for line in (*([heading] if heading else ()), *text.splitlines()):
                out.print(line)


def _facts(analysis: Analysis, trial: TrialRecord) -> Table:
    study, rank = analysis.study, analysis.ranks.get(trial.number)
    accuracy = trial.test_accuracy
    by_loss = study.tested_by == "test_loss"
    difference = study.vs_baseline(trial) if not trial.is_baseline else None
    against = "" if difference is None or by_loss else f" ({points(difference)} points against the baseline)"
    loss_against = "" if difference is None or not by_loss else f" ({loss_difference(difference)} against the baseline)"
    rows = {
        "rank": str(rank) if rank else "",
        "baseline": "yes" if trial.is_baseline else "",
        "test accuracy": f"{percent(accuracy)} %{against}" if accuracy is not None else "",
        "test loss": f"{loss(trial.test_loss)}{loss_against}" if trial.test_loss is not None else "",
        "error": trial.error,
        "tries again": "" if trial.retry_of is None else f"trial {trial.retry_of}",
        "tried again": ", ".join(
            f"as trial {other.number}" for other in study.trials if other.retry_of == trial.number
        ),
        **{f"  {name}": _param(study, name, value) for name, value in trial.params.items()},
        "parameters": f"{trial.parameters:,}" if trial.parameters else "",
        "dataset": f"{study.definition.dataset} (sha256 {study.definition.sha256[:16]})",
        "seed": "" if trial.seed is None else str(trial.seed),
        "precision": trial.precision,
        "node": trial.node,
        "started": trial.started,
        "time": seconds(trial.last.get("seconds")),
        "inference": f"{microseconds(trial.inference_us)} an image" if trial.inference_us else "",
    }
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column()
    for label, text in rows.items():
        if text:
            grid.add_row(label, text)
    return grid


def _param(study: StudyRecord, name: str, value: object) -> str:
    anchor = study.definition.baseline
    if name not in anchor:
        return f"{value}   (not in the baseline)"
    return str(value) if anchor[name] == value else f"{value}   (baseline: {anchor[name]})"


def _confirming(runs: list[ConfirmingRun]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("confirming run", "seed", "test %", "time", "node"):
        table.add_column(name, justify="right")
    for run in runs:
        outcome = run.error or percent(run.test_accuracy)
        table.add_row(str(run.index + 1), str(run.seed), outcome, seconds(run.seconds), run.node)
    return table


def _curve(trial: TrialRecord) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("% of budget", "epochs", "val %", "val loss", "time"):
        table.add_column(name, justify="right")
    for point in trial.curve:
        table.add_row(
            f"{point['step']:g}",
            f"{point['epochs']:g}",
            percent(point["val_accuracy"]),
            f"{point['val_loss']:.4f}",
            seconds(point["seconds"]),
        )
    return table
