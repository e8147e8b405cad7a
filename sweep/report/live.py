"""The part of a terminal that moves while workers train: a bar with the time left, the best so far, running trials."""

from __future__ import annotations

import time
from dataclasses import dataclass

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from sweep.report.format import changed, seconds, written_as
from sweep.report.narrow import GAP, FoldedLine, folded
from sweep.sanitize import one_line
from sweep.space.metrics import VAL
from sweep.space.sweep import Params
from sweep.study.events import SearchStarted
from sweep.study.records import BASELINE, TrialRecord
from sweep.training.messages import Measurement, TrialSpec

REFRESH_SECONDS = 0.25
BAR_WIDTH = 24
BAR_HEIGHT = 3
"""How many lines of the screen are kept for the bar, its figures and the cursor."""


class LiveBar:
    """A bar that shows how much is done and about how long the rest takes.

    Args:
        console: console of a terminal.
        total: number of items to do, those done before included.
        done: number of items done before.
        unit: what the items are, in the plural.
    """

    def __init__(self, console: Console, total: int, done: int, unit: str) -> None:
        self._done_before = self._done = done
        self._total = total
        self._unit = unit
        self._began = time.monotonic()
        self._drawn = 0.0
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._live.start()

    def stop(self) -> None:
        """Take the bar off the screen."""
        self._live.stop()

    def advance(self) -> None:
        """Count one more item as done."""
        self._done += 1

    def tick(self) -> None:
        """Draw the bar again, at most four times a second."""
        now = time.monotonic()
        if now - self._drawn >= REFRESH_SECONDS:
            self._drawn = now
            self._live.update(Group(*self._overall(now), *self._fitted(self.lines())), refresh=True)

    def lines(self) -> list[str]:
        """The lines below the bar: none."""
        return []

    def _overall(self, now: float) -> list[RenderableType]:
        """The bar and its figures, beside it where they fit, else below it."""
        elapsed = now - self._began
        fresh = self._done - self._done_before
        left = f"about {seconds(elapsed / fresh * (self._total - self._done))} left" if fresh else self.unstarted()
        bar = ProgressBar(total=self._total, completed=self._done, width=BAR_WIDTH)
        figures = [f"{self._done}/{self._total} {self._unit}", seconds(elapsed), left]
        grid = Table.grid(padding=(0, 1))
        if BAR_WIDTH + sum(len(figure) + 1 for figure in figures) > self._live.console.width:
            grid.add_row(bar)
            return [grid, FoldedLine(GAP.join(figures))]
        grid.add_row(bar, *figures)
        return [grid]

    def _fitted(self, lines: list[str]) -> list[RenderableType]:
        """The lines below the bar: each whole if then all are on the screen; else each cut to one line of it."""
        lines = [one_line(line) for line in lines]
        width, height = self._live.console.size
        if sum(len(folded(line, width)) for line in lines) <= height - BAR_HEIGHT:
            return [FoldedLine(line) for line in lines]
        return [Text(line, no_wrap=True, overflow="ellipsis") for line in lines]

    def unstarted(self) -> str:
        """What is shown instead of the time left while no item is done in this run."""
        return "starting workers"


@dataclass
class _Running:
    spec: TrialSpec
    measurement: Measurement | None = None


class LiveSearch(LiveBar):
    """The bar of a search, with a line on the best trial so far, and one for each running trial.

    Args:
        console: console of a terminal.
        search: the start of the search.
    """

    def __init__(self, console: Console, search: SearchStarted) -> None:
        ended = [trial for trial in search.study.trials if trial.ended]
        self._params: Params = search.study.definition.baseline
        self._score = written_as(search.study.metric)
        self._maximizes = search.maximizes
        self._running: dict[int, _Running] = {}
        self._baseline: TrialRecord | None = None
        self._best: TrialRecord | None = None
        for trial in ended:
            self._consider(trial)
        super().__init__(console, search.trials, len(ended), "trials")

    def unstarted(self) -> str:
        """What is said while no trial has ended: whether the workers are there yet."""
        measured = any(item.measurement for item in self._running.values())
        return "no trial has ended yet" if measured else super().unstarted()

    def started(self, spec: TrialSpec) -> None:
        """Show a line for a trial that was started."""
        self._running[spec.number] = _Running(spec)

    def measured(self, number: int, measurement: Measurement) -> None:
        """Show what a running trial measured last, in its line."""
        self._running[number].measurement = measurement

    def ended(self, trial: TrialRecord) -> None:
        """Remove the line of a trial that ended, and count it as done."""
        self._running.pop(trial.number, None)
        self._consider(trial)
        self.advance()

    def lines(self) -> list[str]:
        """The lines below the bar: the best trial so far, and the running ones."""
        return [*self._best_line(), *(self._line(item) for item in self._running.values())]

    def _consider(self, trial: TrialRecord) -> None:
        if trial.is_baseline:
            self._baseline = trial
        if trial.value is None:
            return
        best = self._best.value if self._best else None
        if best is None or (trial.value > best if self._maximizes else trial.value < best):
            self._best = trial

    def _best_line(self) -> list[str]:
        if self._best is None:
            return []
        score, name = self._score, VAL + self._score.metric
        text = f"best so far: trial {self._best.number}, val {score.whole(self._best.last[name])}"
        if self._baseline is not None and self._baseline.last and self._best is not self._baseline:
            gap = self._best.last[name] - self._baseline.last[name]
            text += f" ({score.difference(gap)}{score.unit} against the baseline)"
        elif self._best is self._baseline:
            text += " (the baseline)"
        return [text]

    def _line(self, item: _Running) -> str:
        number, measurement = item.spec.number, item.measurement
        params = "the baseline" if number == BASELINE else changed(item.spec.params, self._params)
        at = "starts"
        if measurement is not None:
            at = f"{measurement.step:>3} %  val {self._score.whole(measurement.val.get(self._score.metric))}"
        return f"  trial {number:>3}  {at:<18}  {params}"
