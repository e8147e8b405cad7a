"""What a person sees: tables and figures on any terminal, and plain text everywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sweep.sanitize import one_line
from sweep.space.sweep import Params
from sweep.study.records import StudyRecord, TrialRecord

COST_COLUMNS = {"parameters": "parameters", "inference_us": "µs an image"}


def percent(value: float | None) -> str:
    """An accuracy as a person reads it: 0.98912 -> 98.91."""
    return "" if value is None else f"{value * 100:.2f}"


def points(value: float | None) -> str:
    """A difference of accuracies, signed, in points."""
    return "" if value is None else f"{value * 100:+.2f}"


def seconds(value: float | None) -> str:
    """A duration: 8 s, 1:07, 2:03:11."""
    if value is None:
        return ""
    whole = round(value)
    if whole < 60:
        return f"{whole} s"
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


def microseconds(value: float | None) -> str:
    """The time an image takes: 12.5 µs."""
    return "" if value is None else f"{value:,.1f} µs"


def changed(params: Mapping[str, Any], baseline: Params) -> str:
    """What a configuration changes in the baseline, on one line."""
    pairs = [(name, value) for name, value in params.items() if name not in baseline or baseline[name] != value]
    return " ".join(f"{name}={short(value)}" for name, value in pairs)


def short(value: Any) -> str:
    """A parameter's value in few characters."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def board_table(study: StudyRecord, trials: list[TrialRecord], ranks: dict[int, int]) -> Table:
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


class _PlainConsole(Console):
    """Prints every str, in a table or out of it, as one line of what it says: no markup, no control characters."""

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(one_line(text), **{**options, "markup": False, "emoji": False})


def console(*, quiet: bool = False, stderr: bool = False) -> Console:
    """Where commands print, a str a line. Without a terminal nothing is wrapped, coloured or cut."""
    made = _PlainConsole(quiet=quiet, stderr=stderr, highlight=False, soft_wrap=False)
    if not made.is_terminal:
        made.width = 100_000
    return made
