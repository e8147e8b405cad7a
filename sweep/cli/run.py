"""`run`: brings a study up to its budget and writes its board."""

from __future__ import annotations

from pathlib import Path

from sweep.api import run_study
from sweep.cli.exit import INTERRUPTED, print_stopped
from sweep.errors import Interrupted
from sweep.execution.driver import refuse_failed_outcome
from sweep.execution.options import RunOptions
from sweep.report.console import console
from sweep.report.progress import shown
from sweep.report.summary import print_stop_reason, print_summary
from sweep.report.trackers.tracked import trackers_of
from sweep.study.opening import silence_optuna


def run(file: Path, options: RunOptions) -> int:
    """Run a search-space file; returns the exit status.

    Args:
        file: path of the search-space file.
        options: the flags of `run`.

    Raises:
        InputError: if a flag, the file or the data is wrong, or the study can't be continued.
        SweepFailed: if the baseline, every trial, or every confirming run of the baseline failed.
    """
    silence_optuna()
    try:
        with shown(options, trackers=trackers_of(options)) as observer:
            study = run_study(file, options, observer)
    except Interrupted as interrupted:
        print_stopped(str(interrupted))
        return INTERRUPTED
    out = console(quiet=options.quiet)
    print_summary(out, study.analysis, study.folder)
    print_stop_reason(out, study.stop_reason)
    refuse_failed_outcome(study.record)
    return 0
