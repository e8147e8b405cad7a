"""`doctor`: prints what this machine and its Ray offer a sweep, and what to do where something is missing."""

from __future__ import annotations

from pathlib import Path

from sweep.execution.checkup import Finding, findings
from sweep.report.console import console
from sweep.report.narrow import GAP, FoldedLine


def doctor(results: Path, address: str | None) -> int:
    """Print a line for each finding; returns the exit status, 1 if a sweep could not run.

    Args:
        results: the results folder, which need not exist.
        address: address of the Ray cluster, as of `run`; None for the one that `run` would take.
    """
    out = console()
    stops = False
    for finding in findings(results, address):
        stops = stops or finding.stops
        out.print(FoldedLine(line_of(finding), "bold red" if finding.stops else "yellow" if finding.remedy else None))
    out.print()
    out.print("a sweep could not run here; first do what the lines with STOP say" if stops else "a sweep can run here")
    return int(stops)


def line_of(finding: Finding) -> str:
    """A finding as one line: ok, or what to do."""
    word = "STOP" if finding.stops else "note" if finding.remedy else "ok"
    line = f"{word:<4}{GAP}{finding.name:<8}{GAP}{finding.text}"
    return f"{line}{GAP}-> {finding.remedy}" if finding.remedy else line
