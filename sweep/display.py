"""What a person sees: tables and figures on any terminal, and plain text everywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sweep.confirmed import Confirmed
from sweep.cost import cheapest_tied
from sweep.records import StudyRecord, TrialRecord
from sweep.sweep import Params
from sweep.text import one_line

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


def test_difference(study: StudyRecord, trial: TrialRecord) -> float | None:
    """A trial's test accuracy less the baseline's."""
    anchor = study.trials[0].test_accuracy
    return None if anchor is None or trial.test_accuracy is None else trial.test_accuracy - anchor


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
            points(test_difference(study, trial)),
            f"{trial.last.get('epochs', 0):g}",
            seconds(trial.last.get("seconds")),
            *("" if (cost := trial.measured(name)) is None else f"{cost:,}" for name in costs),
            "the baseline" if trial.is_baseline and not trial.error else says,
            style="bold" if trial.is_baseline else None,
        )
    return table


def confirmed_table(found: Mapping[int, Confirmed]) -> Table:
    """What confirming runs say, for a terminal."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("trial", "mean test %", "sd", "runs", "difference", "95 % interval", "p", "verdict"):
        table.add_column(name, justify="left" if name == "verdict" else "right", no_wrap=True)
    for one in found.values():
        said = one.verdict
        against = said.comparison if said else None
        interval = "" if against is None or against.low is None else f"{points(against.low)} to {points(against.high)}"
        table.add_row(
            str(one.trial),
            percent(one.mean),
            percent(one.sd),
            str(len(one.scores)),
            points(against.difference) if against else "",
            interval,
            "" if said is None or said.p_holm is None else f"{said.p_holm:.3f}",
            (said.outcome or "") if said else "the baseline" if one.trial == 0 else "",
            style="bold" if one.trial == 0 else None,
        )
    return table


def cheapest_line(study: StudyRecord, validation_images: int) -> str:
    """What is as good as the best and cheaper; empty if the accuracies of fewer than two trials can tell."""
    known = [trial for trial in study.trials if trial.state == "COMPLETE" and trial.parameters]
    if len(known) < 2 or study.definition.directions.get("val_accuracy") != "maximize":
        return ""
    accuracies = [trial.last["val_accuracy"] for trial in known]
    sizes = [trial.parameters or 0 for trial in known]
    best, cheapest = (known[index] for index in cheapest_tied(accuracies, sizes, validation_images))
    told = [f"{_called(trial)} {microseconds(trial.inference_us)}" for trial in _each(cheapest, best, study.trials[0])]
    times = f". Inference time an image: {', '.join(told)}" if told else ""
    if cheapest is best:
        return f"No cheaper configuration is tied with the best by validation: {_weighed(best)}{times}."
    return (
        f"The cheapest that is tied with the best by validation: {_weighed(cheapest)}; best is {_weighed(best)}{times}."
    )


def _each(*trials: TrialRecord) -> list[TrialRecord]:
    """Those whose inference time is known, each once."""
    return list({trial.number: trial for trial in trials if trial.inference_us is not None}.values())


def _weighed(trial: TrialRecord) -> str:
    return f"{_called(trial)}, {percent(trial.last['val_accuracy'])} % with {trial.parameters:,} parameters"


def _called(trial: TrialRecord) -> str:
    return "the baseline" if trial.is_baseline else f"trial {trial.number}"


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
