"""What users give as data, made arrays: arrays, tables and lists, alone or in nested dicts, tuples and lists."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sweep.data.parts import Tree
from sweep.errors import InputError, describe

ENCODE = "encode them as numbers, by pandas.get_dummies, .astype('category').cat.codes or .astype('float32')"
"""What to do with a column that holds no numbers."""

Leaf = Callable[[NDArray[Any], str], NDArray[Any]]
"""Checks and converts one array; its second argument says where the array is, for messages."""


def tree_of(value: Any, name: str, source: str, leaf: Leaf) -> Tree:
    """The tree of arrays that a user means.

    Args:
        value: an array, a table or a list of numbers; or a dict, a tuple or a list of such (see `is_nested`).
        name: what it is called, such as "x_train"; arrays inside are called by their paths, such as x_train["left"].
        source: where it came from, for messages.
        leaf: what is made of each array.

    Raises:
        InputError: if a dict is empty or has keys that are no texts, or something can't be made an array.
    """
    if not is_nested(value):
        return leaf(array_of(value, f"{name} in {source}"), f"{name} in {source}")
    if not isinstance(value, Mapping):
        return tuple(tree_of(item, f"{name}[{index}]", source, leaf) for index, item in enumerate(value))
    try:
        branches = dict(value)
    except Exception as error:  # an .npz that is damaged, or a mapping of the user's own
        raise InputError(f"{name} in {source} must be arrays, but it can't be read: {describe(error)}") from error
    if not branches:
        raise InputError(f"{name} in {source} must have arrays, but it is an empty dict")
    for key in branches:
        if not isinstance(key, str):
            raise InputError(
                f"{name} in {source} must have texts for keys, as inputs of a model have, but got {key!r}; "
                "give a tuple of arrays for inputs without names"
            )
    return {
        str(key): tree_of(item, f"{name}[{json.dumps(key, ensure_ascii=False)}]", source, leaf)
        for key, item in branches.items()
    }


def is_nested(value: Any) -> bool:
    """Whether a value means several arrays instead of one.

    A dict always does. A tuple does, unless it holds nothing but single numbers. A list does if it holds arrays,
    tables or dicts; a list of numbers, or of lists of numbers, is one array, as numpy makes of it.
    """
    if isinstance(value, tuple):
        return any(isinstance(item, list | tuple | Mapping) or _is_array(item) for item in value)
    return isinstance(value, Mapping) or (isinstance(value, list) and _holds_arrays(value))


def _holds_arrays(values: list[Any] | tuple[Any, ...]) -> bool:
    if any(isinstance(item, Mapping) or _is_array(item) for item in values):
        return True
    return bool(values) and isinstance(values[0], list | tuple) and _holds_arrays(values[0])


def _is_array(value: Any) -> bool:
    """Whether a value is an array or a table of any library, and no single number."""
    return hasattr(value, "__array__") and len(getattr(value, "shape", ())) > 0


def array_of(value: Any, where: str) -> NDArray[Any]:
    """One array of what a user gave, of two rows or more if it has rows.

    Args:
        value: an array, a list of numbers, or a table or a column of pandas, whose index does not count.
        where: what it is called, and where it came from, for messages.

    Raises:
        InputError: if no array can be made of it, it has columns that hold no numbers, or it is empty.
    """
    try:
        array = _of_table(value, where) if _is_table(value) else np.asarray(value)
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"{where} must be a plain array, but it can't be made one: {describe(error)}") from error
    if np.ma.isMaskedArray(value):
        raise InputError(f"{where} must be a plain array, but it is a masked one; fill it by its method filled")
    if array.dtype.hasobject:
        raise InputError(f"{where} must be a plain array, but it holds Python objects; {ENCODE}")
    if array.size == 0 or (array.ndim and len(array) < 2):
        raise InputError(f"{where} must not be empty (2 rows at least), but its shape is {tuple(array.shape)}")
    return array


def _is_table(value: Any) -> bool:
    return all(hasattr(value, name) for name in ("__array__", "columns", "dtypes", "iloc"))


def _of_table(table: Any, where: str) -> NDArray[Any]:
    array: NDArray[Any] = np.asarray(table)
    if not array.dtype.hasobject and array.dtype.kind in "biuf":
        return array
    columns = [np.asarray(table.iloc[:, index]) for index in range(len(table.columns))]
    for name, column in zip(table.columns, columns, strict=True):
        if column.dtype.kind not in "biuf":
            kind = "objects" if column.dtype.hasobject else column.dtype
            raise InputError(f"{where} must hold numbers, but its column {name!r} holds {kind}; {ENCODE}")
    return np.column_stack(columns)  # numpy makes objects of numbers beside true and false
