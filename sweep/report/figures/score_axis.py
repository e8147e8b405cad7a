"""Scores on an axis: in percent where they are shares, cut off where a few would squeeze all others."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sweep.report.figures.style import axis, plain
from sweep.report.format import Score, written_as
from sweep.space.metrics import VAL, is_share
from sweep.study.records import StudyRecord, TrialRecord

FENCE = 3.0
"""Interquartile ranges beyond which a score lies off the axis."""
MOST_NAMED = 3
"""Up to so many trials beyond an axis are named."""


@dataclass(frozen=True)
class ScoreAxis:
    """How the scores of a study lie on an axis. Get it with `score_axis`.

    Args:
        score: how they are written.
        higher_is_better: whether larger ones are better.
    """

    score: Score
    higher_is_better: bool

    @property
    def factor(self) -> float:
        """What a score is multiplied by: shares are drawn in percent."""
        return 100.0 if is_share(self.score.metric) else 1.0

    def title(self, part: str = "validation") -> str:
        """The title of the axis, such as "validation accuracy (%)"."""
        unit = " (%)" if self.factor != 1 else ""
        return plain(f"{part} {self.score.metric}") + unit

    def at(self, value: float) -> float:
        """The place of a score on the axis."""
        return float(f"{value * self.factor:.7g}")

    def shown(self, part: str = "validation", limits: tuple[float, float] | None = None) -> dict[str, Any]:
        """The axis as plotly takes it, from one limit to the other if they are given as places."""
        return axis(self.title(part), **({"range": list(limits)} if limits else {}))

    def limits(self, values: Sequence[float], pad: float = 0.08) -> tuple[float, float] | None:
        """Two places between which scores are told apart; None for fewer than two.

        Scores that lie further outside the middle half than `FENCE` times its width are left outside.

        Args:
            values: the scores.
            pad: room at both ends, as a share of what lies between them. Default: 0.08.
        """
        places = sorted(map(self.at, values))
        if len(places) < 2:
            return None
        low, _, high = statistics.quantiles(places, n=4, method="inclusive")
        reach = FENCE * (high - low)
        inside = [place for place in places if low - reach <= place <= high + reach] or places
        between = inside[-1] - inside[0]
        room = between * pad if between else abs(inside[0]) * 0.01 or 1.0
        return inside[0] - room, inside[-1] + room

    def better(self, one: float, other: float) -> bool:
        """Whether one score is better than another."""
        return one > other if self.higher_is_better else one < other


def score_axis(study: StudyRecord) -> ScoreAxis:
    """The axis of the scores that a study's trials are compared by."""
    return ScoreAxis(written_as(study.metric), study.higher_is_better)


def val_score(study: StudyRecord, trial: TrialRecord) -> float | None:
    """The last validation score of a trial; None if there is none, or it is no finite number."""
    value = trial.last.get(VAL + study.metric, math.nan)
    return value if math.isfinite(value) else None


def outside(scale: ScoreAxis, scores: Mapping[int, float], limits: tuple[float, float] | None, where: str = "") -> str:
    """A sentence on the trials whose scores lie beyond an axis, with a space before it; empty if none does.

    Args:
        scale: how scores lie on the axis.
        scores: the scores by the trials' numbers.
        limits: the ends of the axis; None for one that has all.
        where: what is added of how they are drawn, such as ", drawn at its edge". Default: nothing.
    """
    beyond = {n: value for n, value in scores.items() if clipped(place := scale.at(value), limits) != place}
    if not beyond:
        return ""
    names = [f"{number} ({scale.score.whole(value)})" for number, value in list(beyond.items())[:MOST_NAMED]]
    if len(beyond) > MOST_NAMED:
        return f" {len(beyond):,} trials lie beyond the axis{where}, such as trial {names[0]}."
    trials, lie = ("Trials", "lie") if len(names) > 1 else ("Trial", "lies")
    return f" {trials} {', '.join(names)} {lie} beyond the axis{where}."


def clipped(place: float, limits: tuple[float, float] | None) -> float:
    """A place, or the limit that it lies beyond."""
    return place if limits is None else min(max(place, limits[0]), limits[1])
