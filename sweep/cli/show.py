"""`show`: everything about one trial."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table

from sweep.analysis.leaderboard import OTHER_CODE
from sweep.analysis.study_analysis import Analysis
from sweep.report.console import console
from sweep.report.findings import sentence
from sweep.report.format import Score, microseconds, seconds, written_as
from sweep.report.narrow import FittedTable
from sweep.report.other_examples import on_others
from sweep.space.metrics import VAL
from sweep.study.confirming_run import ConfirmingRun
from sweep.study.records import BASELINE, StudyRecord, TrialRecord, find_trial, read_study
from sweep.study.storage.folder import StudyFolder


def show(results: Path, name: str, number: int) -> None:
    """Print one trial of a study: params, curve, machine, seed, error.

    Args:
        results: the results folder.
        name: name of the study.
        number: number of the trial.

    Raises:
        InputError: if there is no such study or trial.
    """
    analysis = Analysis(read_study(results, name), StudyFolder(results, name))
    study = analysis.study
    trial = find_trial(study, number)
    out = console()
    out.print(f"trial {trial.number} of study {study.name}: {trial.state}", style="bold")
    out.print(FittedTable(_facts(analysis, trial)))
    if trial.curve:
        names = [name.removeprefix(VAL) for name in trial.last if name.startswith(VAL)]
        out.print()
        out.print(FittedTable(_curve(trial, [written_as(name) for name in names])))
    runs = [run for run in study.confirming if run.trial == number]
    if runs:
        out.print()
        score = written_as(study.confirmed_metric)
        out.print(FittedTable(_confirming(runs, score)))
        if number != BASELINE:
            out.print(sentence(analysis.confirmations[number], score))
            if others := on_others(analysis, number):
                out.print(others)
    for heading, text in (("", trial.details), ("the last lines that its worker printed:", trial.worker_output)):
        if text:
            out.print()
            for line in (*([heading] if heading else ()), *text.splitlines()):
                out.print(line)


def _facts(analysis: Analysis, trial: TrialRecord) -> Table:
    study, rank = analysis.study, analysis.ranks.get(trial.number)
    example = written_as(study.metric).example
    rows = {
        "rank": str(rank) if rank else "",
        "baseline": "yes" if trial.is_baseline else "",
        **{f"test {name}": _tested(study, trial, name) for name in trial.test},
        "error": trial.error,
        "code": OTHER_CODE if study.by_other_code(trial) else "",
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
        "started": trial.started.partition(".")[0],
        "time": seconds(trial.last.get("seconds")),
        "inference": f"{microseconds(trial.inference_us)} an {example}" if trial.inference_us else "",
    }
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column()
    for label, text in rows.items():
        if text:
            grid.add_row(label, text)
    return grid


def _tested(study: StudyRecord, trial: TrialRecord, metric: str) -> str:
    """A test score of a trial; that of the metric that trials are compared by stands against the baseline's."""
    score = written_as(metric)
    text = f"{score.text(trial.test[metric])}{score.after}"
    difference = study.vs_baseline(trial)
    if metric != study.metric or trial.is_baseline or difference is None:
        return text
    return f"{text} ({score.difference(difference)}{score.unit} against the baseline)"


def _param(study: StudyRecord, name: str, value: object) -> str:
    anchor = study.definition.baseline
    if name not in anchor:
        return f"{value}   (not in the baseline)"
    return str(value) if anchor[name] == value else f"{value}   (baseline: {anchor[name]})"


def _confirming(runs: list[ConfirmingRun], score: Score) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("confirming run", "seed", f"test {score.heading}", "time", "node"):
        table.add_column(name, justify="right")
    for run in runs:
        outcome = run.error or score.text(run.test.get(score.metric))
        table.add_row(str(run.index + 1), str(run.seed), outcome, seconds(run.seconds), run.node)
    return table


def _curve(trial: TrialRecord, scores: list[Score]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("% of budget", "epochs", *(f"val {score.heading}" for score in scores), "time"):
        table.add_column(name, justify="right")
    for point in trial.curve:
        table.add_row(
            f"{point['step']:g}",
            f"{point['epochs']:g}",
            *(score.text(point.get(VAL + score.metric)) for score in scores),
            seconds(point["seconds"]),
        )
    return table
