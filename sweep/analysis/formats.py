"""A leaderboard as CSV, JSON, Markdown or Parquet: complete, typed, and harmless to the programs that read it."""

from __future__ import annotations

import html
import io
import json
import math
import re
from typing import Any

import pandas as pd

from sweep.sanitize import csv_cell, one_line

MARKUP = re.compile(r"[&\\|\[<`*~]|(?<![^\W_])_|_(?![^\W_])|:(?=//)|(?<=www)\.", re.IGNORECASE)
"""What would begin a cell, a tag, a link, an image, code or emphasis in Markdown; "_" within a word begins nothing."""


def as_csv(frame: pd.DataFrame) -> str:
    """A leaderboard as CSV. Texts are one line each, and no spreadsheet takes them for formulas."""
    safe = pd.DataFrame(
        {name: pd.Series([csv_cell(cell) for cell in frame[name]], frame.index, frame[name].dtype) for name in frame}
    )
    return safe.to_csv(index=False, header=[csv_cell(name) for name in frame.columns])


def as_json(frame: pd.DataFrame) -> str:
    """A leaderboard as a JSON list with one object per row; null for what is missing, or infinite, which JSON lacks."""
    known = frame.notna() & ~frame.isin([math.inf, -math.inf])
    rows = frame.astype(object).where(known, None).to_dict(orient="records")
    return json.dumps(rows, indent=2, allow_nan=False, default=lambda number: number.item()) + "\n"  # numpy's numbers


def as_parquet(frame: pd.DataFrame) -> bytes:
    """A leaderboard as the bytes of a Parquet file. A column must have one type, so one with several becomes text."""
    typed = frame.copy()
    for name in frame:
        if pd.api.types.infer_dtype(frame[name], skipna=True) in ("mixed", "mixed-integer"):
            typed[name] = frame[name].map(str).where(frame[name].notna(), None).astype("string")
    buffer = io.BytesIO()
    typed.to_parquet(buffer, index=False)
    return buffer.getvalue()


def as_markdown(frame: pd.DataFrame) -> str:
    """A leaderboard as a Markdown table. Texts are one line each, shown as they are, without markup or links."""
    cells = [[_markdown_cell(name) for name in frame.columns], ["---"] * len(frame.columns)]
    cells += [["" if pd.isna(cell) else _markdown_cell(cell) for cell in row] for row in frame.itertuples(index=False)]
    return "".join(f"| {' | '.join(row)} |\n" for row in cells)


def _markdown_cell(value: Any) -> str:
    return MARKUP.sub(lambda part: html.escape(part[0]) if part[0] in "&<" else f"&#{ord(part[0])};", one_line(value))
