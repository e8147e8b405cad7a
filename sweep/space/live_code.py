"""The code of functions and classes that no search-space file defines, but a script, a notebook cell or a prompt."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType
from typing import Any

MAIN = "__main__"
"""The module of what a script, a notebook or a prompt defines."""


def own_text(function: FunctionType, plain: Callable[[ast.stmt], str]) -> str:
    """A function's code as text: its source, or, where that can't be had, what Python compiled it to.

    A prompt keeps no source, and that of a lambda can't be told from the rest of its line.

    Args:
        function: the function.
        plain: makes a text without comments and formatting of the statement that defines it.
    """
    try:
        if function.__name__ != "<lambda>":
            return plain(ast.parse(textwrap.dedent(inspect.getsource(function))).body[0])
    except (OSError, TypeError, SyntaxError, IndexError):
        pass  # as above
    return _compiled_text(function.__code__)


def _compiled_text(code: CodeType) -> str:
    constants = [_compiled_text(item) if isinstance(item, CodeType) else repr(item) for item in code.co_consts]
    return repr((code.co_code.hex(), code.co_names, code.co_varnames, constants))


def used_values(function: FunctionType) -> dict[str, Any]:
    """What a function's code names and its module has: other functions, modules, constants."""
    scope = function.__globals__
    return {name: scope[name] for name in sorted(set(_names(function.__code__))) if name in scope}


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def members(kind: type) -> dict[str, Any]:
    """What a class defines itself: methods as plain functions, and other values, without what Python adds."""
    unwrapped = {name: getattr(value, "__func__", value) for name, value in vars(kind).items()}
    added = ("__module__", "__dict__", "__weakref__", "__doc__", "__qualname__", "__firstlineno__")
    return {name: value for name, value in unwrapped.items() if name not in added}


def subclasses(kind: type) -> list[type]:
    """The classes that are made from a class, which may know them by no name, in the order of their own names.

    Of a notebook's cell that was run twice only the last one is among them.
    """
    known: list[type] = type.__subclasses__(kind)
    by_name = {other.__qualname__: other for other in known if other.__module__ == MAIN}
    return [by_name[name] for name in sorted(by_name)]
