"""How a command ends: one message and an exit status for each fault."""

from __future__ import annotations

import errno
import os
import resource
import sys

import pytest
import typer

from sweep.cli.exit import INTERRUPTED, UNMAPPED, print_stopped, reported
from sweep.errors import InputError, MachineError, SweepError, SweepFailed

Captured = pytest.CaptureFixture[str]


def refused(number: int, path: str = "results/x") -> OSError:
    return OSError(number, os.strerror(number), path)


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (InputError("trials must be 1"), 2, "trials must be 1"),
        (MachineError("no GPU"), 1, "no GPU"),
        (SweepFailed("every trial failed"), 3, "every trial failed"),
        (SweepError("odd"), 1, "odd"),
        (InputError("two\nlines \x1b[2J"), 2, r"two lines \x1b[2J"),
        (refused(errno.ENOSPC), 1, "the disk must have room for the results, but it is full: [Errno 28] No space"),
        (refused(errno.EDQUOT), 1, "the disk must have room for the results, but it is full: "),
        (refused(errno.ENAMETOOLONG), 2, "a path is too long: [Errno 36] File name too long: 'results/x'"),
        (refused(errno.EACCES), 1, "the system refused: [Errno 13] Permission denied: 'results/x'. What was finished"),
        (refused(errno.EIO, "a\nb"), 1, r"the system refused: [Errno 5] Input/output error: 'a\nb'. What was finished"),
        (
            MemoryError("a lot"),
            1,
            "this process must get the memory that it asks for, but the system refused: MemoryError",
        ),
        (
            ImportError(f"a.so: {UNMAPPED}"),
            1,
            "this process must get the memory that it asks for, but the system refused:",
        ),
        (KeyboardInterrupt(), INTERRUPTED, "interrupted; the same command (without --new) goes on"),
    ],
)
def test_each_fault_is_one_message_and_its_status(
    capsys: Captured, error: BaseException, status: int, message: str
) -> None:
    with pytest.raises(typer.Exit) as caught, reported():
        raise error
    assert caught.value.exit_code == status
    assert caught.value.__cause__ is error
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"sweep: {message}")
    assert err.count("\n") == 1


def test_memory_that_a_limit_refuses_is_for_the_user_to_lift(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (2 * 10**9, resource.RLIM_INFINITY))
    with pytest.raises(typer.Exit) as caught, reported():
        raise MemoryError
    assert caught.value.exit_code == 2
    assert "`ulimit -v` allows 2.0 GB: lift it with `ulimit -v unlimited`" in capsys.readouterr().err


def test_130_is_what_a_shell_gives_a_program_that_ctrl_c_ended() -> None:
    assert INTERRUPTED == 128 + 2


@pytest.mark.parametrize("error", [ValueError("a fault of the program"), ImportError("no such module"), typer.Exit(7)])
def test_what_is_no_fault_of_the_user_or_the_machine_is_not_swallowed(capsys: Captured, error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, reported():
        raise error
    assert caught.value is error
    assert capsys.readouterr() == ("", "")


def test_a_pipe_that_nobody_reads_any_more_ends_the_command_as_an_interrupt(capsys: Captured) -> None:
    with pytest.raises(typer.Exit) as caught, reported():
        raise BrokenPipeError
    assert caught.value.exit_code == INTERRUPTED
    assert capsys.readouterr().err == "sweep: nobody reads the output any more; what was finished is kept\n"


def test_a_command_that_ends_well_says_nothing(capsys: Captured) -> None:
    with reported():
        pass
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("argv", "again"),
    [
        (["/x/sweep/__main__.py", "run", "a.py"], "python -m sweep run a.py"),
        (["/bin/sweep", "run", "a b.py", "--new"], "sweep run 'a b.py'"),
        (["/bin/sweep", "run", "x\x1b[2J.py"], r"sweep run 'x\x1b[2J.py'"),
    ],
)
def test_a_stopped_command_says_what_to_type_without_starting_afresh(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured, argv: list[str], again: str
) -> None:
    monkeypatch.setattr(sys, "argv", argv)
    print_stopped("3 of 8 trials are finished and kept")
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"stopped: 3 of 8 trials are finished and kept. To go on, type:\n    {again}\n"
