"""What a run changes is put back; with whole runs it is tested in tests/end_to_end/test_caller.py."""

from __future__ import annotations

import signal
import tempfile
import threading

import optuna
import pytest

from sweep.execution.caller import SIGNALS, caller_unchanged


def change() -> None:
    for number in SIGNALS:
        signal.signal(number, lambda number, frame: None)
    optuna.logging.set_verbosity(optuna.logging.DEBUG)
    tempfile.tempdir = "/elsewhere"


def change_and_fail() -> None:
    change()
    raise KeyboardInterrupt


def state() -> list[object]:
    return [*map(signal.getsignal, SIGNALS), optuna.logging.get_verbosity(), tempfile.tempdir]


def test_signal_handlers_verbosity_and_temporary_folder_are_as_before_however_the_run_ends() -> None:
    before = state()
    with caller_unchanged():
        change()
    assert state() == before
    with pytest.raises(KeyboardInterrupt), caller_unchanged():
        change_and_fail()
    assert state() == before


def test_it_decorates_a_function_that_is_called_more_than_once() -> None:
    @caller_unchanged()
    def run(value: int) -> int:
        change()
        return value

    before = state()
    assert [run(1), run(2)] == [1, 2]
    assert state() == before


def test_in_another_thread_signals_are_left_alone() -> None:
    before, seen = state(), []

    def run() -> None:
        with caller_unchanged():
            seen.append(state()[: len(SIGNALS)])

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [before[: len(SIGNALS)]]
    assert state() == before


@pytest.mark.parametrize("callers", [optuna.logging.DEBUG, optuna.logging.ERROR])
def test_optuna_says_no_more_than_warnings_meanwhile_and_no_more_than_the_caller_wants(callers: int) -> None:
    own = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(callers)
    try:
        with caller_unchanged():
            assert optuna.logging.get_verbosity() == max(callers, optuna.logging.WARNING)
        assert optuna.logging.get_verbosity() == callers
    finally:
        optuna.logging.set_verbosity(own)
