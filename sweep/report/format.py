"""Figures, params and differences as a person reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sweep.space.metrics import ACCURACY, LOSS, is_share
from sweep.space.sweep import Params
from sweep.training.environment import MODEL_CODE, EnvironmentChange


def percent(value: float | None) -> str:
    """An accuracy, 0 to 1, in percent: 0.98912 -> "98.91"; empty for None."""
    return "" if value is None else f"{value * 100:.2f}"


def points(value: float | None) -> str:
    """A difference of accuracies, signed, in percentage points: 0.0042 -> "+0.42"; empty for None."""
    return "" if value is None else f"{value * 100:+.2f}"


def loss(value: float | None) -> str:
    """A loss in four decimals; empty for None."""
    return "" if value is None else f"{value:.4f}"


def loss_difference(value: float | None) -> str:
    """A difference of losses, signed, in four decimals; empty for None."""
    return "" if value is None else f"{value:+.4f}"


def number(value: float | None) -> str:
    """A value of any metric in five digits: 54.321 -> "54.321"; empty for None."""
    return "" if value is None else f"{value:.5g}"


def number_difference(value: float | None) -> str:
    """A difference of values of any metric, signed, in three digits; empty for None."""
    return "" if value is None else f"{value:+.3g}"


@dataclass(frozen=True)
class Score:
    """How the values of a metric are written. Get it with `written_as`.

    Args:
        metric: name of the metric in Keras.
        heading: what a column of its values is called after "val" or "test".
        unit: what a difference is called after its figure, with a space before it; empty if nothing is.
        example: what one of the examples is called that it is measured on; accuracies are of images.
        before: what stands before a value.
        after: what stands behind it.
        text: makes text of a value.
        difference: makes text of a difference of two values, with its sign.
    """

    metric: str
    heading: str
    unit: str
    example: str
    before: str
    after: str
    text: Callable[[float | None], str]
    difference: Callable[[float | None], str]

    def whole(self, value: float | None) -> str:
        """A value with what stands around it: "97.60 %", or "loss 0.1234"."""
        return f"{self.before}{self.text(value)}{self.after}"

    def apart(self, value: float | None) -> str:
        """A difference that says what it is of: "+0.42 points", or "-1.23 mae"."""
        return self.difference(value) + (self.unit or f" {self.metric}")

    def spread(self, value: float | None) -> str:
        """A size without a sign that says what it is of: "0.14 points", or "1.23 mae"."""
        return self.text(value) + (self.unit or f" {self.metric}")

    @property
    def test_set(self) -> str:
        """What the test set is called: "these test images", or "this test set"."""
        return "these test images" if self.example == "image" else "this test set"


def written_as(metric: str) -> Score:
    """How the values of a metric are written, by its name in Keras: shares of right answers in percent."""
    if metric == ACCURACY:
        return Score(metric, "%", " points", "image", "", " %", percent, points)
    if is_share(metric):
        return Score(metric, f"{metric} %", " points", "example", f"{metric} ", " %", percent, points)
    texts = (loss, loss_difference) if metric == LOSS else (number, number_difference)
    return Score(metric, metric, "", "example", f"{metric} ", "", *texts)


def seconds(value: float | None) -> str:
    """A duration, given in seconds: "8 s", "1:07" or "2:03:11"; empty for None."""
    if value is None:
        return ""
    whole = round(value)
    if whole < 60:
        return f"{whole} s"
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


def microseconds(value: float | None) -> str:
    """A time in microseconds: "12.5 µs"; empty for None."""
    return "" if value is None else f"{value:,.1f} µs"


def changed(params: Mapping[str, Any], baseline: Params) -> str:
    """The params in which a configuration differs from the baseline, on one line, as NAME=VALUE pairs."""
    pairs = [(name, value) for name, value in params.items() if name not in baseline or baseline[name] != value]
    return " ".join(f"{name}={short(value)}" for name, value in pairs)


def short(value: Any) -> str:
    """A parameter's value in few characters; floats have 3 digits."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def described(change: EnvironmentChange) -> str:
    """One thing that differs between two environments, as a phrase; hashes are shortened, with their git commit."""
    before, after = (_environment_value(change, index) for index in (0, 1))
    return f"{change.name} was {before}, now {after}"


def _environment_value(change: EnvironmentChange, index: int) -> str:
    """The value before (index 0) or after (index 1)."""
    value = (change.before, change.after)[index]
    if change.name not in ("code", "search-space file", MODEL_CODE):
        return value or "none"
    commit = change.commits[index][:10]
    return (value[:10] or "not known") + (f" (git {commit})" if commit else "")
