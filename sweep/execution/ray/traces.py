"""What Ray's import and start change in a process, put back. It knows no Ray, since the import is a part of it."""

from __future__ import annotations

import faulthandler
import logging
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

PREFIXES = ("RAY_", "TUNE_", "TF_", "KMP_", "PYTHONBREAKPOINT")
"""What the variables are called that a sweep sets, and the libraries it imports: Ray, TensorFlow and scikit-learn."""


@contextmanager
def ray_traces_removed() -> Iterator[None]:
    """Meanwhile Ray may be imported, started and ended; afterwards the process is as before."""
    with ExitStack() as kept:
        for piece in (environment_kept, _loggers_kept, _hooks_kept, _open_files_limit_kept):
            kept.enter_context(piece())
        yield


@contextmanager
def environment_kept() -> Iterator[None]:
    """Meanwhile variables of these libraries may be set; all others are left to the caller, whose threads may run."""
    before = _variables()
    try:
        yield
    finally:
        for name in _variables().keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)


def _variables() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith(PREFIXES)}


@contextmanager
def _loggers_kept() -> Iterator[None]:
    """Ray gives its loggers a level and a handler, and every record a time of its own, when it is imported."""
    before = {logger: _settings_of(logger) for logger in _loggers()}
    factory = logging.getLogRecordFactory()
    try:
        yield
    finally:
        logging.setLogRecordFactory(factory)
        for logger in _loggers():
            level, handlers, logger.propagate = before.get(logger, (logging.NOTSET, [], True))
            logger.setLevel(level)
            logger.handlers[:] = handlers


def _loggers() -> list[logging.Logger]:
    known = list(logging.root.manager.loggerDict.items())
    return [item for name, item in known if isinstance(item, logging.Logger) and name.partition(".")[0] == "ray"]


def _settings_of(logger: logging.Logger) -> tuple[int, list[logging.Handler], bool]:
    return logger.level, list(logger.handlers), logger.propagate


@contextmanager
def _hooks_kept() -> Iterator[None]:
    """Ray's import puts a hook before Python's own and a folder before all others; its start takes up crash reports."""
    hook, path, reports_crashes = sys.excepthook, list(sys.path), faulthandler.is_enabled()
    try:
        yield
    finally:
        sys.excepthook = hook
        sys.path[:] = path
        if not reports_crashes:
            faulthandler.disable()


@contextmanager
def _open_files_limit_kept() -> Iterator[None]:
    """Ray lets its process open as many files as it may."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
