"""The leaderboard as a table for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.table import Table

from sweep.analysis.leaderboard import OTHER_CODE
from sweep.report.format import changed, seconds, written_as
from sweep.space.metrics import VAL
from sweep.study.records import StudyRecord, TrialRecord

COSTS = ("parameters", "inference_us")
"""The objectives that have a column of their own."""


def board_table(study: StudyRecord, trials: Sequence[TrialRecord], ranks: Mapping[int, int]) -> Table:
    """The leaderboard for a terminal: accuracies in percent, and of the params only what differs from the baseline.

    Costs that are objectives have a column of their own, except the training time, which always has one.

    Args:
        study: the study's record.
        trials: the trials, in the order of the rows.
        ranks: rank of each completed trial, by the trial's number.
    """
    table = Table(box=None, pad_edge=False, header_style="bold")
    scores = [written_as(name) for name in study.metrics]
    costs = [name for name in COSTS if name in study.definition.directions]
    heads = [name if name == "parameters" else f"µs an {scores[0].example}" for name in costs]
    measured = [f"{part} {score.heading}" for score in scores for part in ("val", "test")]
    for name in ("rank", "trial", "state", *measured, "vs base", "epochs", "time", *heads):
        table.add_column(name, justify="left" if name == "state" else "right", no_wrap=True)
    table.add_column("against the baseline", overflow="fold")
    for trial in trials:
        params = "the baseline" if trial.is_baseline else changed(trial.params, study.definition.baseline)
        remark = trial.error or params
        if study.by_other_code(trial):
            remark += f"  ({OTHER_CODE})"
        table.add_row(
            str(ranks.get(trial.number, "")),
            str(trial.number),
            trial.state,
            *(
                score.text(value)
                for score in scores
                for value in (trial.last.get(VAL + score.metric), trial.test.get(score.metric))
            ),
            scores[0].difference(study.vs_baseline(trial)),
            f"{trial.last.get('epochs', 0):g}",
            seconds(trial.last.get("seconds")),
            *("" if (cost := trial.measured(name)) is None else f"{cost:,}" for name in costs),
            remark,
            style="bold" if trial.is_baseline else None,
        )
    return table
