"""What a parameter's value may be, and how a tuple or a list is kept where only plain values can be."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

import numpy as np

from sweep.errors import InputError
from sweep.space.sweep import Params

PLAIN = (str, int, float, bool, type(None))
"""The types of params, and no types made from these: the ledger would not tell them apart."""
KINDS = "str, number, bool or None, or tuples and lists of these"
"""What params may be, in words."""
TUPLE = "tuple"
"""The only key of the JSON object that stands for a tuple in the journal, as JSON has lists alone."""


def plain(value: Any) -> Any:
    """A value with numpy's scalars as Python's own, also within tuples and lists, which are made anew."""
    if isinstance(value, np.generic):
        return value.item()
    if type(value) in (tuple, list):
        return type(value)(map(plain, value))
    return value


def refuse_enum(name: str, value: Any) -> None:
    """Refuse a member of an enum, also of one whose members are texts.

    Raises:
        InputError: if the value of a parameter is one.
    """
    if isinstance(value, Enum):
        raise InputError(
            f"params must be {KINDS}, but {name} is {value!r}, a member of an enum, which the ledger "
            f"can't tell from its value; suggest {value.value!r}, and make the member of it in the model function"
        )


def leaves(value: Any) -> list[Any]:
    """What a value is made of: itself, or what is in a tuple or a list."""
    return [leaf for item in value for leaf in leaves(item)] if type(value) in (tuple, list) else [value]


def as_choice(value: Any) -> Any:
    """What stands for a value among Optuna's choices: a tuple or a list as Python writes it, all else as it is.

    Optuna's journal would give a tuple back as a list, which is then none of the choices.
    """
    return repr(value) if type(value) in (tuple, list) else value


def as_json(value: Any) -> Any:
    """A value, or a dict of params, as the journal keeps it, from which `from_json` makes it again."""
    if isinstance(value, Mapping):
        return {name: as_json(item) for name, item in value.items()}
    if isinstance(value, tuple):
        return {TUPLE: [as_json(item) for item in value]}
    return [as_json(item) for item in value] if isinstance(value, list) else value


def from_json(value: Any) -> Any:
    """The value that `as_json` made JSON of."""
    if isinstance(value, list):
        return [from_json(item) for item in value]
    if isinstance(value, dict) and list(value) == [TUPLE]:
        return tuple(from_json(item) for item in value[TUPLE])
    return value


def params_from_json(params: Any) -> Params:
    """The params that `as_json` made JSON of; what is no dict is left for the schema to refuse."""
    return {name: from_json(value) for name, value in params.items()} if isinstance(params, dict) else params
