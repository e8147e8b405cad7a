"""What Ray's import and start change is put back; with Ray itself it is tested in tests/end_to_end/test_caller.py."""

from __future__ import annotations

import faulthandler
import logging
import os
import resource
import sys

import pytest

from sweep.execution.ray.traces import environment_kept, ray_traces_removed


@pytest.fixture(autouse=True)
def _callers_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_AUTH_TOKEN", "the caller's")
    monkeypatch.setenv("TUNE_RESULT_DIR", "the caller's")
    monkeypatch.delenv("RAY_AUTH_MODE", raising=False)
    monkeypatch.delenv("OWN", raising=False)


def failing_run(monkeypatch: pytest.MonkeyPatch) -> None:
    os.environ["RAY_AUTH_TOKEN"] = "the run's"
    os.environ["RAY_AUTH_MODE"] = "token"
    del os.environ["TUNE_RESULT_DIR"]
    monkeypatch.setenv("OWN", "set by another thread")
    raise RuntimeError("oh")


def test_variables_are_as_before_however_the_run_ends_and_those_of_others_are_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = dict(os.environ)
    with pytest.raises(RuntimeError, match="oh"), environment_kept():
        failing_run(monkeypatch)
    assert dict(os.environ) == {**before, "OWN": "set by another thread"}


def test_loggers_hooks_and_limits_are_as_before() -> None:
    logger, handler = logging.getLogger("ray"), logging.NullHandler()
    before = (logger.level, list(logger.handlers), logger.propagate)
    factory, hook, path = logging.getLogRecordFactory(), sys.excepthook, list(sys.path)
    limit, reports = resource.getrlimit(resource.RLIMIT_NOFILE), faulthandler.is_enabled()
    with ray_traces_removed():
        for name in ("ray", "ray.first_used_in_this_run"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
            logging.getLogger(name).addHandler(handler)
            logging.getLogger(name).propagate = False
        logging.setLogRecordFactory(lambda *args, **kwargs: factory(*args, **kwargs))
        sys.excepthook = lambda kind, error, trace: None
        sys.path.insert(0, "/of/ray")
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit[0] - 1, limit[1]))
        if not reports:
            faulthandler.enable()
    assert (logger.level, logger.handlers, logger.propagate) == before
    new = logging.getLogger("ray.first_used_in_this_run")
    assert (new.level, new.handlers, new.propagate) == (logging.NOTSET, [], True)
    assert logging.getLogRecordFactory() is factory
    assert (sys.excepthook, sys.path) == (hook, path)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == limit
    assert faulthandler.is_enabled() == reports
