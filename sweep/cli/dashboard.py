"""`dashboard`: Optuna's dashboard on the studies of a results folder."""

from __future__ import annotations

from pathlib import Path

from sweep.report.console import console
from sweep.report.extras import module_of_extra
from sweep.study.opening import silence_optuna


def dashboard(results: Path, port: int) -> None:
    """Serve Optuna's dashboard until the user interrupts it.

    Args:
        results: the results folder.
        port: a free port on this machine; 0 for any.

    Raises:
        InputError: if the extra is not installed, the folder does not exist, or the port is taken.
    """
    silence_optuna()
    module = module_of_extra("sweep.report.dashboard", "dashboard", "dashboard")
    out = console()
    module.serve(results, port, lambda address: out.print(f"{address} shows the studies in {results}/; Ctrl-C ends it"))
