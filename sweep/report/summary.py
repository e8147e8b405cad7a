"""What `run` and `confirm` print when they end."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from sweep.analysis.study_analysis import Analysis
from sweep.report.findings import print_findings
from sweep.report.format import seconds
from sweep.report.narrow import FittedTable
from sweep.report.tables import board_table
from sweep.study.events import StopReason
from sweep.study.records import ENDED
from sweep.study.storage.folder import StudyFolder

TOP = 5
"""How many ranks of the board are printed."""


def print_summary(out: Console, analysis: Analysis, folder: StudyFolder) -> None:
    """Print the top of the board with the baseline's row, where the files are, and what to type next.

    With several objectives the top is the Pareto front.

    Args:
        out: console to print to.
        analysis: the analysis of the study.
        folder: the study's folder.
    """
    study, ranks = analysis.study, analysis.ranks
    last = 1 if study.definition.is_multi_objective else TOP
    top = [number for number in ranks if ranks[number] <= last or study.trials[number].is_baseline]
    if top:
        out.print()
        out.print(FittedTable(board_table(study, [study.trials[number] for number in top], ranks), words_below=True))
    print_findings(out, analysis)
    states = [trial.state for trial in study.trials]
    counts = ", ".join(f"{states.count(state)} {state}" for state in ENDED)
    spent = sum(trial.last.get("seconds", 0.0) for trial in study.trials)
    out.print()
    out.print(f"{len(states)} trials: {counts}; {seconds(spent)} of training in all")
    out.print(f"board: {folder.latest_board}   study: {folder.path}/")
    if folder.report.is_file():
        out.print(f"report: {folder.report}")
    number = top[0] if top else 0
    where = "" if folder.results == Path("results") else f" --results {folder.results}"
    out.print(f"next:  python -m sweep show {study.name} {number}{where}")


def print_stop_reason(out: Console, stop_reason: StopReason | None) -> None:
    """Print why a run stopped early and what to type to go on; nothing if it did not stop early."""
    if stop_reason is not None:
        again = "(without --new)" if stop_reason.trial is None else "without --target"
        out.print(
            f"stopped early: {reason_text(stop_reason)}; what was running is saved, "
            f"and the same command {again} goes on"
        )


def reason_text(stop_reason: StopReason) -> str:
    """Why a run stopped early, in words."""
    if stop_reason.trial is None:
        return "the time given with --timeout is up"
    return f"trial {stop_reason.trial} reached the target given with --target"
