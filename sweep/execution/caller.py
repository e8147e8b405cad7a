"""The process that runs a sweep is afterwards as it was before, however the run ends."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from sweep.execution.ray.traces import ray_traces_removed
from sweep.execution.stop import signal_handlers_kept
from sweep.space.late_imports import importable
from sweep.study.opening import optuna_quiet
from sweep.training.quiet import quiet_imports

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM, signal.SIGUSR1)
"""The first three are taken by `sweep.execution.stop`, SIGTERM by Ray too, and SIGUSR1 by Tune."""


@contextmanager
def caller_unchanged() -> Iterator[None]:
    """Put back, at the end, what a run changes in its process: signal handlers, environment, logging, hooks, limits.

    Use it around everything else, or as a decorator: importing Ray already leaves traces. What the caller's other
    threads change meanwhile stays, as far as it is none of these.
    """
    with ExitStack() as kept:
        kept.enter_context(signal_handlers_kept(*SIGNALS))
        for piece in (optuna_quiet, _temporary_folder_kept, ray_traces_removed, importable, quiet_imports):
            kept.enter_context(piece())
        yield


@contextmanager
def _temporary_folder_kept() -> Iterator[None]:
    """`tempfile` remembers the folder that it once found, and would not heed a later TMPDIR."""
    before = tempfile.tempdir
    try:
        yield
    finally:
        tempfile.tempdir = before
