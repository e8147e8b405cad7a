"""Where data comes from: MNIST, scikit-learn's digits, an `.npz` file, or a user's function."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sweep.data.dataset import KEYS, OPTIONAL, Dataset, checked, checked_streams
from sweep.data.streams import counted_parts, is_stream
from sweep.errors import InputError, describe

DOWNLOAD_TIMEOUT_SECONDS = 120
FALLBACK_NAME = "digits (no mnist)"
RETURNS = (
    "(x_train, y_train), (x_test, y_test), with (x_val, y_val) between them if it has a validation part, and "
    "sample_weight as a third in each that has weights"
)
"""What a data function returns."""
STREAMS = ("train", "val", "test")
"""The kinds of the datasets that a data function returns, if they come in batches."""


def resolve(data: str | Callable[[], Any], choice: str, environ: Mapping[str, str] | None = None) -> Dataset:
    """Load the one data set of a study. Only the driver calls this; workers are sent the arrays.

    Args:
        data: what the search-space file names: one of `NAMED`, the path of an `.npz` file, or a function.
        choice: value of the flag `--data`: "auto" for what the search-space file names, else one of `NAMED` or a path.
        environ: variables among which `SWEEP_DATA`, `KERAS_HOME` and `HOME` are looked up. Default: `os.environ`.

    Raises:
        InputError: if the data is not available or is broken. Only where `choice` is "auto" and MNIST can't be
            downloaded are digits taken instead.
    """
    wanted = data if choice == "auto" else choice
    if callable(wanted):
        return _from_function(wanted)
    if wanted not in NAMED:
        return read_npz(Path(wanted))
    try:
        return NAMED[wanted](os.environ if environ is None else environ)
    except _NoMnist:
        if choice != "auto":
            raise
        return digits(FALLBACK_NAME)


class _NoMnist(InputError):
    """MNIST is not here and could not be downloaded."""


def mnist(environ: Mapping[str, str]) -> Dataset:
    """MNIST: 60,000 images of handwritten digits to train on, 10,000 to test on.

    Args:
        environ: variables among which `SWEEP_DATA`, `KERAS_HOME` and `HOME` are looked up.

    Raises:
        InputError: if it can't be had.
    """
    path = mnist_path(environ)
    if path is None:
        raise _NoMnist(
            "MNIST is not on this machine and could not be downloaded; "
            "give its file with --data PATH/mnist.npz or SWEEP_DATA=PATH/mnist.npz, or use --data digits"
        )
    if not path.is_file():
        raise InputError(f"SWEEP_DATA must be the path of MNIST's .npz file, but there is no file {path}")
    return read_npz(path)


def mnist_path(environ: Mapping[str, str]) -> Path | None:
    """The path of MNIST's file: `$SWEEP_DATA`, else Keras's cache, else Keras's download; None if that fails.

    Args:
        environ: variables among which `SWEEP_DATA`, `KERAS_HOME` and `HOME` are looked up.
    """
    path = mnist_place(environ)
    if not environ.get("SWEEP_DATA") and not path.is_file():
        _download(environ)
        return path if path.is_file() else None
    return path


def mnist_place(environ: Mapping[str, str]) -> Path:
    """Where MNIST's file is if it is on this machine: `$SWEEP_DATA`, else in Keras's cache.

    Args:
        environ: variables among which `SWEEP_DATA`, `KERAS_HOME` and `HOME` are looked up.
    """
    if environ.get("SWEEP_DATA"):
        return Path(environ["SWEEP_DATA"])
    home = Path(environ.get("KERAS_HOME") or Path(environ.get("HOME", "~")).expanduser() / ".keras")
    return home / "datasets" / "mnist.npz"


def _download(environ: Mapping[str, str]) -> None:
    # In a process of its own: importing Keras costs seconds, and its backend must not be settled in the driver. The
    # backend "numpy" would be quicker, but needs JAX.
    code = "import socket; socket.setdefaulttimeout(20); import keras; keras.datasets.mnist.load_data()"
    command = [sys.executable, "-c", code]
    inherited = {**environ, "KERAS_BACKEND": "tensorflow"}
    try:
        subprocess.run(command, env=inherited, timeout=DOWNLOAD_TIMEOUT_SECONDS, check=False, capture_output=True)
    except subprocess.TimeoutExpired:
        return  # no file: the caller says what to do


def read_npz(path: Path) -> Dataset:
    """Read x_train, y_train, x_test and y_test, and what it has of x_val, y_val and weights, from an `.npz` file.

    Nothing in it is unpickled.

    Raises:
        InputError: if the file is missing or broken, or its arrays can't be used.
    """
    if not os.path.isfile(path):  # Path.is_file raises on some texts that are no path
        names = ", ".join(NAMED)
        raise InputError(f"data must be {names} or the path of an .npz file, but there is no file {path}")
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            _refuse_bomb(file.zip)
            arrays = {key: file[key] for key in (*KEYS, *OPTIONAL) if key in file}
    except Exception as error:  # numpy and zipfile raise some fifteen kinds on a damaged file
        raise InputError(f"{path} must be an .npz of plain arrays, but it can't be read: {describe(error)}") from error
    return checked(path.stem, arrays, str(path))


def _refuse_bomb(archive: zipfile.ZipFile) -> None:
    names = (*KEYS, *OPTIONAL)
    claimed = sum(member.file_size for member in archive.infolist() if member.filename.removesuffix(".npy") in names)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if claimed > memory:
        raise MemoryError(f"its arrays take {claimed / 1e9:,.1f} GB, but this machine has {memory / 1e9:,.1f} GB")


def digits(name: str) -> Dataset:
    """scikit-learn's 1,797 handwritten 8x8 digits, scaled to 28x28 pixels: 1,500 to train on, 297 to test on.

    Args:
        name: what the leaderboard calls the data set.
    """
    # Postponed: scikit-learn takes half a second, and only this data set needs it.
    from scipy.ndimage import zoom
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    bunch = load_digits()
    images = zoom(bunch.images, (1, 3.5, 3.5), order=1)
    pixels = np.clip(np.rint(images * (255 / 16)), 0, 255).astype(np.uint8)
    x_train, x_test, y_train, y_test = train_test_split(
        pixels, bunch.target, train_size=1500, stratify=bunch.target, random_state=0
    )
    return checked(name, dict(zip(KEYS, (x_train, y_train, x_test, y_test), strict=True)), "scikit-learn's digits")


def _from_function(function: Callable[[], Any]) -> Dataset:
    name, source = _named(function)
    values = parts_of(function)
    if any(map(is_stream, values.values())):
        return checked_streams(name, counted_parts(values, source))
    return checked(name, values, source)


def parts_of(function: Callable[[], Any]) -> dict[str, Any]:
    """What a data function returns: arrays by their names in `KEYS` and `OPTIONAL`, or streams by their kinds.

    Raises:
        InputError: if it is something else, or the function raises an error.
    """
    _, source = _named(function)
    try:
        result = function()
        values = dict(result) if isinstance(result, Mapping) else [result] if is_stream(result) else list(result)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise InputError(f"{source} must return {RETURNS}: {describe(error)}") from error
    if isinstance(values, dict):
        return values
    return _streams(values, source) if any(map(is_stream, values)) else _by_names(values, source)


def _named(function: Callable[[], Any]) -> tuple[str, str]:
    """The name of a data function, and what messages call it."""
    name = str(getattr(function, "__name__", "data"))
    return name, f"the data function {name}"


def _streams(parts: list[Any], source: str) -> dict[str, Any]:
    if len(parts) != len(STREAMS) or not all(map(is_stream, parts)):
        kinds = ", ".join(type(part).__name__ for part in parts)
        raise InputError(
            f"{source} must return three datasets, train, validation, test, as one that comes in batches can't be "
            f"split, but it returned {kinds}"
        )
    return dict(zip(STREAMS, parts, strict=True))


def _by_names(parts: list[Any], source: str) -> dict[str, Any]:
    """The arrays of the parts that a data function returned, by their names in `KEYS` and `OPTIONAL`."""
    if len(parts) not in (2, 3):
        raise InputError(f"{source} must return {RETURNS}, but it returned {len(parts)} values")
    arrays: dict[str, Any] = {}
    for kind, part in zip(("train", "test") if len(parts) == 2 else ("train", "val", "test"), parts, strict=True):
        if not isinstance(part, tuple | list) or len(part) not in (2, 3):
            what = f"{len(part)} values" if isinstance(part, tuple | list) else type(part).__name__
            raise InputError(f"{source} must return {RETURNS}, but in the place of (x_{kind}, y_{kind}) it has {what}")
        arrays |= zip((f"x_{kind}", f"y_{kind}", f"sample_weight_{kind}"), part, strict=False)
    return arrays


NAMED: dict[str, Callable[[Mapping[str, str]], Dataset]] = {
    "mnist": mnist,
    "digits": lambda environ: digits("digits"),
}
"""The data sets that have a name, each with a function of the environment's variables that loads it. A name has no dot
and no slash: what has one is a path."""
