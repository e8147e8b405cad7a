"""The values of one parameter as places on an axis: numbers by their size, all else side by side."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from optuna.distributions import FloatDistribution, IntDistribution, json_to_distribution

from sweep.analysis.study_analysis import Analysis
from sweep.report.figures.style import axis, plain, value_text

MOST_CHOICES = 12
"""Maximum number of choices that have a label of their own."""
MOST_TICKS = 5
"""Maximum number of ticks on a logarithmic axis."""
REACH = 0.15
"""How far beyond the numbers a tick may lie, as a share of them: the axis is a little longer than they reach."""


@dataclass(frozen=True)
class ParamAxis:
    """The axis of one parameter. Get it with `param_axes`.

    Args:
        name: name of the parameter.
        choices: what stands side by side, in order; empty for numbers by their size.
        low, high: the smallest and the largest number.
        log: whether numbers are drawn by their order of magnitude.
        whole: whether all numbers between them are whole.
    """

    name: str
    choices: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    whole: bool = False

    def at(self, value: Any) -> float:
        """The place of a value: its number, or its index among the choices."""
        return float(self.choices.index(repr(value))) if self.choices else float(value)

    def share(self, value: Any) -> float:
        """The place of a value between the first and the last, 0 to 1."""
        if self.choices:
            return self.at(value) / max(1, len(self.choices) - 1)
        low, high, at = (math.log(number) if self.log else number for number in (self.low, self.high, float(value)))
        return (at - low) / (high - low) if high > low else 0.5

    def shown(self) -> dict[str, Any]:
        """The axis as plotly takes it."""
        if not self.choices:
            ticks = self._ticks()
            shown = {"tickvals": ticks, "ticktext": [_tick(value) for value in ticks]} if ticks else {}
            return axis(plain(self.name, 40), **({"type": "log"} if self.log else {}), **shown)
        step = max(1, math.ceil(len(self.choices) / MOST_CHOICES))
        places = list(range(0, len(self.choices), step))
        return axis(plain(self.name, 40), tickvals=places, ticktext=[self.label(place) for place in places])

    def _ticks(self) -> list[float]:
        """Places of ticks where plotly's own would collide or stand between whole numbers; none where they do well."""
        if self.log:
            return log_ticks(self.low, self.high)
        if self.whole and self.high - self.low <= MOST_CHOICES:
            return [float(value) for value in range(round(self.low), round(self.high) + 1)]
        return []

    def label(self, place: int) -> str:
        """What a choice is called, harmless."""
        text = self.choices[place]
        return value_text(text[1:-1] if text[:1] in "'\"" else text)


def log_ticks(low: float, high: float) -> list[float]:
    """Round numbers between two others on a logarithmic axis, few enough to stand side by side."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    inside: list[float] = []
    for steps in ((1, 2, 5), (1, 3), (1,)):
        ticks = [float(f"{step}e{decade}") for decade in decades for step in steps]
        inside = [tick for tick in ticks if low * (1 - REACH) <= tick <= high * (1 + REACH)]
        if len(inside) <= MOST_TICKS:
            break
    inside = inside[:: max(1, math.ceil(len(inside) / MOST_TICKS))]
    return inside if len(inside) > 1 else sorted({low, high})


def _tick(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 and value == round(value) else f"{value:.3g}"


def param_axes(analysis: Analysis) -> list[ParamAxis]:
    """The axes of the parameters of the space of which trials that have ended tried two values at least."""
    trials = [trial for trial in analysis.study.trials if trial.ended]
    axes = []
    for name, text in analysis.study.definition.distributions.items():
        values = [trial.params[name] for trial in trials if name in trial.params]
        if len({repr(value) for value in values}) > 1:
            axes.append(_axis(name, json_to_distribution(text), values))
    return axes


def _axis(name: str, distribution: Any, values: list[Any]) -> ParamAxis:
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) == len(values) and isinstance(distribution, IntDistribution | FloatDistribution):
        log = distribution.log and min(numbers) > 0
        whole = isinstance(distribution, IntDistribution)
        return ParamAxis(name, (), float(min(numbers)), float(max(numbers)), log, whole)
    distinct = {repr(value): value for value in values}
    alike = len(numbers) == len(values)
    ordered = sorted(distinct, key=lambda text: distinct[text]) if alike else sorted(distinct)
    return ParamAxis(name, tuple(ordered))
