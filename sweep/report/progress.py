"""A running sweep on the screen: live on a terminal, one line per finished trial elsewhere."""

from __future__ import annotations

import time
from dataclasses import dataclass

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from sweep.report.format import changed, percent, points, seconds
from sweep.sanitize import one_line
from sweep.space.sweep import Params
from sweep.study.records import TrialRecord
from sweep.training.messages import Measurement, TrialSpec

REFRESH_SECONDS = 0.25


def ended_line(trial: TrialRecord, baseline: Params, anchor: float | None) -> str:
    """One line about a trial that ended."""
    what = "the baseline" if trial.is_baseline else changed(trial.params, baseline) or "as the baseline"
    head = f"trial {trial.number:>3}  {trial.state:<8}"
    if trial.state == "FAIL":
        return f"{head}  {trial.error}  [{what}]"
    reached = f"val {percent(trial.last.get('val_accuracy'))} %  after {trial.last.get('epochs', 0):g} epochs"
    if trial.state == "COMPLETE":
        against = None if anchor is None or trial.test_accuracy is None else trial.test_accuracy - anchor
        reached += f"  test {percent(trial.test_accuracy)} %"
        reached += f" ({points(against)})" if against is not None and not trial.is_baseline else ""
    return f"{head}  {reached}  {seconds(trial.last.get('seconds'))}  [{what}]"


class Lines:
    """One line per finished trial, for logs and pipes.

    Args:
        console: where to.
        baseline: the baseline's params.
        anchor: the baseline's test accuracy, if it is known already.
    """

    def __init__(self, console: Console, baseline: Params, anchor: float | None) -> None:
        self._console = console
        self._baseline = baseline
        self._anchor = anchor

    def started(self, spec: TrialSpec) -> None:
        """Nothing: the line comes at the end."""

    def measured(self, number: int, measurement: Measurement) -> None:
        """Nothing: the line comes at the end."""

    def ended(self, trial: TrialRecord) -> None:
        """Print the trial's line."""
        if trial.is_baseline:
            self._anchor = trial.test_accuracy
        line = ended_line(trial, self._baseline, self._anchor)
        self._console.print(line, no_wrap=True, overflow="ellipsis", crop=True)

    def tick(self) -> None:
        """Nothing moves here."""


@dataclass
class _Running:
    spec: TrialSpec
    measurement: Measurement | None = None


class LiveView:
    """An overall bar with the time left, the best so far against the baseline, and a line per running trial.

    Args:
        console: a terminal.
        baseline: the baseline's params.
        done: trials that ended before this run.
        total: the study's budget.
        known: the study's trials so far.
        maximizes: whether a larger objective is better.
    """

    def __init__(
        self,
        console: Console,
        baseline: Params,
        *,
        done: int,
        total: int,
        known: list[TrialRecord],
        maximizes: bool,
    ) -> None:
        self._lines = Lines(
            console, baseline, next((trial.test_accuracy for trial in known if trial.is_baseline), None)
        )
        self._baseline = baseline
        self._done_before = self._done = done
        self._total = total
        self._maximizes = maximizes
        self._running: dict[int, _Running] = {}
        self._anchor: TrialRecord | None = None
        self._best: TrialRecord | None = None
        for trial in known:
            self._consider(trial)
        self._began = time.monotonic()
        self._drawn = 0.0
        self._live = Live(console=console, auto_refresh=False, transient=True)

    def __enter__(self) -> LiveView:
        self._live.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._live.stop()

    def started(self, spec: TrialSpec) -> None:
        """A line for the trial."""
        self._running[spec.number] = _Running(spec)

    def measured(self, number: int, measurement: Measurement) -> None:
        """Its last rung."""
        self._running[number].measurement = measurement

    def ended(self, trial: TrialRecord) -> None:
        """Its line goes up, out of the live part, and stays."""
        self._running.pop(trial.number, None)
        self._done += 1
        self._consider(trial)
        self._lines.ended(trial)

    def tick(self) -> None:
        """Draw again, a few times a second at most."""
        now = time.monotonic()
        if now - self._drawn >= REFRESH_SECONDS:
            self._drawn = now
            self._live.update(self._view(now), refresh=True)

    def _consider(self, trial: TrialRecord) -> None:
        if trial.is_baseline:
            self._anchor = trial
        if trial.value is None:
            return
        held = self._best.value if self._best else None
        if held is None or (trial.value > held if self._maximizes else trial.value < held):
            self._best = trial

    def _view(self, now: float) -> Group:
        return Group(self._overall(now), *self._best_line(), *(self._line(item) for item in self._running.values()))

    def _overall(self, now: float) -> Table:
        grid = Table.grid(padding=(0, 1))
        took = now - self._began
        fresh = self._done - self._done_before
        left = f"about {seconds(took / fresh * (self._total - self._done))} left" if fresh else "starting workers"
        bar = ProgressBar(total=self._total, completed=self._done, width=24)
        grid.add_row(bar, f"{self._done}/{self._total} trials", f"{seconds(took)}", left)
        return grid

    def _best_line(self) -> list[Text]:
        if self._best is None:
            return []
        text = f"best so far: trial {self._best.number}, val {percent(self._best.last['val_accuracy'])} %"
        if self._anchor is not None and self._anchor.last and self._best is not self._anchor:
            gap = self._best.last["val_accuracy"] - self._anchor.last["val_accuracy"]
            text += f" ({points(gap)} points against the baseline)"
        elif self._best is self._anchor:
            text += " (the baseline)"
        return [Text(text, no_wrap=True, overflow="ellipsis")]

    def _line(self, item: _Running) -> Text:
        what = "the baseline" if item.spec.number == 0 else changed(item.spec.params, self._baseline)
        at = (
            "starts"
            if item.measurement is None
            else f"{item.measurement.step:>3} %  val {percent(item.measurement.val_accuracy)} %"
        )
        return Text(f"  trial {item.spec.number:>3}  {at:<18}  {one_line(what)}", no_wrap=True, overflow="ellipsis")
