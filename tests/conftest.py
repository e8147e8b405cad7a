"""What every test gets: Optuna's notices off, no deadlines, signal handlers put back."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import hypothesis
import pytest

from sweep.study.opening import silence_optuna
from sweep.training.cpu import cpu_flags, switch_onednn_on

switch_onednn_on(os.environ, cpu_flags())  # as in a worker, before anything imports TensorFlow

hypothesis.settings.register_profile("untimed", deadline=None)  # a busy machine is no fault of what is tested
hypothesis.settings.load_profile("untimed")


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
