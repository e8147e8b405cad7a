"""The test labels that a completed trial predicted in its one evaluation on the test set, as a small file."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sweep.errors import InputError, describe

LABELS = "predicted"


def pack(labels: NDArray[np.int32]) -> bytes:
    """Predicted labels as the bytes of an uncompressed `.npz` file with one array, uint8 if that holds them, or larger.

    Args:
        labels: predicted labels, each 0 or more, shape (n,), int32.
    """
    buffer = io.BytesIO()
    np.savez(buffer, **{LABELS: labels.astype(np.min_scalar_type(int(labels.max())))})  # type: ignore[arg-type]
    return buffer.getvalue()


def read(path: Path, images: int) -> NDArray[np.int32]:
    """Read predicted labels from their file, without pickle.

    Args:
        path: path of the file.
        images: number of test images.

    Returns:
        Array of shape (images,), int32.

    Raises:
        InputError: if the file is missing or damaged, or has labels of another number of images.
    """
    if not path.is_file():
        raise InputError(f"the predicted labels must be in {path}, but there is no such file")
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            _refuse_compressed(file.zip)
            labels: NDArray[Any] = file[LABELS]
    except Exception as error:  # numpy and zipfile raise some fifteen kinds on a damaged file
        raise InputError(f"the predicted labels in {path} can't be read: {describe(error)}") from error
    if labels.shape != (images,) or labels.dtype.kind != "u":
        raise InputError(
            f"{path} must hold the predicted labels of {images} test images, "
            f"but got shape {labels.shape} of {labels.dtype}"
        )
    return np.asarray(labels, np.int32)


def _refuse_compressed(archive: zipfile.ZipFile) -> None:
    # What is not compressed can't be larger in memory than on the disk.
    if any(member.compress_type != zipfile.ZIP_STORED for member in archive.infolist()):
        raise ValueError("it is compressed")
