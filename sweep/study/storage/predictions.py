"""What a completed trial's one evaluation on the test set gave of each example, as a small file: labels or losses."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sweep.errors import InputError, describe
from sweep.study.storage.files import refuse_link

LABELS = "predicted"
LOSSES = "losses"
"""The array of a file of a model that predicts no labels: the loss of each test example."""
RIGHT = "right"
"""The array beside predicted labels that says which of them are right, so that no one needs the data to know."""


def pack(labels: NDArray[np.int32], right: NDArray[np.bool_] | None = None) -> bytes:
    """Predicted labels as the bytes of an uncompressed `.npz` file, in uint8 if that holds them, or larger.

    Args:
        labels: predicted labels, each 0 or more, shape (n,), int32.
        right: which of them are right, shape (n,). Default: not known, the file has the labels alone.
    """
    arrays = {LABELS: labels.astype(np.min_scalar_type(int(labels.max())))}
    if right is not None:
        arrays[RIGHT] = right
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def pack_losses(losses: NDArray[np.float32]) -> bytes:
    """Losses as the bytes of an uncompressed `.npz` file with one array.

    Args:
        losses: loss of each test example, shape (n,), float32.
    """
    buffer = io.BytesIO()
    np.savez(buffer, **{LOSSES: losses.astype(np.float32)})  # type: ignore[arg-type]
    return buffer.getvalue()


def holds_losses(path: Path) -> bool:
    """Whether a file has losses in the place of predicted labels; no if it is missing or damaged."""
    return _holds(path, LOSSES)


def read_losses(path: Path) -> NDArray[np.float64]:
    """Read the losses of the test examples from their file, without pickle.

    Args:
        path: path of the file.

    Returns:
        Array of shape (n,), float64; n is the number of test examples.

    Raises:
        InputError: if the file is missing, damaged or a link, or has what is no finite loss.
    """
    losses = _array(path, LOSSES, "losses")
    if losses.ndim != 1 or losses.dtype != np.float32 or not np.isfinite(losses).all():
        raise InputError(
            f"{path} must hold the loss of each test example, a finite number, "
            f"but got shape {losses.shape} of {losses.dtype}"
        )
    return np.asarray(losses, np.float64)


def read_right(path: Path) -> NDArray[np.bool_] | None:
    """Read from a file of predicted labels which of them are right, without pickle.

    Args:
        path: path of the file.

    Returns:
        Array of shape (n,), n the number of test examples; None if the file has the labels alone, as older ones do.

    Raises:
        InputError: if the file is missing, damaged or a link, or has something else in the place of that array.
    """
    labels = _array(path, LABELS, "predicted labels")
    if not _holds(path, RIGHT):
        return None
    right = _array(path, RIGHT, "predicted labels")
    if right.shape != labels.shape or right.ndim != 1 or right.dtype != np.bool_ or not right.size:
        raise InputError(
            f"{path} must say of each predicted label whether it is right, but of shape {labels.shape} it says "
            f"shape {right.shape} of {right.dtype}"
        )
    return right


def read(path: Path, images: int) -> NDArray[np.int32]:
    """Read predicted labels from their file, without pickle.

    Args:
        path: path of the file.
        images: number of test images.

    Returns:
        Array of shape (images,), int32.

    Raises:
        InputError: if the file is missing, damaged or a link, or has labels of another number of images.
    """
    labels = _array(path, LABELS, "predicted labels")
    if labels.shape != (images,) or labels.dtype.kind != "u":
        raise InputError(
            f"{path} must hold the predicted labels of {images} test images, "
            f"but got shape {labels.shape} of {labels.dtype}"
        )
    return np.asarray(labels, np.int32)


def _holds(path: Path, name: str) -> bool:
    """Whether a file has an array of this name; no if it is missing or damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            return f"{name}.npy" in archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError):  # the last of an archive that is encrypted
        return False


def _array(path: Path, name: str, what: str) -> NDArray[Any]:
    """One array of a file, by its name; what it holds, in words, stands in the message if it can't be read."""
    refuse_link(path, f"the {what} are read")
    if not path.is_file():
        raise InputError(f"the {what} must be in {path}, but there is no such file")
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            _refuse_compressed(file.zip)
            array: NDArray[Any] = file[name]
    except Exception as error:  # numpy and zipfile raise some fifteen kinds on a damaged file
        raise InputError(f"the {what} in {path} can't be read: {describe(error)}") from error
    return array


def _refuse_compressed(archive: zipfile.ZipFile) -> None:
    # What is not compressed can't be larger in memory than on the disk.
    if any(member.compress_type != zipfile.ZIP_STORED for member in archive.infolist()):
        raise ValueError("it is compressed")
