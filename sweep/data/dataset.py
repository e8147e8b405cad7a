"""Images and labels: the arrays a study trains on, checked, split and named by their content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sweep.errors import InputError, describe

EXACT = 2**24
"""Up to here, either way, float32 has every whole number."""
KEYS = ("x_train", "y_train", "x_test", "y_test")
MNIST_SHA256 = "ceda791d3e53beaf95f8e213c414aa4d975006504eff93f785d685ecea3e892c"
VALIDATION_SHARE = 6  # one in six, as the last 10,000 of MNIST's 60,000
SPLIT_SEED = 0


@dataclass(frozen=True, eq=False)
class TrainingData:
    """The examples that a search may see: one part to train on, one part to validate on. It has no test arrays.

    Args:
        x_train: training inputs, shape (n, ...), uint8 (0-255) or float32.
        y_train: training labels, shape (n,), int32, 0 to classes - 1.
        x_val: validation inputs, shape (m, ...), dtype as `x_train`; m is 0 if none are held out.
        y_val: validation labels, shape (m,), int32.
        classes: number of labels.
    """

    x_train: NDArray[Any]
    y_train: NDArray[np.int32]
    x_val: NDArray[Any]
    y_val: NDArray[np.int32]
    classes: int


@dataclass(frozen=True, eq=False)
class TestData:
    """The examples that a completed trial is measured on, once.

    Args:
        x: test inputs, shape (n, ...), uint8 (0-255) or float32.
        y: test labels, shape (n,), int32.
    """

    __test__ = False  # not a pytest class

    x: NDArray[Any]
    y: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set: four checked arrays, a name and a hash. Build it with `checked`.

    Args:
        name: what the leaderboard calls the data set.
        x_train: training inputs, shape (n, height, width, channels) for images, uint8 (0-255) or float32.
        y_train: training labels, shape (n,), int32.
        x_test: test inputs, shape (m, height, width, channels) for images, dtype as `x_train`.
        y_test: test labels, shape (m,), int32.
        sha256: hash of the four arrays' dtypes, shapes and bytes, whatever file or function they came from.
    """

    name: str
    x_train: NDArray[Any] = field(repr=False)
    y_train: NDArray[np.int32] = field(repr=False)
    x_test: NDArray[Any] = field(repr=False)
    y_test: NDArray[np.int32] = field(repr=False)
    sha256: str

    @property
    def classes(self) -> int:
        """Number of labels: the largest training label plus one."""
        return int(self.y_train.max()) + 1

    @property
    def held_out(self) -> int:
        """Number of training examples held out for validation: one in six, at least one."""
        return max(1, len(self.y_train) // VALIDATION_SHARE)

    def training(self) -> TrainingData:
        """The training part, its last sixth held out for validation.

        The examples stay in their order, unless that leaves a class out of either part (sorted labels do): then
        they are shuffled first, with a fixed seed.
        """
        x, y = self.x_train, self.y_train
        cut = len(y) - self.held_out
        if set(y[:cut].tolist()) != set(y[cut:].tolist()):
            order = np.random.default_rng(SPLIT_SEED).permutation(len(y))
            x, y = x[order], y[order]
        return TrainingData(x[:cut], y[:cut], x[cut:], y[cut:], self.classes)

    def whole(self) -> TrainingData:
        """All training examples, none held out for validation: for confirming runs, which choose nothing."""
        return TrainingData(self.x_train, self.y_train, self.x_train[:0], self.y_train[:0], self.classes)

    def test(self) -> TestData:
        """The test examples."""
        return TestData(self.x_test, self.y_test)


def checked(name: str, arrays: dict[str, Any], source: str) -> Dataset:
    """Check four arrays and make a `Dataset` of them.

    Args:
        name: what the leaderboard calls the data set; the real MNIST is recognised and always called "mnist".
        arrays: the arrays x_train, y_train, x_test and y_test by their names.
        source: where the arrays came from, for error messages.

    Raises:
        InputError: if an array is missing, or its shape, dtype, labels or numbers can't be used.
    """
    missing = [key for key in KEYS if key not in arrays]
    if missing:
        raise InputError(f"{source} must have {', '.join(KEYS)}, but {', '.join(missing)} is missing")
    x_train, x_test = (_inputs(arrays[key], f"{key} in {source}") for key in ("x_train", "x_test"))
    y_train, y_test = (_labels(arrays[key], f"{key} in {source}") for key in ("y_train", "y_test"))
    for part, x, y in (("train", x_train, y_train), ("test", x_test, y_test)):
        if len(x) != len(y):
            raise InputError(
                f"{source} must have as many labels as inputs, but x_{part} has {len(x)} and y_{part} {len(y)}"
            )
    if x_train.shape[1:] != x_test.shape[1:] or x_train.dtype != x_test.dtype:
        raise InputError(
            f"x_train and x_test in {source} must be alike, "
            f"but got {_shape(x_train)} {x_train.dtype} and {_shape(x_test)} {x_test.dtype}"
        )
    if len(np.unique(y_train)) < 2:
        raise InputError(f"y_train in {source} must have at least two classes, but all labels are {y_train[0]}")
    if y_train.min() > 0:
        raise InputError(
            f"labels in y_train of {source} must begin with 0, but they are {y_train.min()} to {y_train.max()}; "
            f"subtract {y_train.min()} from all labels"
        )
    labels = np.unique(y_train)
    if 2 * len(labels) < labels[-1] + 1:
        raise InputError(
            f"labels in y_train of {source} must be 0 to classes - 1, but only {len(labels)} of 0 to {labels[-1]} "
            "occur; number them anew over both parts: numpy.unique(y, return_inverse=True)[1]"
        )
    unknown = sorted(set(y_test.tolist()) - set(y_train.tolist()))
    if unknown:
        raise InputError(
            f"labels in y_test of {source} must occur in y_train, but {', '.join(map(str, unknown[:5]))} "
            f"{'does' if len(unknown) == 1 else 'do'} not; split the examples so that each class is in both"
        )
    sha256 = _digest(_with_channels(x_train), y_train, _with_channels(x_test), y_test)
    return Dataset("mnist" if sha256 == MNIST_SHA256 else name, x_train, y_train, x_test, y_test, sha256)


def _inputs(value: Any, where: str) -> NDArray[Any]:
    array = _array(value, where)
    if array.ndim < 2:
        raise InputError(f"{where} must have shape (n, ...), but got {_shape(array)}")
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
    with np.errstate(over="ignore"):  # too large for float32 becomes infinite, which is refused below
        numbers = array.astype(np.float32)
    if not np.isfinite(numbers).all():
        raise InputError(f"{where} must be finite, but it has NaN or infinite values")
    return numbers


def is_pixels(array: NDArray[Any]) -> bool:
    """Whether inputs are pixels, which models get as 0-1: uint8, (n, height, width), or with 1, 3 or 4 channels."""
    return array.dtype == np.uint8 and (array.ndim == 3 or (array.ndim == 4 and array.shape[3] in (1, 3, 4)))


def _labels(value: Any, where: str) -> NDArray[np.int32]:
    array = _array(value, where)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        remedy = "; if they are one-hot: y.argmax(-1)" if array.ndim == 2 else ""
        raise InputError(f"{where} must have shape (n,), but got {_shape(array)}{remedy}")
    if array.dtype.kind not in "iu":
        raise InputError(f"{where} must hold whole numbers, but its dtype is {array.dtype}; if they are: y.astype(int)")
    low, high = int(array.min()), int(array.max())
    if low < 0 or high > 100_000:
        raise InputError(f"{where} must hold labels from 0 to classes - 1, but got {low} to {high}")
    return array.astype(np.int32)


def _array(value: Any, where: str) -> NDArray[Any]:
    try:
        array: NDArray[Any] = np.asarray(value)
    except Exception as error:
        raise InputError(f"{where} must be a plain array, but it can't be made one: {describe(error)}") from error
    if array.dtype.hasobject:
        raise InputError(f"{where} must be a plain array, but it holds Python objects")
    if array.size == 0 or (array.ndim and len(array) < 2):
        raise InputError(f"{where} must not be empty (2 rows at least), but its shape is {_shape(array)}")
    return array


def _shape(array: NDArray[Any]) -> str:
    return str(tuple(array.shape))


def _with_channels(x: NDArray[Any]) -> NDArray[Any]:
    """Inputs as they are named by: grey images were kept with one channel before, and keep their name."""
    return x[..., np.newaxis] if x.ndim == 3 else x


def _digest(*arrays: NDArray[Any]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
