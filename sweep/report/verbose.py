"""The study's log on the screen, too."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from sweep.report.console import ConsoleHandler
from sweep.sanitize import OneLineFormatter


@contextmanager
def shown_log(out: Console, *, verbose: bool) -> Iterator[None]:
    """Print what is logged in this context, if the user wants to see it.

    Args:
        out: the console.
        verbose: whether to print it.
    """
    logger, handler = logging.getLogger("sweep"), ConsoleHandler(out)
    handler.setFormatter(OneLineFormatter())
    if verbose:
        logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
