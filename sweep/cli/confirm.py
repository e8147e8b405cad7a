"""`confirm`: trains the best trials and the baseline again on fresh seeds, and says who is better."""

from __future__ import annotations

from sweep.api import confirm_loaded, load
from sweep.cli.exit import INTERRUPTED, print_stopped
from sweep.errors import Interrupted
from sweep.execution.driver import refuse_failed_outcome
from sweep.execution.options import ConfirmOptions
from sweep.report.console import console
from sweep.report.findings import print_verdicts
from sweep.report.progress import shown
from sweep.report.summary import print_stop_reason
from sweep.study.opening import silence_optuna


def confirm(name: str, options: ConfirmOptions) -> int:
    """Confirm the best trials of a study; returns the exit status.

    Args:
        name: name of the study.
        options: the flags of `confirm`.

    Raises:
        InputError: if a flag is wrong, or there is no such study, or nothing in it to confirm.
        SweepFailed: if every trial failed, or every confirming run of the baseline.
    """
    silence_optuna()
    study = load(name, options.results)
    try:
        with shown(options) as observer:
            confirm_loaded(study, options, observer)
    except Interrupted as interrupted:
        print_stopped(str(interrupted))
        return INTERRUPTED
    out = console(quiet=options.quiet)
    print_verdicts(out, study.analysis)
    print_stop_reason(out, study.stop_reason)
    refuse_failed_outcome(study.record)
    return 0
