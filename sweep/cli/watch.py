"""`watch`: shows a sweep that another terminal runs, and its summary once it ends."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from sweep.analysis.study_analysis import Analysis
from sweep.cli.exit import INTERRUPTED
from sweep.report.console import console
from sweep.report.progress import Progress
from sweep.report.summary import print_summary
from sweep.study.following import Follower
from sweep.study.opening import silence_optuna
from sweep.study.storage.folder import StudyFolder, latest_study

LOOK_SECONDS = 0.1


def watch(results: Path, name: str | None) -> int:
    """Show a study as the live view of its run does, until the run ends; returns the exit status. Writes nothing.

    Args:
        results: the results folder.
        name: name of the study; None for the one that ran last.

    Raises:
        InputError: if there is no such study.
    """
    silence_optuna()
    folder = StudyFolder(results, name or latest_study(results))
    out = console()
    try:
        with Progress(out) as progress:
            follower = Follower(folder, progress)
            was_open = False
            while follower.look():
                was_open = True
                time.sleep(LOOK_SECONDS)
    except KeyboardInterrupt:
        print("no longer watched; the sweep goes on by itself", file=sys.stderr)
        return INTERRUPTED
    if not was_open:
        out.print(f"study {folder.name} is not being run now; this is where it stands")
    print_summary(out, Analysis(follower.study), folder)
    return 0
