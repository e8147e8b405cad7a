"""The board's cells: what kind each column is, and how its values are written. `board.js` writes them the same way."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sweep.analysis.leaderboard import CONFIRMED, HEAD, OF_METRIC, TAIL
from sweep.sanitize import one_line
from sweep.space.metrics import TEST, VAL, is_share
from sweep.study.records import StudyRecord

COUNTS = ("parameters",)
WHOLE = ("rank", "trial", "seed", "confirmed_seeds")
UNSEEN = ("is_baseline", "seed", "precision", "dataset", "node", "front", *CONFIRMED[:-1])
"""Columns that are hidden until they are asked for."""
PRINTED = ("rank", "trial", "verdict", "state", "vs_baseline", "duration_seconds", "parameters", "error")
"""Columns that are on paper, besides the scores by which trials are compared."""


@dataclass(frozen=True)
class Column:
    """A column of the board.

    Args:
        name: its name.
        kind: how its values are written: "text", "whole", "count", "percent", "points" or "real".
        hidden: whether it is hidden until it is asked for.
        values: its values; None for what is missing.
        place: its place among the columns of `leaderboard.csv`, from 0. Default: 0.
    """

    name: str
    kind: str
    hidden: bool
    values: list[Any]
    place: int = 0

    @property
    def printed(self) -> bool:
        """Whether it is on paper, too, which has room for few."""
        return self.name in PRINTED or (self.name.startswith((VAL, TEST)) and not self.hidden)

    @property
    def label(self) -> str:
        """What stands above it."""
        return f"{self.name} %" if self.kind in ("percent", "points") else self.name


def column(study: StudyRecord, name: str, values: Sequence[Any]) -> Column:
    """A column of the board by its name and values, which may be pandas' own."""
    cleaned = [_cleaned(value) for value in values]
    return Column(name, _kind(study, name, cleaned), _hidden(study, name, cleaned), cleaned)


def written(kind: str, value: Any) -> str:
    """A value as a cell has it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    match kind:
        case "count":
            return f"{value:,.0f}"
        case "percent":
            return f"{value * 100:.2f}"
        case "points":
            return f"{value * 100:+.2f}"
        case "real":
            return _real(value)
    return str(value)


def _real(value: float) -> str:
    """A number in four digits, as JavaScript writes it."""
    number = float(f"{value:.4g}")
    if number == 0:
        return "0"
    if 1e-6 <= abs(number) < 1e21:
        text = format(Decimal(repr(number)), "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return re.sub(r"e([+-])0*", r"e\1", f"{number:g}")


def _cleaned(value: Any) -> Any:
    """A value that JSON can hold: numbers with six digits, texts of one line, None for what is missing or no number."""
    if value is None or repr(value) in ("<NA>", "nan", "NaT"):
        return None
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return None if not math.isfinite(value) else float(f"{value:.6g}")
    return one_line(value)


def _kind(study: StudyRecord, name: str, values: Sequence[Any]) -> str:
    metric = study.metric if name in OF_METRIC or name == "confirmed_sd" else name.removeprefix(VAL).removeprefix(TEST)
    if name in (*OF_METRIC, "confirmed_sd") or name.startswith((VAL, TEST)):
        signed = name in ("vs_baseline", "diff_low", "diff_high")
        return ("points" if signed else "percent") if is_share(metric) else "real"
    if name in COUNTS:
        return "count"
    numbers = [value for value in values if value is not None]
    if name in WHOLE or (numbers and all(isinstance(value, int) and not isinstance(value, bool) for value in numbers)):
        return "whole"
    if numbers and all(isinstance(value, int | float) and not isinstance(value, bool) for value in numbers):
        return "real"
    return "text"


def _hidden(study: StudyRecord, name: str, values: Sequence[Any]) -> bool:
    if name in UNSEEN:
        return True
    if name.startswith((VAL, TEST)) and name.removeprefix(VAL).removeprefix(TEST) != study.metric:
        return True
    is_param = name not in (*HEAD, *TAIL, *CONFIRMED, "vs_baseline") and not name.startswith((VAL, TEST))
    if name == "error":
        return not any(values)
    return is_param and len({repr(value) for value in values}) < 2
