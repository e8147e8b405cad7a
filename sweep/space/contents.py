"""What an object holds that no source tells: slots, and what a factory gave to a function that it made."""

from __future__ import annotations

from collections.abc import Callable
from types import CellType, FunctionType
from typing import Any

from sweep.space.live_code import MAIN


def attribute(item: object, name: str) -> Any:
    """An object's attribute; None if it has none, or fails to say: a `__getattr__` may raise anything."""
    try:
        return getattr(item, name, None)
    except Exception:  # noqa: BLE001 - as above
        return None


def own_name(item: object) -> str:
    """The name with which a function, a class or a method was defined; empty for other objects.

    An object that wraps a function may have its name; one whose `__getattr__` answers anything has no name by that.
    """
    name = attribute(item, "__qualname__")
    return name if isinstance(name, str) else ""


def slots(item: object) -> dict[str, Any]:
    """What an object has in slots, those of its kind's bases included, by the slots' names."""
    names = {name: slot for kind in type(item).__mro__ for name, slot in _slots_of(kind)}
    return {name: attribute(item, slot) for name, slot in names.items()}


def _slots_of(kind: type) -> list[tuple[str, str]]:
    """The names of a kind's slots, each as it is written and as Python keeps it."""
    written = vars(kind).get("__slots__", ())
    names = (written,) if isinstance(written, str) else tuple(written)
    private = f"_{kind.__name__.lstrip('_')}"
    return [(name, f"{private}{name}" if name.startswith("__") and not name.endswith("__") else name) for name in names]


def closure(function: object) -> tuple[CellType, ...]:
    """The cells of what a function or a method is closed over; none for other objects."""
    cells = attribute(function, "__closure__")
    return cells if isinstance(cells, tuple) else ()


def from_factory(function: object, is_own: Callable[[str], bool]) -> list[object]:
    """What a function holds besides its code and its closure, where its source does not tell: defaults, attributes.

    Args:
        function: a function or a method, or an object that wraps one, such as `functools.cache` makes.
        is_own: whether a module is the user's own, by its name.

    Returns:
        Nothing for a function that is defined at the top of a module: its defaults are in its text. Those of a script
        are known, but not what attributes it has.
    """
    if isinstance(function, type):
        return []
    function = attribute(function, "__func__") or function
    if not isinstance(function, FunctionType):
        wrapped = attribute(function, "__wrapped__")
        return [] if wrapped is None else [wrapped]
    module = str(function.__globals__.get("__name__"))
    if not is_own(module) or (module != MAIN and "<locals>" not in function.__code__.co_qualname):
        return []
    defaults = [] if module == MAIN else [function.__defaults__, function.__kwdefaults__]
    attributes = {name: value for name, value in vars(function).items() if name != "__wrapped__"}
    return [value for value in (*defaults, attributes) if value]
