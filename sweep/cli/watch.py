"""`watch`: shows a sweep that another terminal runs, and its summary once it ends."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from sweep.analysis.study_analysis import Analysis
from sweep.cli.exit import INTERRUPTED
from sweep.errors import InputError
from sweep.report.console import console
from sweep.report.html.serving import LiveReport, served
from sweep.report.progress import Progress
from sweep.report.summary import print_summary
from sweep.study.confirming_run import ConfirmingRun
from sweep.study.following import Follower
from sweep.study.opening import silence_optuna
from sweep.study.records import StudyRecord
from sweep.study.restore import data_at_hand
from sweep.study.storage.folder import StudyFolder, latest_study

LOOK_SECONDS = 0.1


def watch(results: Path, name: str | None, *, html: bool, port: int | None) -> int:
    """Show a study as the live view of its run does, until the run ends; returns the exit status. Writes nothing.

    Args:
        results: the results folder.
        name: name of the study; None for the one that ran last.
        html: whether to serve the study's report, too, until the user ends that.
        port: the port that it is served on; None for one that is free.

    Raises:
        InputError: if there is no such study, or the port is not free.
    """
    if port is not None and not html:
        raise InputError("--port must come with --html, which serves a page on it")
    silence_optuna()
    folder = StudyFolder(results, name or latest_study(results))
    out = console()
    with Progress(out) as progress, ExitStack() as page:
        follower = Follower(folder, progress, undecided=_undecided)
        report = LiveReport(lambda: follower.study, folder, data_at_hand)
        if html:
            out.print(f"live page, on this machine alone: {page.enter_context(served(report, port))}")
        try:
            was_open = _follow(follower)
        except KeyboardInterrupt:
            print("no longer watched; the sweep goes on by itself", file=sys.stderr)
            return INTERRUPTED
        report.is_live = False
        progress.__exit__()
        if not was_open:
            out.print(f"study {folder.name} is not being run now; this is where it stands")
        print_summary(out, Analysis(follower.study, folder), folder)
        if html:
            _wait(out)
    return 0


def _follow(follower: Follower) -> bool:
    """Follow a study until no driver has it open; returns whether one had."""
    was_open = False
    while follower.look():
        was_open = True
        time.sleep(LOOK_SECONDS)
    return was_open


def _undecided(study: StudyRecord) -> list[ConfirmingRun]:
    # Postponed: scipy.stats takes longer to import than all else here, and few studies need it.
    from sweep.analysis.until_sure import undecided

    return undecided(study)


def _wait(out: Console) -> None:
    """Wait until the user has seen enough of the page."""
    out.print("the page stays until Ctrl-C")
    try:
        while True:
            time.sleep(LOOK_SECONDS)
    except KeyboardInterrupt:
        return
