"""What a trial measured over each epoch, in its attributes: each rung adds the epochs since the one before."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from sweep.space.metrics import VAL
from sweep.study.schema import HISTORY
from sweep.training.messages import EPOCH, Measurement

MAX_POINTS = 250
"""Maximum number of epochs that a rung adds; of more, some are left out evenly, so that a write stays small."""
DIGITS = 6
"""Significant digits of what is kept."""


def history_attrs(attrs: Mapping[str, Any], measurement: Measurement) -> dict[str, list[dict[str, float]]]:
    """The attribute of a trial that keeps what a measurement says of epochs before unknown; empty if there are none.

    Args:
        attrs: the attributes that the trial has.
        measurement: what it measured at a rung.
    """
    known = max((point[EPOCH] for points in _parts(attrs) for point in points), default=0)
    fresh = [_rounded(point) for point in measurement.history if point[EPOCH] > known]
    return {f"{HISTORY}{measurement.step}": _thinned(fresh)} if fresh else {}


def history_of(attrs: Mapping[str, Any], curve: Sequence[Mapping[str, float]]) -> list[dict[str, float]]:
    """The history of a trial: one dict per epoch, with the validation scores of rungs at the end of an epoch.

    Args:
        attrs: the attributes of the trial.
        curve: its scores at rungs.
    """
    points = [point for part in _parts(attrs) for point in part]
    return with_scores(sorted(points, key=lambda point: point[EPOCH]), curve) if points else []


def with_scores(points: Sequence[Mapping[str, float]], curve: Sequence[Mapping[str, float]]) -> list[dict[str, float]]:
    """Points of a history, with the validation scores of rungs that were at the end of an epoch."""
    at_rungs = {
        point.get("epochs"): {name: value for name, value in point.items() if name.startswith(VAL)} for point in curve
    }
    return [{**at_rungs.get(point[EPOCH], {}), **point} for point in points]


def _parts(attrs: Mapping[str, Any]) -> list[list[dict[str, float]]]:
    return [value for name, value in attrs.items() if name.startswith(HISTORY)]


def _thinned(points: list[dict[str, float]]) -> list[dict[str, float]]:
    """At most so many points that a write stays small, the last one among them."""
    every = math.ceil(len(points) / MAX_POINTS)
    return points[::-1][::every][::-1]


def _rounded(point: Mapping[str, float]) -> dict[str, float]:
    rounded = {name: float(f"{value:.{DIGITS}g}") for name, value in point.items() if math.isfinite(value)}
    return {**rounded, EPOCH: point[EPOCH]}
