"""`confirm`: trains the best trials and the baseline again on fresh seeds, and says who is better."""

from __future__ import annotations

from sweep.cli.exit import INTERRUPTED, print_stopped
from sweep.cli.verbose import shown_log
from sweep.execution.confirm import confirm_study
from sweep.execution.driver import refuse_failed_outcome
from sweep.execution.options import ConfirmOptions
from sweep.execution.stop import StopRequest
from sweep.report.console import console
from sweep.report.findings import print_verdicts
from sweep.report.progress import Progress
from sweep.report.summary import print_stop_reason
from sweep.study.opening import silence_optuna
from sweep.study.restore import restore_study


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
    out = console(quiet=options.quiet)
    stop = StopRequest()
    with stop.listening(), Progress(out) as progress, shown_log(out, options):
        restored = restore_study(options.results, name, options.space, options.data)
        result = confirm_study(restored, options, progress, stop)
    if stop:
        print_stopped(f"{len(result.analysis.study.confirming)} confirming runs are finished and kept")
        return INTERRUPTED
    print_verdicts(out, result.analysis)
    print_stop_reason(out, result.stop_reason)
    refuse_failed_outcome(result.analysis.study)
    return 0
