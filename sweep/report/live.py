"""The part of a terminal that moves while workers train: a bar with the time left, the best so far, running trials."""

from __future__ import annotations

import time
from dataclasses import replace

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from sweep.report.format import seconds
from sweep.report.narrow import GAP, FoldedLine
from sweep.report.search_view import Line, SearchView
from sweep.study.events import SearchStarted
from sweep.study.records import TrialRecord
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
        at_most: whether there may be fewer to do in the end. Default: no.
    """

    def __init__(self, console: Console, total: int, done: int, unit: str, *, at_most: bool = False) -> None:
        self._done_before = self._done = done
        self._total = total
        self._unit = unit
        self._at_most = at_most
        self._began = time.monotonic()
        self._drawn = 0.0
        self._lost = 0
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._live.start()

    def stop(self) -> None:
        """Take the bar off the screen."""
        self._live.stop()

    def advance(self) -> None:
        """Count one more item as done."""
        self._done += 1

    def worker_lost(self, number: int) -> None:
        """Count one more worker that was lost.

        Args:
            number: number of the trial or confirming run that lost it.
        """
        self._lost += 1

    def tick(self) -> None:
        """Draw the bar again, at most four times a second."""
        now = time.monotonic()
        if now - self._drawn >= REFRESH_SECONDS:
            self._drawn = now
            self._live.update(self.frame(now), refresh=True)

    def frame(self, now: float) -> Group:
        """What is drawn: never more lines than the screen has, so that nothing scrolls.

        Args:
            now: the time by the monotonic clock, in seconds.
        """
        width, height = self._live.console.size
        overall = self._overall(now)
        lines = self.lines(width, height - BAR_HEIGHT)
        return Group(*overall, *(Text(line.text, line.style, no_wrap=True, overflow="ellipsis") for line in lines))

    def lines(self, width: int, room: int) -> list[Line]:
        """The lines below the bar: how many workers were lost, if any were.

        Args:
            width: width of the terminal in characters.
            room: maximum number of lines.
        """
        return [Line(f"lost workers: {self._lost}", "yellow")] if self._lost else []

    def _overall(self, now: float) -> list[RenderableType]:
        """The bar and its figures, beside it where they fit, else below it."""
        elapsed = now - self._began
        fresh = self._done - self._done_before
        about, of = ("at most about", " of up to ") if self._at_most else ("about", "/")
        left = f"{about} {seconds(elapsed / fresh * (self._total - self._done))} left" if fresh else self.unstarted()
        bar = ProgressBar(total=self._total, completed=self._done, width=BAR_WIDTH)
        figures = [f"{self._done}{of}{self._total} {self._unit}", seconds(elapsed), left]
        grid = Table.grid(padding=(0, 1))
        if BAR_WIDTH + sum(len(figure) + 1 for figure in figures) > self._live.console.width:
            grid.add_row(bar)
            return [grid, FoldedLine(GAP.join(figures))]
        grid.add_row(bar, *figures)
        return [grid]

    def unstarted(self) -> str:
        """What is shown instead of the time left while no item is done in this run."""
        return "starting workers"


class LiveSearch(LiveBar):
    """The bar of a search, with the best trial so far, what runs, what was pruned and which workers were lost.

    Args:
        console: console of a terminal.
        search: the start of the search.
    """

    def __init__(self, console: Console, search: SearchStarted) -> None:
        ended = sorted((trial for trial in search.study.trials if trial.ended), key=lambda trial: trial.finished)
        self._trials: dict[int, TrialRecord] = {trial.number: trial for trial in ended}
        self._running: list[int] = []
        self._known = {trial.number: trial for trial in search.study.trials if trial.state == "RUNNING"}
        plain = not console.encoding.startswith("utf")
        self._view = SearchView(search.study, maximizes=search.maximizes, plain=plain)
        super().__init__(console, search.trials, len(ended), "trials")
        self._began -= search.elapsed_seconds
        if search.ended_before is not None:
            self._done_before = search.ended_before

    def unstarted(self) -> str:
        """What is said while no trial has ended: whether the workers are there yet."""
        measured = any(self._trials[number].curve for number in self._running)
        return "no trial has ended yet" if measured else super().unstarted()

    def started(self, spec: TrialSpec) -> None:
        """Show a line for a trial that was started."""
        self._trials[spec.number] = self._known.get(spec.number) or unmeasured(spec)
        self._running.append(spec.number)

    def measured(self, number: int, measurement: Measurement) -> None:
        """Show what a running trial measured last, in its line."""
        trial = self._trials[number]
        before = [point for point in trial.curve if point["step"] < measurement.step]
        self._trials[number] = replace(trial, curve=[*before, measurement.point])

    def worker_lost(self, number: int) -> None:
        """Count one more worker that a running trial has lost."""
        trial = self._trials[number]
        self._trials[number] = replace(trial, workers_lost=trial.workers_lost + 1)

    def ended(self, trial: TrialRecord) -> None:
        """Remove the line of a trial that ended, and count it as done."""
        if trial.number in self._running:
            self._running.remove(trial.number)
        self._trials.pop(trial.number, None)
        self._trials[trial.number] = trial  # the last of those that ended
        self.advance()

    def lines(self, width: int, room: int) -> list[Line]:
        """The lines below the bar: the best trial so far, what runs, what was pruned."""
        return self._view.fitted(list(self._trials.values()), self._running, width, room)


def unmeasured(spec: TrialSpec) -> TrialRecord:
    """The record of a trial that has just been started."""
    return TrialRecord(
        number=spec.number,
        state="RUNNING",
        params=spec.params,
        seed=spec.seed,
        value=None,
        curve=[],
        test={},
        parameters=None,
        inference_us=None,
        node="",
        precision="",
        error="",
        details="",
        started="",
    )
