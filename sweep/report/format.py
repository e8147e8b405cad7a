"""Figures, params and differences as a person reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sweep.space.sweep import Params
from sweep.training.environment import EnvironmentChange


def percent(value: float | None) -> str:
    """An accuracy as a person reads it: 0.98912 -> 98.91."""
    return "" if value is None else f"{value * 100:.2f}"


def points(value: float | None) -> str:
    """A difference of accuracies, signed, in points."""
    return "" if value is None else f"{value * 100:+.2f}"


def seconds(value: float | None) -> str:
    """A duration: 8 s, 1:07, 2:03:11."""
    if value is None:
        return ""
    whole = round(value)
    if whole < 60:
        return f"{whole} s"
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


def microseconds(value: float | None) -> str:
    """The time an image takes: 12.5 µs."""
    return "" if value is None else f"{value:,.1f} µs"


def changed(params: Mapping[str, Any], baseline: Params) -> str:
    """What a configuration changes in the baseline, on one line."""
    pairs = [(name, value) for name, value in params.items() if name not in baseline or baseline[name] != value]
    return " ".join(f"{name}={short(value)}" for name, value in pairs)


def short(value: Any) -> str:
    """A parameter's value in few characters."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def described(change: EnvironmentChange) -> str:
    """What differs between two environments, as a phrase; hashes of code are shortened, with their git commit."""
    before, after = (_environment_value(change, turn) for turn in (0, 1))
    return f"{change.name} was {before}, now {after}"


def _environment_value(change: EnvironmentChange, turn: int) -> str:
    value = (change.before, change.after)[turn]
    if change.name not in ("code", "search-space file"):
        return value or "none"
    commit = change.commits[turn][:10]
    return (value[:10] or "not known") + (f" (git {commit})" if commit else "")
