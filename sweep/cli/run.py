"""`run`: brings a study up to its budget and writes its board."""

from __future__ import annotations

from pathlib import Path

from sweep.cli.exit import INTERRUPTED, print_stopped
from sweep.cli.verbose import shown_log
from sweep.execution.driver import refuse_failed_outcome
from sweep.execution.options import RunOptions
from sweep.execution.run import run_sweep
from sweep.execution.stop import StopRequest
from sweep.report.console import console
from sweep.report.progress import Progress
from sweep.report.summary import print_stop_reason, print_summary
from sweep.space.loader import load_sweep
from sweep.study.opening import silence_optuna
from sweep.study.storage.folder import StudyFolder


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
    out = console(quiet=options.quiet)
    stop = StopRequest()
    with stop.listening(), Progress(out) as progress, shown_log(out, options):
        result = run_sweep(load_sweep(file), file, options, progress, stop)
    study = result.analysis.study
    if stop:
        ended = sum(trial.ended for trial in study.trials)
        print_stopped(f"{ended} of {result.budget} trials are finished and kept")
        return INTERRUPTED
    print_summary(out, result.analysis, StudyFolder(options.results, study.name))
    print_stop_reason(out, result.stop_reason)
    refuse_failed_outcome(study)
    return 0
