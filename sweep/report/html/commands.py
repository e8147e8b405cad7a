"""Commands as a person types them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

PROGRAM = "python -m sweep"


def typed(command: Sequence[object]) -> str:
    """A command as a person types it, from the arguments of the process, of which the first is the program's path."""
    words = [str(word) for word in command]
    if not words:
        return ""
    path = Path(words[0])
    is_module = path.name == "__main__.py" and path.parent.name == "sweep"
    script = shlex.join(["python", *words[:1]])
    program = PROGRAM if is_module else script if path.suffix == ".py" else path.name or "python"
    return " ".join([program, *map(shlex.quote, words[1:])])
