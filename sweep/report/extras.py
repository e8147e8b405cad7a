"""Modules that need a package which only an extra installs."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from sweep.errors import InputError


def module_of_extra(module: str, extra: str, asked: str) -> Any:
    """A module of this package that imports what an extra installs.

    Args:
        module: its dotted name.
        extra: name of the extra.
        asked: what the user typed that needs it.

    Raises:
        InputError: if the extra is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "sweep":
            raise
        raise InputError(
            f"{asked} needs a package that must be installed, but there is no {error.name}; "
            f"do `pip install 'keras-sweep[{extra}]'`"
        ) from error
