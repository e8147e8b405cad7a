"""What a hyperparameter of a hypermodel may be: KerasTuner's arguments, checked, as Optuna can draw from them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sweep.errors import InputError
from sweep.space.numbers import is_number
from sweep.space.values import plain

SAMPLINGS = ("linear", "log", "reverse_log")


@dataclass(frozen=True)
class ChoiceRange:
    """A hyperparameter that is one of several values.

    Args:
        name: its name, scopes included.
        values: the values.
        default: the value where nobody chooses.
    """

    name: str
    values: tuple[Any, ...]
    default: Any


@dataclass(frozen=True)
class NumberRange:
    """A hyperparameter that is a number: a whole one if `low` is an int.

    Args:
        name: its name, scopes included.
        low: the smallest value.
        high: the largest value.
        default: the value where nobody chooses.
        step: what lies between two values; None for any value in between.
        log: whether it is drawn from a logarithmic scale.
    """

    name: str
    low: float
    high: float
    default: float
    step: float | None = None
    log: bool = False


Range = ChoiceRange | NumberRange
Answer = Callable[[Range], Any]
"""Gives the value of a hyperparameter that is asked for the first time."""


def suggested(trial: Any, asked: Range) -> Any:
    """What an Optuna trial suggests for a hyperparameter."""
    if isinstance(asked, ChoiceRange):
        return trial.suggest_categorical(asked.name, list(asked.values))
    if isinstance(asked.low, int):
        return trial.suggest_int(asked.name, asked.low, asked.high, step=asked.step or 1, log=asked.log)
    return trial.suggest_float(asked.name, asked.low, asked.high, step=asked.step, log=asked.log)


def default_of(asked: Range) -> Any:
    """The default of a hyperparameter."""
    return asked.default


def choice_range(name: str, values: Sequence[Any], default: Any) -> Range:
    """The range of `hp.Choice`.

    Raises:
        InputError: if there are no values, or the default is none of them.
    """
    choices = tuple(plain(value) for value in values)
    if not choices:
        raise InputError(f"hp.Choice must have values to choose from, but {name} has none")
    chosen = choices[0] if default is None else plain(default)
    if chosen not in choices:
        raise InputError(f"the default of hp.Choice must be one of its values, but that of {name} is {default!r}")
    return ChoiceRange(name, choices, chosen)


def int_range(name: str, low: Any, high: Any, step: Any, sampling: str | None, default: Any) -> Range:
    """The range of `hp.Int`: from `low` to `high`, both included.

    Raises:
        InputError: if a number is not whole, or Optuna can't draw from the range.
    """
    for key, value in {"min_value": low, "max_value": high, "step": step, "default": default}.items():
        if value is not None and _number(name, key, value) != int(value):
            raise InputError(f"{key} of {name} must be a whole number in hp.Int, but got {value!r}; use hp.Float")
    return _range(name, sampling, *(None if value is None else int(value) for value in (low, high, step, default)))


def float_range(name: str, low: Any, high: Any, step: Any, sampling: str | None, default: Any) -> Range:
    """The range of `hp.Float`: from `low` to `high`, both included.

    Raises:
        InputError: if a number is not finite, or Optuna can't draw from the range.
    """
    numbers = {"min_value": low, "max_value": high, "step": step, "default": default}
    floats = [None if value is None else float(_number(name, key, value)) for key, value in numbers.items()]
    return _range(name, sampling, *floats)


def _number(name: str, key: str, value: Any) -> float:
    number = plain(value)
    if not is_number(number) or not math.isfinite(number):
        raise InputError(f"{key} of {name} must be a finite number, but got {value!r}")
    return number


def _range(name: str, sampling: str | None, low: Any, high: Any, step: Any, default: Any) -> Range:
    scale = (sampling or "linear").lower()
    _check_range(name, low, high, step, scale)
    start = low if default is None else default
    if step is not None and scale != "linear":
        return ChoiceRange(name, _factors(low, high, step, scale), start)
    if step is not None:
        return NumberRange(name, low, _last(low, high, step), start, step)
    return NumberRange(name, low, high, start, log=scale == "log")


def _check_range(name: str, low: Any, high: Any, step: Any, scale: str) -> None:
    if low is None or high is None or low > high:
        raise InputError(f"min_value <= max_value must hold, but those of {name} are {low} and {high}")
    if scale not in SAMPLINGS:
        raise InputError(f"sampling must be one of {', '.join(SAMPLINGS)}, but that of {name} is {scale!r}")
    if scale != "linear" and low <= 0:
        raise InputError(f"min_value must be above 0 with {scale} sampling, but that of {name} is {low}")
    least = 0 if scale == "linear" else 1
    if step is not None and step <= least:
        raise InputError(f"step must be above {least} with {scale} sampling, but that of {name} is {step}")
    if step is None and scale == "reverse_log":
        raise InputError(
            f"sampling of {name} must be linear or log, as Optuna draws no reverse_log, but got reverse_log; "
            "use linear, or give a step, which makes it a choice"
        )


def _factors(low: Any, high: Any, step: Any, scale: str) -> tuple[Any, ...]:
    """The values of a logarithmic range with a step: each is the one before times the step, or that seen from above."""
    count = int(math.log(high / low, step) + 1e-8) + 1
    rising = [low * math.pow(step, index) for index in range(count)]
    values = rising if scale == "log" else [high + low - value for value in rising]
    return tuple(dict.fromkeys(map(type(low), values)))


def _last(low: Any, high: Any, step: Any) -> Any:
    """The largest value of a range with a step, free of the noise of binary fractions."""
    first, end, stride = (Decimal(str(value)) for value in (low, high, step))
    return type(low)(first + (end - first) // stride * stride)
