"""How the user's functions with a cache travel: by value, as their module does, with an empty cache.

Python packs `functools.cache` and `lru_cache` by name, for which a worker would need the file, and can't pack a
`cached_property`, which has a lock until Python 3.12.
"""

from __future__ import annotations

import copyreg
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Reduced = str | tuple[Callable[..., Any], tuple[Any, ...]]
"""How pickle is told what to write: a name, or a function and what to call it with."""

LRU_CACHE: type = type(functools.lru_cache(len))
"""The kind of what `functools.cache` and `lru_cache` make."""


@contextmanager
def caches_sent_by_value(is_own: Callable[[str], bool]) -> Iterator[None]:
    """Meanwhile pickle packs functions with a cache by value where they are the user's own; else by their names.

    Args:
        is_own: whether a module is sent by value, by its name.
    """

    def reduce(function: Any) -> Reduced:
        name: str = function.__qualname__
        if is_own(function.__module__) or "<locals>" in name:
            return _with_cache, (function.__wrapped__, function.cache_parameters())
        return name

    reducers: dict[type, Callable[[Any], Reduced]] = {LRU_CACHE: reduce, functools.cached_property: _reduce_property}
    before = {kind: copyreg.dispatch_table[kind] for kind in reducers if kind in copyreg.dispatch_table}
    copyreg.dispatch_table.update(reducers)
    try:
        yield
    finally:
        for kind in reducers:
            del copyreg.dispatch_table[kind]
        copyreg.dispatch_table.update(before)


def _with_cache(function: Callable[..., Any], parameters: dict[str, Any]) -> Callable[..., Any]:
    cached: Callable[..., Any] = functools.lru_cache(**parameters)(function)
    return cached


def _reduce_property(cached: functools.cached_property[Any]) -> Reduced:
    return _property, (cached.func, cached.attrname)


def _property(function: Callable[[Any], Any], name: str | None) -> functools.cached_property[Any]:
    cached = functools.cached_property(function)
    if name is not None:
        cached.__set_name__(object, name)
    return cached
