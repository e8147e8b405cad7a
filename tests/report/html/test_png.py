"""Small images as PNG."""

from __future__ import annotations

import base64
import zlib

import numpy as np
import pytest

from sweep.report.html.png import png_data_url


@pytest.mark.parametrize(("shape", "kind"), [((2, 3), 0), ((2, 3, 1), 0), ((2, 3, 3), 2), ((2, 3, 4), 6)])
def test_a_png_holds_the_pixels(shape: tuple[int, ...], kind: int) -> None:
    pixels = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    data = base64.b64decode(png_data_url(pixels).removeprefix("data:image/png;base64,"))
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert data[16:26] == bytes([0, 0, 0, 3, 0, 0, 0, 2, 8, kind])
    at = data.index(b"IDAT")
    length = int.from_bytes(data[at - 4 : at])
    rows = np.frombuffer(zlib.decompress(data[at + 4 : at + 4 + length]), np.uint8).reshape(2, -1)
    assert not rows[:, 0].any()
    assert rows[:, 1:].ravel().tolist() == pixels.ravel().tolist()
    assert int.from_bytes(data[at + 4 + length : at + 8 + length]) == zlib.crc32(data[at : at + 4 + length])
