"""The trial that a space is handed: Optuna's own, which also takes numpy's scalars, and tuples and lists as choices."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from functools import lru_cache
from typing import Any

import optuna

from sweep.errors import InputError
from sweep.space.values import PLAIN, as_choice, leaves, plain


def trial_for_space(trial: optuna.trial.BaseTrial) -> optuna.trial.BaseTrial:
    """A trial of the same class and with the same state, whose suggestions are values as the space wrote them.

    Optuna is given, and keeps, a text in the place of each choice that is a tuple or a list (`as_choice`).
    """
    same: Any = object.__new__(_kind(type(trial)))
    same.__dict__ = trial.__dict__
    same.written = {}
    return same  # type: ignore[no-any-return]


@lru_cache
def _kind(kind: type) -> type:
    return type(kind.__name__, (_AsWritten, kind), {"__module__": kind.__module__})


class _AsWritten:
    """What differs from Optuna's own trial.

    Attributes:
        written: of each parameter with tuples or lists among its choices, the choices by what Optuna has for them.
    """

    written: dict[str, dict[Any, Any]]

    def suggest_categorical(self, name: str, choices: Iterable[Any]) -> Any:
        written = [plain(choice) for choice in choices]
        kept = [as_choice(choice) for choice in written]
        _check_choices(name, written, kept)
        if kept != written:
            self.written[name] = dict(zip(kept, written, strict=True))
        return self._as_written(name, super().suggest_categorical(name, kept))  # type: ignore[misc]

    def suggest_int(self, name: str, low: Any, high: Any, **options: Any) -> Any:
        options = {option: plain(value) for option, value in options.items()}
        return super().suggest_int(name, plain(low), plain(high), **options)  # type: ignore[misc]

    def suggest_float(self, name: str, low: Any, high: Any, **options: Any) -> Any:
        options = {option: plain(value) for option, value in options.items()}
        return super().suggest_float(name, plain(low), plain(high), **options)  # type: ignore[misc]

    @property
    def params(self) -> dict[str, Any]:
        kept: dict[str, Any] = super().params  # type: ignore[misc]
        return {name: self._as_written(name, value) for name, value in kept.items()}

    def _as_written(self, name: str, value: Any) -> Any:
        return deepcopy(self.written[name][value]) if name in self.written else value


def _check_choices(name: str, written: list[Any], kept: list[Any]) -> None:
    for choice in written:
        if type(choice) in (tuple, list) and not all(type(leaf) in PLAIN for leaf in leaves(choice)):
            raise InputError(
                "a choice that is a tuple or a list must be made of str, numbers, bool and None, "
                f"but one of {name} is {choice!r}"
            )
    same = [choice for choice in written if isinstance(choice, str) and kept.count(choice) > written.count(choice)]
    if same:
        raise InputError(f"choices must differ as texts, but {name} has {same[0]!r} both as a text and as a value")
