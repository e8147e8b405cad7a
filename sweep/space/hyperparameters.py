"""The `hp` that a KerasTuner hypermodel asks: KerasTuner's rules, and whoever answers, such as a trial.

A name has one value, however often it is asked for. Asked for where a condition does not hold, it has none: the answer
is None, as KerasTuner gives it, and nothing is suggested.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager as Context
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn

from sweep.errors import InputError
from sweep.space.ranges import Answer, Range, choice_range, default_of, float_range, int_range
from sweep.space.values import plain

OFFERED = "Int, Float, Choice, Boolean, Fixed, conditional_scope, name_scope, get, values, is_active and copy"
"""What `HyperParameters` has, in words."""


@dataclass(frozen=True)
class _Condition:
    name: str
    values: tuple[Any, ...]

    def holds(self, values: dict[str, Any]) -> bool:
        return self.name in values and values[self.name] in self.values


class HyperParameters:
    """What `build(hp)` and `fit(hp, model)` of a hypermodel are handed.

    Args:
        answer: gives the value of what is asked for the first time.
        values: what is known already, by name. Default: nothing.

    Attributes:
        values: the hyperparameters that have a value, `Fixed` ones included, in the order in which they were asked for.
    """

    def __init__(self, answer: Answer, values: dict[str, Any] | None = None) -> None:
        self.values: dict[str, Any] = dict(values or {})
        self._answer = answer
        self._inactive: set[str] = set()
        self._conditions: list[_Condition] = []
        self._scopes: list[str] = []

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        raise InputError(
            f"a hypermodel must do with {OFFERED} of hp, but it uses hp.{name}; ask for each value by itself"
        )

    def Int(  # noqa: N802 - KerasTuner's names, here and below
        self,
        name: str,
        min_value: Any,
        max_value: Any,
        step: Any = None,
        sampling: str | None = "linear",
        default: Any = None,
        parent_name: str | None = None,
        parent_values: Any = None,
    ) -> Any:
        """A whole number from `min_value` to `max_value`, both included; with log sampling `step` is a factor."""
        asked = partial(int_range, low=min_value, high=max_value, step=step, sampling=sampling, default=default)
        return self._asked(asked, name, parent_name, parent_values)

    def Float(  # noqa: N802
        self,
        name: str,
        min_value: Any,
        max_value: Any,
        step: Any = None,
        sampling: str | None = "linear",
        default: Any = None,
        parent_name: str | None = None,
        parent_values: Any = None,
    ) -> Any:
        """A number from `min_value` to `max_value`, both included; with log sampling `step` is a factor."""
        asked = partial(float_range, low=min_value, high=max_value, step=step, sampling=sampling, default=default)
        return self._asked(asked, name, parent_name, parent_values)

    def Choice(  # noqa: N802
        self,
        name: str,
        values: Sequence[Any],
        ordered: bool | None = None,
        default: Any = None,
        parent_name: str | None = None,
        parent_values: Any = None,
    ) -> Any:
        """One of some values; that they are ordered is of no use to Optuna."""
        return self._asked(partial(choice_range, values=values, default=default), name, parent_name, parent_values)

    def Boolean(  # noqa: N802
        self, name: str, default: bool = False, parent_name: str | None = None, parent_values: Any = None
    ) -> Any:
        """True or False."""
        return self.Choice(name, [False, True], None, bool(default), parent_name, parent_values)

    def Fixed(  # noqa: N802
        self, name: str, value: Any, parent_name: str | None = None, parent_values: Any = None
    ) -> Any:
        """A constant, which is a column of the board."""
        with self._maybe_conditional(parent_name, parent_values):
            return self._known(self._full(name), lambda full: plain(value))

    @contextmanager
    def conditional_scope(self, parent_name: str, parent_values: Any) -> Iterator[None]:
        """Within it, hyperparameters are asked for only if another one has one of these values; else they are None."""
        parent = self._full(parent_name)
        if parent not in self.values and parent not in self._inactive:
            raise InputError(f"hp.conditional_scope must be of a hyperparameter asked for before, but {parent} was not")
        values = parent_values if isinstance(parent_values, list | tuple | set | frozenset) else (parent_values,)
        self._conditions.append(_Condition(parent, tuple(values)))
        try:
            yield
        finally:
            self._conditions.pop()

    @contextmanager
    def name_scope(self, name: str) -> Iterator[None]:
        """Within it, names begin with this one and a slash."""
        self._scopes.append(str(name))
        try:
            yield
        finally:
            self._scopes.pop()

    def get(self, name: str) -> Any:
        """The value of a hyperparameter that was asked for before.

        Raises:
            ValueError: if its condition does not hold.
            KeyError: if it was not asked for.
        """
        full = self._full(name)
        if full in self.values:
            return self.values[full]
        if full in self._inactive:
            raise ValueError(f"{full} is currently inactive.")
        raise KeyError(f"{full} does not exist.")

    def __getitem__(self, name: str) -> Any:
        return self.get(name)

    def __contains__(self, name: str) -> bool:
        return self._full(name) in self.values

    def is_active(self, hyperparameter: str) -> bool:
        """Whether a hyperparameter has a value."""
        return str(hyperparameter) in self.values

    def copy(self) -> HyperParameters:
        """An `hp` with the same values in which what is new has its default, and is not searched over."""
        return HyperParameters(default_of, self.values)

    def _asked(self, asked: Callable[[str], Range], name: str, parent_name: str | None, parent_values: Any) -> Any:
        with self._maybe_conditional(parent_name, parent_values):
            return self._known(self._full(name), lambda full: plain(self._answer(asked(full))))

    def _known(self, full: str, value: Callable[[str], Any]) -> Any:
        """The value of a name: the one that it has, else a new one; None where the conditions don't hold."""
        if any(condition.name == full for condition in self._conditions):
            raise InputError(f"a conditional hyperparameter must not be its own condition, but {full} is; rename it")
        if not all(condition.holds(self.values) for condition in self._conditions):
            self._inactive.add(full)
            return None
        if full not in self.values:
            self.values[full] = value(full)
        return self.values[full]

    def _maybe_conditional(self, parent_name: str | None, parent_values: Any) -> Context[None]:
        return self.conditional_scope(parent_name, parent_values) if parent_name else nullcontext()

    def _full(self, name: str) -> str:
        return "/".join([*self._scopes, str(name)])
