"""The hash of a user's function: of its own code and of the user's code that it uses, and of nothing else.

Comments, docstrings, formatting and what the function does not use have no part in it, nor have installed packages,
whose versions are recorded with each trial. Where names can't be followed, the whole module counts.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sweep.space.own_modules import is_own

STAR = "*"
PLAIN = (str, bytes, int, float, complex, bool, type(None))


def function_sha256(function: Callable[..., Any], folder: Path) -> str:
    """The hash of what a function's code is, followed through the user's own modules.

    Args:
        function: defined by a search-space file, or by a module beside it; or an object that can be called.
        folder: the search-space file's. Modules elsewhere are not the user's own.
    """
    reader = _Reader(folder.resolve())
    reader.follow_object(function)
    texts = [*reader.values, *(reader.texts[key] for key in sorted(reader.texts))]
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


class _Reader:
    """Follows names through the user's modules.

    Args:
        folder: where these lie.

    Attributes:
        texts: the code of what was followed, by module and name.
        values: the plain values that objects hold.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sources: dict[str, Path | None] = {}
        self._modules: dict[str, dict[str, list[ast.stmt]] | None] = {}
        self._followed: list[object] = []
        self.texts: dict[tuple[str, str], str] = {}
        self.values: list[str] = []

    def follow_object(self, item: Any) -> None:
        """Take in a function or another object: the code of its kind, and what it holds."""
        if any(item is other for other in self._followed):
            return
        self._followed.append(item)
        if isinstance(item, PLAIN):
            self.values.append(repr(item))
        elif isinstance(item, list | tuple | set | frozenset):
            for part in item if isinstance(item, list | tuple) else sorted(item, key=repr):
                self.follow_object(part)
        elif isinstance(item, dict):
            self.follow_object([part for pair in item.items() for part in pair])
        elif isinstance(item, functools.partial):
            self.follow_object([item.func, item.args, item.keywords])
        elif hasattr(item, "__qualname__"):
            self.follow(item.__module__, item.__qualname__.partition(".")[0])
            cells = getattr(item, "__closure__", None) or ()
            self.follow_object([cell.cell_contents for cell in cells])
            self.follow_object(getattr(item, "__self__", None))
        elif self._bindings(type(item).__module__) is not None:
            self.follow_object([type(item), getattr(item, "__dict__", {})])

    def follow(self, module: str, name: str) -> None:
        """Take in what a module binds to a name at its top, and all that this uses."""
        bindings = self._bindings(module)
        if bindings is None or (module, name) in self.texts:
            return
        if name in bindings:
            self.texts[module, name] = f"{module}.{name}\n" + "\n".join(map(_plain, bindings[name]))
            for statement in (*bindings[name], *bindings.get(STAR, ())):
                self._follow_statement(module, statement)
        else:
            self.texts[module, name] = ""
            for other in bindings:
                self.follow(module, other)

    def _follow_statement(self, module: str, statement: ast.stmt) -> None:
        bindings = self._bindings(module) or {}
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and node.id in bindings:
                self.follow(module, node.id)
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    self._follow_module(alias.name)
            elif isinstance(node, ast.ImportFrom):
                origin = importlib.util.resolve_name("." * node.level + (node.module or ""), self._package(module))
                for alias in node.names:
                    self._follow_import(origin, alias.name)

    def _follow_import(self, module: str, name: str) -> None:
        if name == STAR or self._bindings(f"{module}.{name}") is not None:
            self._follow_module(module if name == STAR else f"{module}.{name}")
        else:
            self.follow(module, name)

    def _follow_module(self, module: str) -> None:
        """Take in all of a module, and of the packages that it is in."""
        parts = module.split(".")
        for end in range(1, len(parts) + 1):
            part = ".".join(parts[:end])
            for name in self._bindings(part) or ():
                self.follow(part, name)

    def _bindings(self, module: str) -> dict[str, list[ast.stmt]] | None:
        """The statements that bind each name at the top of a module; None if it is not the user's own."""
        if module not in self._modules:
            source = self._source(module)
            self._modules[module] = None if source is None else _bound(ast.parse(source.read_bytes()))
        return self._modules[module]

    def _source(self, module: str) -> Path | None:
        if module not in self._sources:
            beside = self._folder.joinpath(*module.split("."))
            path: Any = getattr(sys.modules.get(module), "__file__", None)
            loaded = [Path(path)] if isinstance(path, str) else []
            candidates = (beside.with_suffix(".py"), beside / "__init__.py", *loaded)
            sources = (candidate.resolve() for candidate in candidates if candidate.suffix == ".py")
            own = (source for source in sources if source.is_file() and is_own(module, source, self._folder))
            self._sources[module] = next(own, None)
        return self._sources[module]

    def _package(self, module: str) -> str:
        source = self._source(module)
        return module if source is not None and source.stem == "__init__" else module.rpartition(".")[0]


def _bound(tree: ast.Module) -> dict[str, list[ast.stmt]]:
    bindings: dict[str, list[ast.stmt]] = {}
    for statement in tree.body:
        for name in _names(statement):
            bindings.setdefault(name, []).append(statement)
    return bindings


def _names(statement: ast.stmt) -> Iterator[str]:
    """What a statement binds: functions, classes, imports and variables, also within an `if`, a `try` or a loop."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or (STAR if alias.name == STAR else alias.name.partition(".")[0])
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
            yield from (part.id for part in ast.walk(node) if isinstance(part, ast.Name))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield from (part.id for part in ast.walk(node.func) if isinstance(part, ast.Name))  # WIDTHS.append(64)


def _plain(statement: ast.stmt) -> str:
    """A statement without comments, docstrings and formatting."""
    copy = ast.parse(ast.unparse(statement))
    for node in ast.walk(copy):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(copy)
