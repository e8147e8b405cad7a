"""The leaderboard as a table for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.table import Table

from sweep.report.format import changed, percent, points, seconds
from sweep.study.records import StudyRecord, TrialRecord

COST_COLUMNS = {"parameters": "parameters", "inference_us": "µs an image"}


def board_table(study: StudyRecord, trials: Sequence[TrialRecord], ranks: Mapping[int, int]) -> Table:
    """The board for a terminal: figures in percent and points, and only what each trial changes in the baseline.

    Of several objectives, those that always have a column are not repeated.
    """
    table = Table(box=None, pad_edge=False, header_style="bold")
    costs = [name for name in COST_COLUMNS if name in study.definition.directions]
    heads = [COST_COLUMNS[name] for name in costs]
    for name in ("rank", "trial", "state", "val %", "test %", "vs base", "epochs", "time", *heads):
        table.add_column(name, justify="left" if name == "state" else "right", no_wrap=True)
    table.add_column("against the baseline", overflow="fold")
    for trial in trials:
        says = trial.error or changed(trial.params, study.definition.baseline)
        table.add_row(
            str(ranks.get(trial.number, "")),
            str(trial.number),
            trial.state,
            percent(trial.last.get("val_accuracy")),
            percent(trial.test_accuracy),
            points(study.vs_baseline(trial)),
            f"{trial.last.get('epochs', 0):g}",
            seconds(trial.last.get("seconds")),
            *("" if (cost := trial.measured(name)) is None else f"{cost:,}" for name in costs),
            "the baseline" if trial.is_baseline and not trial.error else says,
            style="bold" if trial.is_baseline else None,
        )
    return table
