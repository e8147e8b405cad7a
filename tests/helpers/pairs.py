"""Studies whose trials are confirmed until it is decided, in pairs of runs with the baseline."""

from __future__ import annotations

from dataclasses import replace

from searches import searched

from sweep.study.records import StudyRecord
from sweep.study.until_sure import UntilSure

THEIRS = [0.900, 0.902, 0.899, 0.901, 0.898, 0.903, 0.900, 0.899, 0.901, 0.902]
OURS = [0.940, 0.941, 0.939, 0.942, 0.938, 0.941, 0.940, 0.939, 0.942, 0.941]
LIKE = [0.901, 0.901, 0.900, 0.900, 0.899, 0.902, 0.901, 0.898, 0.902, 0.901]
"""Scores of the baseline's runs, of a better trial's, and of one that is like the baseline."""


def planned(
    runs: dict[int, list[float]], most: int = 10, margin: float = 0.0, numbers: tuple[int, ...] = (5,)
) -> StudyRecord:
    """A study whose trials are confirmed until it is decided, with the runs that have ended."""
    return replace(searched(runs), until_sure=UntilSure(margin), confirm_seeds=dict.fromkeys((0, *numbers), most))
