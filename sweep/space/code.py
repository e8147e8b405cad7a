"""The fingerprint of a user's function: of its own code and of the user's code that it uses, and of nothing else.

Comments, docstrings, formatting and what the function does not use have no part in it, nor have installed packages,
whose versions are recorded with each trial.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any


def function_sha256(function: Callable[..., Any], folder: Path) -> str:
    """The hash of what a function's code is, followed through the user's own modules.

    Args:
        function: defined by a search-space file, or by a module beside it.
        folder: the search-space file's. Modules elsewhere are not the user's own.
    """
    reader = _Reader(folder.resolve())
    fixed: list[str] = []
    while isinstance(function, functools.partial):
        fixed.append(repr((function.args, sorted(function.keywords.items()))))
        function = function.func
    if not hasattr(function, "__qualname__"):  # an object that can be called
        function = type(function)
    reader.follow(function.__module__, function.__qualname__.partition(".")[0])
    texts = [*fixed, *(reader.texts[key] for key in sorted(reader.texts))]
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


class _Reader:
    """Follows names through the user's modules.

    Args:
        folder: where these lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._modules: dict[str, dict[str, list[ast.stmt]] | None] = {}
        self.texts: dict[tuple[str, str], str] = {}

    def follow(self, module: str, name: str) -> None:
        """Take in what a module binds to a name at its top, and all that this uses."""
        bindings = self._bindings(module)
        if bindings is None or (module, name) in self.texts:
            return
        if name not in bindings:  # made in a way that can't be followed: whatever the module has may be used
            self.texts[module, name] = ""
            for other in bindings:
                self.follow(module, other)
            return
        self.texts[module, name] = f"{module}.{name}\n" + "\n".join(map(_plain, bindings[name]))
        for statement in bindings[name]:
            self._follow_statement(module, statement)

    def _follow_statement(self, module: str, statement: ast.stmt) -> None:
        bindings = self._bindings(module) or {}
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and node.id in bindings:
                self.follow(module, node.id)
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    self._follow_module(alias.name)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                self._follow_module(node.module, [alias.name for alias in node.names])

    def _follow_module(self, module: str, names: list[str] | None = None) -> None:
        """Take in some names of a module, or all of them where it is used as a whole."""
        bindings = self._bindings(module)
        for name in names or bindings or ():
            self.follow(module, name)

    def _bindings(self, module: str) -> dict[str, list[ast.stmt]] | None:
        """The statements that bind each name at the top of a module; None if it is not the user's own."""
        if module not in self._modules:
            source = self._source(module)
            self._modules[module] = None if source is None else _bound(ast.parse(source.read_bytes()))
        return self._modules[module]

    def _source(self, module: str) -> Path | None:
        beside = self._folder.joinpath(*module.split("."))
        path: Any = getattr(sys.modules.get(module), "__file__", None)
        loaded = [Path(path)] if isinstance(path, str) else []
        candidates = (beside.with_suffix(".py"), beside / "__init__.py", *loaded)
        sources = (candidate.resolve() for candidate in candidates if candidate.suffix == ".py")
        return next((source for source in sources if source.is_file() and self._is_own(source)), None)

    def _is_own(self, source: Path) -> bool:
        return source.is_relative_to(self._folder) and "site-packages" not in source.parts


def _bound(tree: ast.Module) -> dict[str, list[ast.stmt]]:
    bindings: dict[str, list[ast.stmt]] = {}
    for statement in tree.body:
        for name in _names(statement):
            bindings.setdefault(name, []).append(statement)
    return bindings


def _names(statement: ast.stmt) -> Iterator[str]:
    """What a statement binds: a function, a class, imports, or any variable that is assigned in it."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        for alias in statement.names:
            yield alias.asname or alias.name.partition(".")[0]
    else:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id


def _plain(statement: ast.stmt) -> str:
    """A statement without comments, docstrings and formatting."""
    copy = ast.parse(ast.unparse(statement))
    for node in ast.walk(copy):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(copy)
