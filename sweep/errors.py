"""What can go wrong, as a person sees it.

SweepError            anything `sweep` reports without a traceback   exit 1
├── InputError        a file, a flag, data or a `ulimit` is wrong    exit 2
├── MachineError      a machine fails the sweep: its disk, its GPU   exit 1
└── SweepFailed       the baseline or every trial failed             exit 3

KeyboardInterrupt
└── Interrupted       the user stopped a run, which was saved        exit 130

Pruned                raised in a user's train function when its trial is to stop; no error
"""

from __future__ import annotations

import errno
import re

from sweep.sanitize import one_line

KERAS_HEADING = re.compile(r"(\w+: )?Exception encountered when calling .*\.$")
"""What Keras puts above the reason for which a layer failed."""
KERAS_ARGUMENTS = "Arguments received by"
"""What it puts below that, above what the layer was called with."""
BOLD = re.compile(r"\x1b\[\d*m")
"""How Keras makes that reason bold on a terminal."""
MAX_REASON_CHARS = 1_000
"""Maximum number of characters of an error in a table or a message."""


class SweepError(Exception):
    """The base of every error that is reported as one message instead of a traceback."""

    exit_code = 1


class InputError(SweepError, ValueError):
    """What the user gave, or a `ulimit`, cannot be used. The message says what must hold, what was got, what to do."""

    exit_code = 2


class MachineError(SweepError):
    """A machine lacks what trials need, or the artifact store is lost. It ends the sweep; no trial is at fault."""


class SweepFailed(SweepError):
    """The sweep ended, but its baseline or every one of its trials failed."""

    exit_code = 3


class Pruned(Exception):
    """Raised by `run.report` in a user's train function when the trial is to stop."""


class Interrupted(KeyboardInterrupt):
    """The user stopped a run. The message says what is finished and kept; the same call goes on."""


def describe(error: BaseException) -> str:
    """An error's type and the line of its message that gives the reason, of at most `MAX_REASON_CHARS` characters.

    That is the first line; or, where that is only a heading of what TensorFlow or Keras raised while they traced or ran
    a model, the last one, or the last that Keras has above the arguments of a layer's call.
    """
    try:
        text = _reason([line.strip() for line in str(error).splitlines() if line.strip()])
    except Exception as raised:  # noqa: BLE001 - an error of the user's own class may fail to give its message
        text = f"(its message raised {type(raised).__name__})"
    name = type(error).__name__
    text = text.removeprefix(f"{name}: ")  # TensorFlow begins the reason with the type where it traced a function
    return one_line(f"{name}: {text}" if text else name, MAX_REASON_CHARS)


def _reason(lines: list[str]) -> str:
    headings = [index for index, line in enumerate(lines[:-1]) if KERAS_HEADING.match(line)]
    if headings:
        below = lines[headings[-1] + 1 :]
        end = next((index for index, line in enumerate(below) if line.startswith(KERAS_ARGUMENTS)), len(below))
        lines = [BOLD.sub("", line) for line in below[:end]]
    if lines and lines[0].endswith(":"):
        lines = [line for line in reversed(lines) if not line.startswith("[[")]  # those name a graph's node
    return lines[0] if lines else ""


def is_full(error: OSError) -> bool:
    """Whether an error means that a disk is full, or that the user's quota on it is used up."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)
