"""How a command ends: every expected error becomes one message and an exit status, never a traceback."""

from __future__ import annotations

import errno
import os
import resource
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import typer

from sweep.errors import InputError, SweepError, describe, is_full
from sweep.sanitize import one_line

INTERRUPTED = 130
"""The exit status of a command that the user stopped."""

UNMAPPED = "failed to map segment from shared object"
"""What the system says of a library that does not fit into the memory that a process may have."""


@contextmanager
def reported() -> Iterator[None]:
    """Turn what a command raises in this context into one message on standard error and an exit status."""
    try:
        yield
    except SweepError as error:
        _end(one_line(error), error.exit_code, error)
    except BrokenPipeError as error:
        # Nothing can be printed any more, at the interpreter's end neither.
        with suppress(OSError, ValueError):  # a stream that is no file, as in tests
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _end("nobody reads the output any more; what was finished is kept", INTERRUPTED, error)
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            _end(f"a path is too long: {one_line(error)}", InputError.exit_code, error)
        if is_full(error):
            _end(
                f"the disk must have room for the results, but it is full: {one_line(error)}. "
                "Make room, then type the same command again (without --new); what was finished is kept",
                SweepError.exit_code,
                error,
            )
        _end(
            f"the system refused: {one_line(error)}. What was finished is kept in the ledger",
            SweepError.exit_code,
            error,
        )
    except (MemoryError, ImportError) as error:
        if isinstance(error, ImportError) and UNMAPPED not in str(error):
            raise
        _end_out_of_memory(error)
    except KeyboardInterrupt as error:
        _end("interrupted; the same command (without --new) goes on", INTERRUPTED, error)


def _end_out_of_memory(error: BaseException) -> None:
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    remedy, status = "End what else uses memory here", SweepError.exit_code
    if limit != resource.RLIM_INFINITY:
        remedy = f"`ulimit -v` allows {limit / 10**9:.1f} GB: lift it with `ulimit -v unlimited`"
        status = InputError.exit_code
    _end(
        f"this process must get the memory that it asks for, but the system refused: {describe(error)}. {remedy}, and "
        "type the same command again (without --new); what was finished is kept",
        status,
        error,
    )


def print_stopped(kept: str) -> None:
    """Print on standard error that the user stopped a command, what is kept, and how to go on.

    Args:
        kept: what is finished and kept, as a sentence.
    """
    print(f"stopped: {kept}. To go on, type:", file=sys.stderr)
    print(f"    {_command()}", file=sys.stderr)


def _end(message: str, status: int, error: BaseException) -> None:
    with suppress(OSError):  # standard error may be closed too
        print(f"sweep: {message}", file=sys.stderr)
    raise typer.Exit(status) from error


def _command() -> str:
    program = "python -m sweep" if sys.argv[0].endswith("__main__.py") else "sweep"
    again = [word for word in sys.argv[1:] if word != "--new"]  # it would start afresh once more
    return one_line(f"{program} {shlex.join(again)}")
