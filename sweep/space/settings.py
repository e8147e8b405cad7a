"""Parameters that are fixed for a run, as they are typed after `--set`."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution

from sweep.errors import InputError
from sweep.space.given import contains, range_text
from sweep.space.sweep import Params
from sweep.space.values import as_choice


def fixed_params(settings: Sequence[str], ranges: Mapping[str, Sequence[BaseDistribution]]) -> Params:
    """The values that are fixed, by the parameters' names; each is what Optuna has for it.

    Args:
        settings: what was typed, NAME=VALUE each.
        ranges: the distributions that each parameter of the space is suggested from.

    Raises:
        InputError: if there is no such parameter, the value is none of its values, or it is fixed twice.
    """
    fixed: Params = {}
    for setting in settings:
        name, _, text = setting.partition("=")
        if name not in ranges:
            raise InputError(f"--set must name a parameter that the space suggests ({', '.join(ranges)}), not {name!r}")
        if name in fixed:
            raise InputError(f"--set must fix a parameter once, but {name} is fixed twice")
        fixed[name] = _parsed(name, text, ranges[name])
    return fixed


def _parsed(name: str, text: str, distributions: Sequence[BaseDistribution]) -> Any:
    for distribution in distributions:
        for value in _readings(text, distribution):
            if contains(distribution, value):
                return value
    known = " or ".join(dict.fromkeys(map(range_text, distributions)))
    raise InputError(f"--set must lie inside the space, where {name} is {known}, but got {text!r}")


def _readings(text: str, distribution: BaseDistribution) -> list[Any]:
    """What a text may mean as a value of a distribution, the likeliest first."""
    if not isinstance(distribution, CategoricalDistribution):
        kind = int if isinstance(distribution, IntDistribution) else float
        with suppress(ValueError):
            return [kind(text)]
        return []
    literal = []
    with suppress(ValueError, SyntaxError, MemoryError, RecursionError):
        literal = [as_choice(ast.literal_eval(text))]
    return [choice for choice in distribution.choices if str(choice) == text] + literal
