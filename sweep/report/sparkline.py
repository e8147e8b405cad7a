"""A curve in a few characters: one for each rung, as high as the score there, and a dot for each rung to come."""

from __future__ import annotations

import math
from collections.abc import Sequence

HEIGHTS = "▁▂▃▄▅▆▇█"
PLAIN_HEIGHTS = "12345678"
"""Where the terminal's encoding has no blocks."""
UNKNOWN = "?"
MAX_CELLS = 16


def sparkline(
    values: Sequence[float], cells: int, low: float, high: float, *, larger_is_better: bool, plain: bool = False
) -> str:
    """A curve as text; the better a value, the higher its character.

    Args:
        values: the values so far.
        cells: number of values at the curve's end. Of more than `MAX_CELLS` the last ones are shown.
        low, high: values that the lowest and the highest character stand for.
        larger_is_better: whether larger values are better; else the curve is upside down.
        plain: whether only ASCII can be shown. Default: no.
    """
    heights, rest = (PLAIN_HEIGHTS, ".") if plain else (HEIGHTS, "·")
    text = "".join(_height(value, low, high, heights, larger_is_better) for value in values)
    return text[-MAX_CELLS:].ljust(min(cells, MAX_CELLS), rest)


def _height(value: float, low: float, high: float, heights: str, larger_is_better: bool) -> str:
    if not math.isfinite(value):
        return UNKNOWN
    share = min(1.0, max(0.0, (value - low) / (high - low))) if high > low else 0.5
    return heights[round((share if larger_is_better else 1 - share) * (len(heights) - 1))]
