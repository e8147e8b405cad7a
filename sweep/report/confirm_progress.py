"""Confirming runs on the screen: a bar on a terminal, and a line per finished run."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from sweep.report.format import percent, seconds
from sweep.study.records import ConfirmingRun


class ConfirmProgress:
    """Tells which runs are made, and each one's result. Use it as a context manager.

    Args:
        console: where to.
        runs: what is to be done.
        images: how many each is trained on.
        where: the workers, in words.
    """

    def __init__(self, console: Console, runs: list[ConfirmingRun], images: int, where: str) -> None:
        self._console = console
        trials = sorted({run.trial for run in runs})
        names = " and ".join("the baseline" if number == 0 else f"trial {number}" for number in trials)
        self._headline = f"confirming {names}: {len(runs)} runs on all {images:,} training images, on {where}"
        self._progress = Progress(
            BarColumn(24),
            MofNCompleteColumn(),
            TextColumn("runs"),
            TimeElapsedColumn(),
            TextColumn("left:"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal or console.quiet,
        )
        self._task = self._progress.add_task("", total=len(runs))

    def __enter__(self) -> ConfirmProgress:
        self._console.print()
        self._console.print(self._headline)
        self._progress.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._progress.stop()

    def ended(self, run: ConfirmingRun) -> None:
        """Print the run's line."""
        what = "the baseline" if run.trial == 0 else f"trial {run.trial}"
        says = run.error or f"test {percent(run.test_accuracy)} %  {seconds(run.seconds)}"
        self._console.print(f"{what}, run {run.index + 1}  {says}", no_wrap=True, overflow="ellipsis", crop=True)
        self._progress.advance(self._task)

    def tick(self) -> None:
        """Nothing: the bar draws itself."""
