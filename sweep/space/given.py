"""Trials whose values are known: what a file gives, and whether it lies inside the space; what a space got before."""

from __future__ import annotations

from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from sweep.errors import InputError
from sweep.space.numbers import is_number
from sweep.space.private import CheckedFixedTrial
from sweep.space.sweep import Params
from sweep.space.values import as_choice


class GivenTrial(CheckedFixedTrial):
    """A fixed trial that refuses values outside the space; Optuna's own only warns.

    Args:
        place: where the configuration stands in the file, such as "baseline".
        configuration: the params that it gives.
    """

    def __init__(self, place: str, configuration: Params) -> None:
        super().__init__({name: as_choice(value) for name, value in configuration.items()})
        self.place = place
        self.configuration = configuration

    def check(self, name: str, distribution: BaseDistribution) -> None:
        if name not in self.fixed:
            raise InputError(f"{self.place} must give a value for {name}, which the space suggests, but it has none")
        value = self.configuration[name]
        if not contains(distribution, value):
            raise InputError(f"{self.place} must lie inside the space, but {name}={value!r} is not in {distribution}")


class SameTrial(CheckedFixedTrial):
    """A trial on which a space gets the values that it got before, and must suggest them as it did then."""

    def __init__(self, before: optuna.trial.BaseTrial) -> None:
        super().__init__(before.params, before.number)
        self._before = before.distributions

    def check(self, name: str, distribution: BaseDistribution) -> None:
        before = self._before.get(name)
        if before is None:
            raise changing(f"it suggested {name} only the second time that it was asked")
        if distribution != before:
            raise changing(f"it suggested {name} from {before}, and then from {distribution}")


def changing(change: str) -> InputError:
    """The error of a space that does not do the same each time.

    Args:
        change: what it did otherwise, as a sentence.
    """
    return InputError(
        f"space(trial) must return the same for the same suggestions, but {change}; give each range a name of "
        "its own, what a random number or the clock makes, suggest with trial.suggest_..., and sort a set before its "
        "order matters"
    )


def contains(distribution: BaseDistribution, value: Any) -> bool:
    """Whether a value could have been suggested from a distribution."""
    if isinstance(distribution, CategoricalDistribution):
        value = as_choice(value)
        return any(
            value == choice and isinstance(value, bool) == isinstance(choice, bool) for choice in distribution.choices
        )
    if not is_number(value):
        return False
    if isinstance(distribution, IntDistribution):
        inside = distribution.low <= value <= distribution.high
        return inside and value == int(value) and (value - distribution.low) % distribution.step == 0
    if isinstance(distribution, FloatDistribution):
        if not distribution.low <= value <= distribution.high:
            return False
        steps = 0.0 if distribution.step is None else (value - distribution.low) / distribution.step
        return abs(steps - round(steps)) < 1e-8
    return False


def range_text(distribution: BaseDistribution) -> str:
    """What can be suggested from a distribution, in words: "1 to 9 in steps of 2", or "one of 8, 16"."""
    if isinstance(distribution, CategoricalDistribution):
        return f"one of {', '.join(map(str, distribution.choices))}"
    if isinstance(distribution, IntDistribution | FloatDistribution):
        stepped = distribution.step is not None and distribution.step != 1
        return f"{distribution.low} to {distribution.high}" + (f" in steps of {distribution.step}" if stepped else "")
    return str(distribution)
