"""What `run` says when it ends."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from rich.console import Console

from sweep.analysis.leaderboard import ranked
from sweep.report.findings import tell_findings
from sweep.report.format import board_table, console, seconds
from sweep.space.sweep import Sweep
from sweep.study.records import ENDED, StudyRecord

TOP = 5


def tell_interrupted(study: StudyRecord, sweep: Sweep) -> None:
    """Say on standard error what is kept, and how to go on."""
    ended = sum(trial.ended for trial in study.trials)
    tell_stopped(f"{ended} of {sweep.trials} trials are finished and kept")


def tell_stopped(kept: str) -> None:
    """The same in general."""
    tell = console(stderr=True)
    tell.print(f"stopped: {kept}. To go on, type:")
    tell.print(f"    {_command()}")


def _command() -> str:
    program = "python -m sweep" if sys.argv[0].endswith("__main__.py") else "sweep"
    again = [word for word in sys.argv[1:] if word != "--new"]  # it would start afresh once more
    return f"{program} {shlex.join(again)}"


def summarize(out: Console, study: StudyRecord, results: Path) -> None:
    """Print the top of the board with the baseline's row, where the files are, and what to type next.

    With several objectives the top is the Pareto front.
    """
    ranks = ranked(study)
    last = 1 if study.definition.is_multi_objective else TOP
    top = [trial for trial in ranks if ranks[trial] <= last or study.trials[trial].is_baseline]
    if top:
        out.print()
        out.print(board_table(study, [study.trials[number] for number in top], ranks))
    tell_findings(out, study)
    states = [trial.state for trial in study.trials]
    counts = ", ".join(f"{states.count(state)} {state}" for state in ENDED)
    spent = sum(trial.last.get("seconds", 0.0) for trial in study.trials)
    out.print()
    out.print(f"{len(states)} trials: {counts}; {seconds(spent)} of training in all")
    out.print(f"board: {results / 'leaderboard.csv'}   study: {results / study.name}/")
    number = top[0] if top else 0
    where = "" if results == Path("results") else f" --results {results}"
    out.print(f"next:  python -m sweep show {study.name} {number}{where}")
