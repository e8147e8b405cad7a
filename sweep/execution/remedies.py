"""Errors in the words of who calls from Python: messages name flags, as they are typed, and a call has keywords."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields

from sweep.errors import SweepError
from sweep.execution.options import ConfirmOptions, RunOptions

FLAG = re.compile(r"--([a-z]+(?:-[a-z]+)*)(?: ([A-Z][A-Z_]*\b|\d+))?")
OF_EXPORT = {"--out": "path", "--force": "force=True"}


@contextmanager
def remedies_as_keywords() -> Iterator[None]:
    """Errors that leave this context name keywords; it serves as a decorator, too."""
    try:
        yield
    except SweepError as error:
        error.args = (as_keywords(str(error)),)
        raise


def as_keywords(message: str) -> str:
    """A message with the flags of `run`, `confirm` and `export` as keywords, such as `new=True` for `--new`.

    Args:
        message: what an error says.
    """
    keywords = _keywords()

    def keyword(flag: re.Match[str]) -> str:
        name, value = keywords.get(f"--{flag[1]}"), flag[2]
        if name is None:
            return flag[0]
        return name if value is None else f"{name}={value}" if value.isdigit() else f"{name}={value!r}"

    return FLAG.sub(keyword, message)


def _keywords() -> dict[str, str]:
    """What stands in a call for each flag."""
    keywords = dict(OF_EXPORT)
    for item in (*fields(RunOptions), *fields(ConfirmOptions)):
        switches = (item.metadata["name"] or f"--{item.name.replace('_', '-')}").split("/")
        if not isinstance(item.default, bool):
            keywords[switches[0]] = item.name
            continue
        for switch in switches:
            keywords[switch] = f"{item.name}={not switch.startswith('--no-')}"
    return keywords
