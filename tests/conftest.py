"""What every test gets: Optuna's notices off, no deadlines, signal handlers put back; and what is not even imported."""

from __future__ import annotations

import ast
import os
import re
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest

from sweep.study.opening import silence_optuna
from sweep.training.cpu import cpu_flags, switch_onednn_on

switch_onednn_on(os.environ, cpu_flags())  # as in a worker, before anything imports TensorFlow

if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # of `nohup`, which is no part of what is tested
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

hypothesis.settings.register_profile("untimed", deadline=None)  # a busy machine is no fault of what is tested
hypothesis.settings.load_profile("untimed")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out a file whose every test is deselected by `-m "not MARKER"`: importing TensorFlow takes seconds."""
    words = (config.option.markexpr or "").split(" and ")
    unwanted = {match[1] for word in words if (match := re.fullmatch(r" *not (\w+) *", word))}
    whole = collection_path.suffix == ".py" and unwanted & _markers(collection_path.read_text())
    return True if whole else None


def _markers(text: str) -> set[str]:
    """The markers that a file gives all its tests."""
    marks = [
        node.value
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"
    ]
    return set(re.findall(r"pytest\.mark\.(\w+)", " ".join(map(ast.unparse, marks))))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What was captured may hold a lone surrogate, which the processes of pytest-xdist can't send each other."""
    report = yield
    report.sections = [(name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections]
    return report


@pytest.fixture(autouse=True, scope="session")
def _no_fsync() -> Iterator[None]:
    """Only a power cut could tell the difference, and 5,000 of them take longer than all that is tested with them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda file: None)
        yield


@pytest.fixture(autouse=True)
def _quiet_optuna() -> None:
    silence_optuna()


@pytest.fixture
def signals_put_back() -> Iterator[None]:
    """`run` listens to Ctrl-C and SIGTERM; a test must not leave it listening."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
