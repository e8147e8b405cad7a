"""Warnings: what is wrong, and what to do about it."""

from __future__ import annotations

from pathlib import Path

import pytest
from screens import screen, standing

from sweep.report.warnings import Warned, print_warning
from sweep.study.events import (
    ClusterIsOpen,
    DigitsInsteadOfMnist,
    FirstRungIsEarly,
    IncompleteWriteSetAside,
    TrackerFailed,
)

EVENTS = [
    DigitsInsteadOfMnist(Path("spaces/a.py")),
    ClusterIsOpen("10.0.0.1:6379"),
    IncompleteWriteSetAside(Path("results/tiny/journal.log.torn"), 19),
    FirstRungIsEarly(10, 156, 1562),
    TrackerFailed("MLflow", "it has not answered for 20 s"),
]


def warned(event: Warned, *, terminal: bool = False) -> str:
    out, text = screen(terminal=terminal, width=400)
    print_warning(out, event)
    return text.getvalue()


def test_figures_that_are_not_of_mnist_are_told_with_the_command_that_makes_them() -> None:
    first, second, command = warned(EVENTS[0]).splitlines()
    assert first.startswith("WARNING: MNIST is not on this machine")
    assert "its figures say nothing about MNIST" in second
    assert command == "    python -m sweep run spaces/a.py --data PATH/mnist.npz --new"


def test_a_cluster_that_lets_everyone_in_is_named_with_how_to_guard_it() -> None:
    (line,) = warned(EVENTS[1]).splitlines()
    assert line.startswith("WARNING: the Ray cluster at 10.0.0.1:6379 does not turn away who has no token")
    assert "RAY_AUTH_MODE=token" in line
    assert "RAY_AUTH_TOKEN" in line


def test_an_incomplete_write_is_no_alarm_but_told_with_its_size_and_where_it_is_kept() -> None:
    (line,) = warned(EVENTS[2]).splitlines()
    assert line.startswith("the last 19 bytes of the journal were an incomplete write")
    assert line.endswith("are kept in results/tiny/journal.log.torn")


def test_a_rung_that_is_too_early_to_tell_is_named_with_its_steps_and_what_to_do() -> None:
    (line,) = warned(EVENTS[3]).splitlines()
    assert line.startswith("WARNING: trials may be pruned after 10 % of their epochs, which for the baseline is 156 of")
    assert "1,562 training steps" in line
    for remedy in ("rungs=(50,)", "--epochs", "pruner=optuna.pruners.NopPruner()"):
        assert remedy in line


def test_a_tracker_that_fails_is_named_with_the_reason_and_that_the_sweep_goes_on() -> None:
    (line,) = warned(EVENTS[4]).splitlines()
    assert "MLflow" in line
    assert "it has not answered for 20 s. The sweep goes on unharmed" in line


@pytest.mark.parametrize(("event", "loud"), list(zip(EVENTS, (True, True, False, True, True), strict=True)))
def test_what_changes_the_figures_or_opens_the_machine_is_loud(event: Warned, loud: bool) -> None:
    text = warned(event, terminal=True)
    assert ("\x1b[1;33m" in text) == loud
    assert ("WARNING" in text) == loud
    assert standing(text) == [line.rstrip() for line in warned(event).split("\n")]


def test_a_file_whose_name_would_move_a_terminal_is_shown_harmless() -> None:
    text = warned(DigitsInsteadOfMnist(Path("a\x1b[2J\nb.py")))
    assert r"run a\x1b[2J b.py --data" in text
    assert "\x1b" not in text
