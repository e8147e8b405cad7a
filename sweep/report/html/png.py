"""Small images as PNG, without a library for it."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

COLOUR_TYPES = {1: 0, 3: 2, 4: 6}
"""PNG's number of a kind of pixel, by the number of channels: grey, RGB, RGB with transparency."""


def png_data_url(pixels: NDArray[Any]) -> str:
    """An image as a `data:` URL of a PNG.

    Args:
        pixels: array of shape (height, width) or (height, width, channels), uint8, with 1, 3 or 4 channels.
    """
    image = pixels[..., np.newaxis] if pixels.ndim == 2 else pixels
    height, width, channels = image.shape
    rows = np.zeros((height, 1 + width * channels), np.uint8)  # each row begins with its filter, 0 for none
    rows[:, 1:] = image.reshape(height, width * channels)
    header = struct.pack(">IIBBBBB", width, height, 8, COLOUR_TYPES[channels], 0, 0, 0)
    chunks = (("IHDR", header), ("IDAT", zlib.compress(rows.tobytes(), 9)), ("IEND", b""))
    data = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name.encode(), content) for name, content in chunks)
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
