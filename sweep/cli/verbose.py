"""`--verbose`: prints what goes into a study's log on the screen, too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from sweep.execution.log import LOGGER, OneLineFormatter
from sweep.execution.options import WorkerOptions
from sweep.report.console import ConsoleHandler


@contextmanager
def shown_log(out: Console, options: WorkerOptions) -> Iterator[None]:
    """Print what is logged in this context, if the user gave `--verbose`.

    Args:
        out: the console.
        options: the flags of the command.
    """
    handler = ConsoleHandler(out)
    handler.setFormatter(OneLineFormatter())
    if options.verbose:
        LOGGER.addHandler(handler)
    try:
        yield
    finally:
        LOGGER.removeHandler(handler)
