"""`compare`: what differs between two trials, and whether their networks differ on the same test examples."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from sweep.analysis.mcnemar import McNemar
from sweep.analysis.paired import PairedTest
from sweep.analysis.study_analysis import Analysis
from sweep.data.parts import Part
from sweep.errors import InputError
from sweep.execution.comparison import compare_networks
from sweep.report.console import console
from sweep.report.format import Score, microseconds, number_difference, seconds, written_as
from sweep.report.narrow import FittedTable
from sweep.space.metrics import LOSS, VAL
from sweep.study.records import StudyRecord, TrialRecord, find_trial, read_study
from sweep.study.restore import restore_data
from sweep.study.storage.folder import StudyFolder

Row = tuple[str, Callable[[TrialRecord], float | None], Callable[[Any], str], Callable[[Any], str]]
"""A label, what is told of a trial, and how that and a difference of two are written."""
SIGNIFICANT = 0.05
"""Below this p-value two networks differ by more than chance would explain."""


def compare(results: Path, name: str, first: int, second: int, *, data: str | None, space: Path | None) -> None:
    """Print two trials of a study side by side.

    Args:
        results: the results folder.
        name: name of the study.
        first: number of a trial.
        second: number of another trial.
        data: the name of a data set or a path of the study's data; None for what the study was run with.
        space: path of the study's search-space file; None for the path it had when the study was run.

    Raises:
        InputError: if there is no such study or trial, or both are the same.
    """
    analysis = Analysis(read_study(results, name))
    study, folder = analysis.study, StudyFolder(results, name)
    a, b = find_trial(study, first), find_trial(study, second)
    if first == second:
        raise InputError(f"compare needs two trials, but got trial {first} twice")
    out = console()
    out.print(f"trials {first} and {second} of study {study.name}", style="bold")
    out.print(FittedTable(_facts(analysis, a, b)))
    if a.curve or b.curve:
        out.print()
        out.print(FittedTable(_curves(study.metric, a, b)))
    out.print()
    _print_test(out, study, (a, b), folder, lambda: restore_data(study, results, space, data).test)


def _facts(analysis: Analysis, a: TrialRecord, b: TrialRecord) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    for heading in (f"trial {a.number}", f"trial {b.number}", "difference"):
        table.add_column(heading, justify="right", overflow="fold")
    for row in (*_params(a, b), *_figures(analysis.study, a, b), *_circumstances(analysis, a, b)):
        table.add_row(*row)
    return table


def _params(a: TrialRecord, b: TrialRecord) -> list[list[str]]:
    absent = object()
    names = [name for name in {**a.params, **b.params} if a.params.get(name, absent) != b.params.get(name, absent)]
    if not names:
        same = "same params" if a.seed == b.seed else "same params, other seed"
        return [[same]]
    return [[name, *(str(trial.params.get(name, "(none)")) for trial in (a, b))] for name in names]


def _figures(study: StudyRecord, a: TrialRecord, b: TrialRecord) -> list[list[str]]:
    example = written_as(study.metric).example
    rows: list[Row] = [
        *(row for name in study.metrics for row in _scores(written_as(name))),
        ("parameters", lambda trial: trial.parameters, "{:,}".format, "{:+,}".format),
        ("training time", lambda trial: trial.last.get("seconds"), seconds, "{:+.1f} s".format),
        (f"inference time an {example}", lambda trial: trial.inference_us, microseconds, "{:+.1f} µs".format),
    ]
    table = []
    for label, value_of, text, difference in rows:
        before, after = value_of(a), value_of(b)
        texts = ["" if value is None else text(value) for value in (before, after)]
        table.append([label, *texts, "" if before is None or after is None else difference(after - before)])
    return [row for row in table if any(row[1:])]


def _scores(score: Score) -> list[Row]:
    return [
        (f"validation {score.heading}", lambda trial: trial.last.get(VAL + score.metric), score.text, score.difference),
        (f"test {score.heading}", lambda trial: trial.test.get(score.metric), score.text, score.difference),
    ]


def _circumstances(analysis: Analysis, a: TrialRecord, b: TrialRecord) -> list[list[str]]:
    rows: list[tuple[str, Callable[[TrialRecord], object]]] = [
        ("seed", lambda trial: trial.seed),
        ("precision", lambda trial: trial.precision),
        ("node", lambda trial: trial.node),
        ("error", lambda trial: trial.error),
    ]
    differing = [
        [label, str(value_of(a) or ""), str(value_of(b) or "")]
        for label, value_of in rows
        if value_of(a) != value_of(b)
    ]
    return [
        ["state", a.state, b.state],
        ["rank", *(str(analysis.ranks.get(trial.number, "")) for trial in (a, b))],
        *differing,
    ]


def _curves(metric: str, a: TrialRecord, b: TrialRecord) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    measured = {name for trial in (a, b) for point in trial.curve for name in point}
    scores = [written_as(name) for name in dict.fromkeys((metric, LOSS)) if name == metric or VAL + name in measured]
    names = [f"{trial.number}: val {score.heading}" for score in scores for trial in (a, b)]
    for name in ("epochs", *names, f"difference of val {scores[0].heading}"):
        table.add_column(name, justify="right")
    left, right = ({point["step"]: point for point in trial.curve} for trial in (a, b))
    for step in sorted({**left, **right}):
        points_at = [left.get(step, {}), right.get(step, {})]
        before, after = (point.get(VAL + metric) for point in points_at)
        table.add_row(
            f"{(points_at[0] or points_at[1])['epochs']:g}",
            *(score.text(point.get(VAL + score.metric)) for score in scores for point in points_at),
            "" if before is None or after is None else scores[0].difference(after - before),
        )
    return table


def _print_test(
    out: Console,
    study: StudyRecord,
    pair: tuple[TrialRecord, TrialRecord],
    folder: StudyFolder,
    find_test: Callable[[], Part],
) -> None:
    example = written_as(study.metric).example
    try:
        test = compare_networks(folder, *pair, find_test)
    except InputError as error:
        out.print(f"Not compared {example} by {example}: {error}.")
        return
    a, b = (trial.number for trial in pair)
    for line in _by_labels(a, b, test, example) if isinstance(test, McNemar) else _by_losses(a, b, test):
        out.print(line)
    out.print(
        "This compares these two trained networks, not their configurations: each would do better or worse with "
        "another seed, and `confirm` is for that."
    )


def _by_labels(a: int, b: int, test: McNemar, example: str) -> list[str]:
    return [
        f"Of the same {test.examples:,} test {example}s {test.only_a:,} only trial {a} got right, "
        f"{test.only_b:,} only trial {b}, {test.both:,} both and {test.neither:,} neither.",
        f"McNemar's exact test: {_so(test.p_value)}",
    ]


def _by_losses(a: int, b: int, test: PairedTest) -> list[str]:
    low, high = (number_difference(value) for value in (test.low, test.high))
    return [
        f"Of the same {test.examples:,} test examples trial {b} has the lower loss on {test.lower_b:,}, trial {a} on "
        f"{test.lower_a:,}; mean difference of the losses {number_difference(test.difference)} "
        f"(95 % interval {low} to {high}).",
        f"Paired t-test: {_so(test.p_value)}",
    ]


def _so(p_value: float) -> str:
    verdict = "more than" if p_value < SIGNIFICANT else "no more than"
    return f"p = {p_value:.2g}, so the two networks differ by {verdict} chance would explain."
