"""What must hold of the arrays of one part, and of the parts of one data set together."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sweep.data.arrays import is_nested, tree_of
from sweep.data.parts import Part, Tree, in_chunks, is_pixels, leaves
from sweep.errors import InputError

EXACT = 2**24
"""Up to here, either way, float32 has every whole number."""
MOST_LABELS = 100_000
INT32 = np.iinfo(np.int32)
IF_NUMBERS = "if they are numbers to predict, not classes: y.astype('float32')"


def checked_part(x: Any, y: Any, weight: Any, kind: str, source: str) -> Part:
    """A part of what a user gave.

    Args:
        x: inputs: an array, a table or a list of numbers, or a nested dict, tuple or list of such.
        y: labels or targets, alike. One array of whole numbers, or of true and false, of shape (n,) or (n, 1) is class
            labels; everything else is targets.
        weight: weight of each example: one array of shape (n,), or one for each array of `y`; None for no weights.
        kind: "train", "val" or "test".
        source: where they came from, for messages.

    Raises:
        InputError: if an array's shape, dtype or numbers can't be used, or the arrays differ in their lengths.
    """
    inputs = tree_of(x, f"x_{kind}", source, _input_of_several if is_nested(x) else _input)
    targets = tree_of(y, f"y_{kind}", source, _target if is_nested(y) else _labels_or_target)
    weights = None if weight is None else tree_of(weight, f"sample_weight_{kind}", source, _weight)
    part = Part(inputs, targets, weights)
    if isinstance(weights, dict | tuple) and leaves(weights).keys() != leaves(targets).keys():
        raise InputError(
            f"sample_weight_{kind} in {source} must be one array or have the structure of y_{kind}, "
            f"but it has {_structure(weights)}, and y_{kind} has {_structure(targets)}"
        )
    _refuse_other_lengths(part, kind, source)
    return part


def _input(array: NDArray[Any], where: str) -> NDArray[Any]:
    if array.ndim == 1:
        raise InputError(
            f"{where} must have shape (n, ...), but got {_shape(array)}; if each example has one number: x[:, None]"
        )
    return _input_of_several(array, where)


def _input_of_several(array: NDArray[Any], where: str) -> NDArray[Any]:
    if array.ndim == 0:
        raise InputError(f"{where} must have shape (n, ...), but got ()")
    if is_pixels(array):
        return array
    if array.dtype.kind not in "fiub":
        raise InputError(f"{where} must hold numbers, but its dtype is {array.dtype}")
    if array.dtype.kind in "iu" and not -EXACT <= int(array.min()) <= int(array.max()) <= EXACT:
        raise InputError(
            f"{where} must hold whole numbers from {-EXACT:,} to {EXACT:,}, as float32 rounds others, but got "
            f"{array.min():,} to {array.max():,}; scale them, subtract their least value, or give them as float32 if "
            "rounding does no harm"
        )
    return _finite(array, where)


def _labels_or_target(array: NDArray[Any], where: str) -> NDArray[Any]:
    column = array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
    if column.ndim != 1 or array.dtype.kind not in "iub":
        return _target(array, where)
    low, high = int(column.min()), int(column.max())
    if low < 0 or high > MOST_LABELS:
        raise InputError(f"{where} must hold labels from 0 to classes - 1, but got {low} to {high}; {IF_NUMBERS}")
    return column.astype(np.int32, copy=False)


def _target(array: NDArray[Any], where: str) -> NDArray[Any]:
    if array.ndim == 0:
        raise InputError(f"{where} must have shape (n,), but got ()")
    if array.dtype.kind == "f":
        return _finite(array, where)
    if array.dtype.kind not in "iub":
        raise InputError(
            f"{where} must hold whole numbers for classes, or floats for numbers to predict, but its dtype is "
            f"{array.dtype}; number classes by numpy.unique(y, return_inverse=True)[1]"
        )
    low, high = int(array.min()), int(array.max())
    if low < INT32.min or high > INT32.max:
        raise InputError(
            f"{where} must hold whole numbers from {INT32.min:,} to {INT32.max:,}, but got {low:,} to {high:,}; "
            "give them as float32 if rounding does no harm"
        )
    return array.astype(np.int32, copy=False)


def _weight(array: NDArray[Any], where: str) -> NDArray[Any]:
    column = array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
    if column.ndim != 1:
        raise InputError(f"{where} must have shape (n,), a weight for each example, but got {_shape(array)}")
    if column.dtype.kind not in "fiub":
        raise InputError(f"{where} must hold numbers, but its dtype is {array.dtype}")
    weights = _finite(column, where)
    if weights.min() < 0 or not weights.any():
        raise InputError(
            f"{where} must be 0 or more, and not all 0, but got {weights.min():g} to {weights.max():g}; "
            "leave out examples that are not to count"
        )
    return weights


def _finite(array: NDArray[Any], where: str) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):  # too large for float32 becomes infinite, which is refused below
        numbers = array.astype(np.float32, copy=False)
    if not all(np.isfinite(rows).all() for rows in in_chunks(numbers)):
        raise InputError(
            f"{where} must be finite, but it has NaN or infinite values{_not_finite(numbers)}; leave these examples "
            "out, fill them, as by numpy.nan_to_num, or scale what is too large for float32"
        )
    return numbers


def _not_finite(numbers: NDArray[np.float32]) -> str:
    """In how many examples, and in which columns of a table, numbers are not finite."""
    wrong = [~np.isfinite(rows.reshape(len(rows), -1)) for rows in in_chunks(numbers)]
    examples = sum(int(rows.any(axis=1).sum()) for rows in wrong)
    text = f" in {examples:,} of {len(numbers):,} examples"
    if numbers.ndim != 2:
        return text
    columns = np.flatnonzero(np.any([rows.any(axis=0) for rows in wrong], axis=0)).tolist()
    more = f" and {len(columns) - 5} more" if len(columns) > 5 else ""
    return f"{text}, in column {', '.join(map(str, columns[:5]))}{more}, counted from 0"


def _refuse_other_lengths(part: Part, kind: str, source: str) -> None:
    (first, inputs), *others = part.leaves(kind).items()
    targets = "targets" if part.labels is None else "labels"
    for name, array in others:
        if len(array) == len(inputs):
            continue
        what = (
            "rows in each input"
            if name.startswith("x_")
            else f"{targets if name.startswith('y_') else 'weights'} as inputs"
        )
        stack = isinstance(part.x, tuple) and len(part.x) in (len(array), len(part))
        raise InputError(
            f"{source} must have as many {what}, but {first} has {len(inputs)} and {name} {len(array)}"
            + (f"; if x_{kind} has one array for each example: numpy.stack(x_{kind})" if stack else "")
        )


def refuse_unlike(train: Part, other: Part, kind: str, source: str) -> None:
    """Refuse a part that differs from the training part in more than its number of examples and its weights.

    Args:
        train: the training part.
        other: another part.
        kind: "val" or "test".
        source: where they came from, for messages.

    Raises:
        InputError: if they differ in their structure, or in an array's shape behind the rows, or its dtype.
    """
    pairs = [("x", train.x, other.x), ("y", train.y, other.y)]
    if train.weight is not None and other.weight is not None:
        pairs.append(("sample_weight", train.weight, other.weight))
    for name, ours, theirs in pairs:
        ours_by_path, theirs_by_path = leaves(ours), leaves(theirs)
        if ours_by_path.keys() != theirs_by_path.keys():
            raise InputError(
                f"{name}_train and {name}_{kind} in {source} must have the same structure, "
                f"but got {_structure(ours)} and {_structure(theirs)}"
            )
        for path, array in ours_by_path.items():
            _refuse_other_shape(array, theirs_by_path[path], (f"{name}_train{path}", f"{name}_{kind}{path}"), source)


def _refuse_other_shape(ours: NDArray[Any], theirs: NDArray[Any], names: tuple[str, str], source: str) -> None:
    if ours.shape[1:] == theirs.shape[1:] and ours.dtype == theirs.dtype:
        return
    classes_or_numbers = names[0] == "y_train" and {ours.dtype.kind, theirs.dtype.kind} == {"i", "f"}
    raise InputError(
        f"{names[0]} and {names[1]} in {source} must be alike, "
        f"but got {_shape(ours)} {ours.dtype} and {_shape(theirs)} {theirs.dtype}"
        + ("; give both as whole numbers if they are classes, else both as floats" if classes_or_numbers else "")
    )


def refuse_labels(train: NDArray[np.int32], others: dict[str, NDArray[np.int32]], source: str) -> None:
    """Refuse labels that are not numbered from 0 to classes - 1, or that do not occur in the training part.

    Args:
        train: the labels of the training part.
        others: the labels of the other parts, by "val" and "test".
        source: where they came from, for messages.

    Raises:
        InputError: if they can't be used.
    """
    labels = np.unique(train)
    if len(labels) < 2:
        raise InputError(f"y_train in {source} must have at least two classes, but all labels are {labels[0]}")
    if labels[0] > 0:
        raise InputError(
            f"labels in y_train of {source} must begin with 0, but they are {labels[0]} to {labels[-1]}; "
            f"subtract {labels[0]} from all labels, or {IF_NUMBERS}"
        )
    if 2 * len(labels) < labels[-1] + 1:
        raise InputError(
            f"labels in y_train of {source} must be 0 to classes - 1, but only {len(labels)} of 0 to {labels[-1]} "
            "occur; number them anew over all parts: numpy.unique(y, return_inverse=True)[1], "
            f"or {IF_NUMBERS}"
        )
    for kind, other in others.items():
        unknown = np.setdiff1d(other, labels)
        if len(unknown):
            raise InputError(
                f"labels in y_{kind} of {source} must occur in y_train, but {', '.join(map(str, unknown[:5]))} "
                f"{'does' if len(unknown) == 1 else 'do'} not; split the examples so that each class is in both, "
                f"or {IF_NUMBERS}"
            )


def _structure(tree: Tree) -> str:
    """The paths of a tree's arrays, in words."""
    paths = list(leaves(tree))
    if paths == [""]:
        return "one array"
    return ", ".join(paths[:5]) + (f" and {len(paths) - 5} more" if len(paths) > 5 else "")


def _shape(array: NDArray[Any]) -> str:
    return str(tuple(array.shape))
