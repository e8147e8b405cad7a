"""The hash of a user's function: of its own code and of the user's code that it uses, and of nothing else.

Comments, docstrings, formatting and what the function does not use have no part in it, nor have installed packages,
whose versions are recorded with each trial. Where a name can't be followed, its whole module counts.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.util
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from sweep.space.bindings import (
    ALWAYS,
    ASKING,
    DEFINITIONS,
    Bindings,
    bindings_of,
    bound_by,
    called,
    classes,
    made_from,
    modules_reached,
    plain,
    without_docstrings,
)
from sweep.space.contents import attribute, closure, from_factory, own_name, slots
from sweep.space.hypermodel import HyperModelFunction
from sweep.space.live_code import MAIN, members, own_text, subclasses, used_values
from sweep.space.own_modules import PREFIX, imported_names, is_own, named_by_call, named_modules, source_in

SCALARS = (str, bytes, int, float, complex, bool, type(None))
VERSION = "1"
"""Of the way code is hashed. Hashes of two versions say nothing about each other."""


def function_sha256(function: Callable[..., Any], folder: Path) -> str:
    """The hash of what a function's code is, followed through the user's own modules: "VERSION:HASH".

    Args:
        function: defined by a search-space file, by a module beside it, by a script or in a notebook; or an object that
            can be called.
        folder: the search-space file's, or what `sweep.space.own_modules.home_of` gives. Modules elsewhere are not the
            user's own.
    """
    reader = _Reader(folder.resolve())
    held = reader.held(function)
    reader.read()
    texts = [held, *(text for _, text in sorted(reader.texts.items()) if text)]
    return f"{VERSION}:{hashlib.sha256(chr(0).join(texts).encode(errors='surrogatepass')).hexdigest()}"


def joined_sha256(hashes: Sequence[str]) -> str:
    """One hash for the hashes of several functions; that of a single one is itself."""
    if len(hashes) == 1:
        return hashes[0]
    return f"{VERSION}:{hashlib.sha256(chr(0).join(hashes).encode()).hexdigest()}"


def same_code(before: str, after: str) -> bool:
    """Whether two hashes may be of the same code; those of two versions may."""
    return before == after or before.partition(":")[0] != after.partition(":")[0]


class _Reader:
    """Follows names through the user's modules.

    Args:
        folder: where these lie.

    Attributes:
        texts: the code of what was followed, by module and name.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sources: dict[str, Path | None] = {}
        self._modules: dict[str, Bindings | None] = {}
        self._waiting: list[tuple[str, str]] = []
        self._seen: dict[int, Any] = {}  # with the objects: once one is gone, another may have its number
        self.texts: dict[tuple[str, str], str] = {}

    def held(self, item: Any) -> str:
        """What an object is and holds, as text; the code of its kind is followed."""
        kind = f"{type(item).__module__}.{type(item).__qualname__}"
        own = self._is_own(type(item).__module__)
        if isinstance(item, SCALARS) and not own:
            return f"{kind}({item!r})"
        if id(item) in self._seen:
            return f"{kind}(again)"
        self._seen[id(item)] = item
        contents = self._contents(item, kind)
        if own and contents is not None and not isinstance(item, type):  # more than what it is made from holds
            return f"{contents}{self._state(item)}"
        return f"{kind}({self._state(item)})" if contents is None else contents

    def _contents(self, item: Any, kind: str) -> str | None:
        """What an object of a kind that Python has holds, as text; None for another object."""
        if isinstance(item, SCALARS):
            return f"{kind}({item!r})"
        if isinstance(item, np.ndarray):
            return (
                f"{kind}({item.dtype},{item.shape},{hashlib.sha256(np.ascontiguousarray(item).tobytes()).hexdigest()})"
            )
        if isinstance(item, Mapping):
            return f"{kind}({','.join(f'{self.held(key)}:{self.held(value)}' for key, value in item.items())})"
        if isinstance(item, list | tuple):
            return f"{kind}({','.join(map(self.held, item))})"
        if isinstance(item, set | frozenset):
            return f"{kind}({','.join(sorted(map(self.held, item)))})"
        if isinstance(item, functools.partial):
            return f"{kind}({self.held([item.func, item.args, item.keywords])})"
        if isinstance(item, HyperModelFunction):
            return f"{kind}({self.held([item.hypermodel, dict(getattr(item.hypermodel, '__dict__', {}))])})"
        if isinstance(item, property):
            return f"{kind}({self.held([item.fget, item.fset, item.fdel])})"
        if isinstance(item, ModuleType):
            self._follow_module(item.__name__)
            return f"{kind}({item.__name__})"
        return f"{kind}({self._named(item, name)})" if (name := own_name(item)) else None

    def _named(self, item: Any, name: str) -> str:
        """A function, a class or a method: its name, what it is closed over and what a factory gave to it."""
        module = str(attribute(item, "__module__") or "")
        if module == MAIN:
            self._follow_live(item)
        elif name.rpartition(".")[2] == "<lambda>" and self._bindings(module) is not None:
            self._follow_lambda(module, getattr(attribute(item, "__code__"), "co_firstlineno", None))
        else:
            self._waiting.append((module, name.partition(".")[0]))
        closed = []
        for cell in closure(item):
            try:
                closed.append(self.held(cell.cell_contents))
            except ValueError:  # it is empty until something is assigned to it
                closed.append("empty")
        received = [self.held(value) for value in from_factory(item, self._is_own)]
        held = f"[{','.join(closed)}]{self.held(attribute(item, '__self__'))}{''.join(received)}"
        return f"{self._label(module)}.{name}{held}"

    def _follow_live(self, item: Any) -> None:
        """Take in a function or a class of a script or a notebook, and what it uses of that."""
        key = (MAIN, item.__qualname__)
        if isinstance(item, type):
            self.texts[key] = self.held([*item.__bases__, members(item), *subclasses(item)])
        elif isinstance(item, FunctionType):
            uses = self.held([item.__defaults__, item.__kwdefaults__, used_values(item)])
            self.texts[key] = f"{own_text(item, without_docstrings)}{uses}"

    def _state(self, item: Any) -> str:
        """Another object: of a user's own kind what it holds; of others what they print, unless that is an address."""
        kind = type(item)
        if kind.__module__ == MAIN:
            self.held(kind)
        self._waiting.append((kind.__module__, kind.__qualname__.partition(".")[0]))
        if self._is_own(kind.__module__):
            return self.held({**(attribute(item, "__dict__") or {}), **slots(item)})
        text = repr(item)
        return "" if " at 0x" in text else text

    def _is_own(self, module: str) -> bool:
        """Whether a module is the user's own, or what a script or a notebook defines."""
        return module == MAIN or self._bindings(module) is not None

    def read(self) -> None:
        """Take in all that was named, and what that uses."""
        while self._waiting:
            module, name = self._waiting.pop()
            bindings = self._bindings(module)
            key = (self._label(module), name)
            if bindings is None or key in self.texts:
                continue
            self.texts[key] = "\n".join(plain(statement, name) for statement in bindings.get(name, ()))
            if name == ALWAYS:
                self._follow_effects(module)
            else:
                self._waiting.append((module, ALWAYS))
            if name not in bindings and name != ALWAYS:  # made in a way that can't be followed
                self._waiting += [(module, other) for other in bindings]
            for statement in bindings.get(name, ()):
                self._follow(module, statement, name)

    def _follow(self, module: str, node: ast.AST, name: str = "") -> None:
        bindings = self._bindings(module) or {}
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and part.id in bindings:
                self._waiting.append((module, part.id))
            elif isinstance(part, ast.Import):
                for alias in part.names:
                    if part is not node or name in (ALWAYS, bound_by(alias)):
                        self._follow_module(alias.name)
            elif isinstance(part, ast.ImportFrom):
                origin = importlib.util.resolve_name("." * part.level + (part.module or ""), self._package(module))
                for alias in part.names:
                    if part is not node or name in (ALWAYS, bound_by(alias)):
                        self._follow_import(origin, alias.name)
            elif isinstance(part, ast.Attribute):
                for reached in modules_reached(part, bindings, self._package(module)):
                    if self._bindings(reached) is not None:
                        self._follow_module(reached)
            elif named := named_by_call(part, self._package(module)):
                for imported in named_modules([named], self._folder):
                    self._follow_module(imported)

    def _follow_effects(self, module: str) -> None:
        """Take in what the imports at the top of a module do when they are run, used or not."""
        statements = [part for parts in (self._bindings(module) or {}).values() for part in parts]
        for node in (node for part in statements if not isinstance(part, DEFINITIONS) for node in ast.walk(part)):
            if isinstance(node, ast.Import | ast.ImportFrom):
                self._waiting += [(name, ALWAYS) for name in imported_names(node, self._package(module))]

    def _follow_lambda(self, module: str, line: int | None) -> None:
        for statement in (part for parts in (self._bindings(module) or {}).values() for part in parts):
            for node in ast.walk(statement):
                if isinstance(node, ast.Lambda) and node.lineno == line:
                    text = ast.unparse(node)
                    self.texts[self._label(module), text] = text
                    self._follow(module, node)
        self._waiting.append((module, ALWAYS))

    def _follow_import(self, module: str, name: str) -> None:
        if name == "*" or self._bindings(f"{module}.{name}") is not None:
            self._follow_module(module if name == "*" else f"{module}.{name}")
        else:
            self._waiting.append((module, name))

    def _follow_module(self, module: str) -> None:
        """Take in all of a module, and of the packages that it is in."""
        parts = module.split(".")
        for end in range(1, len(parts) + 1):
            part = ".".join(parts[:end])
            self._waiting += [(part, name) for name in self._bindings(part) or ()]

    def _bindings(self, module: str) -> Bindings | None:
        """The statements that bind each name at the top of a module; None if it is not the user's own."""
        if module not in self._modules:
            source = self._source(module)
            self._modules[module] = None if source is None else self._with_hidden(module, bindings_of(source))
        return self._modules[module]

    def _with_hidden(self, module: str, bindings: Bindings) -> Bindings:
        """Let count always what may have a part by no name: a class made from one of the user's own, which may know
        it, and a statement that calls what is the user's own though nothing keeps the result.
        """
        defined = classes(bindings)
        own = {kind.name for _, kind in defined}
        hidden = [
            statement
            for statement, kind in defined
            if any(name in own or self._is_imported(module, bindings, name) for name in made_from(kind))
        ]
        for statement in bindings.pop(ASKING, []):
            if any(_is_made(bindings, name) or self._is_imported(module, bindings, name) for name in called(statement)):
                hidden.append(statement)
        always = bindings.get(ALWAYS, [])
        always += [statement for statement in dict.fromkeys(hidden) if statement not in always]
        return {**bindings, ALWAYS: always} if always else bindings

    def _is_imported(self, module: str, bindings: Bindings, name: str) -> bool:
        """Whether a name is imported from a module of the user's own; if nothing binds it, by a star."""
        nodes = (node for statement in bindings.get(name, bindings.get(ALWAYS, [])) for node in ast.walk(statement))
        origins = (origin for node in nodes for origin in imported_names(node, self._package(module)))
        return any(self._source(origin) is not None for origin in origins)

    def _source(self, module: str) -> Path | None:
        if module not in self._sources:
            path: Any = getattr(sys.modules.get(module), "__file__", None)
            loaded = Path(os.path.abspath(path)) if isinstance(path, str) else None
            candidates = (source_in(self._folder, module), loaded) if module else ()
            sources = (path for path in candidates if path is not None and path.suffix == ".py")
            own = (source for source in sources if source.is_file() and is_own(module, source, self._folder))
            self._sources[module] = next(own, None)
        return self._sources[module]

    def _package(self, module: str) -> str:
        source = self._source(module)
        return module if source is not None and source.stem == "__init__" else module.rpartition(".")[0]

    def _label(self, module: str) -> str:
        return "" if module.startswith(PREFIX) else module  # a search-space file may be renamed


def _is_made(bindings: Bindings, name: str) -> bool:
    """Whether a module binds a name by more than imports."""
    return any(not isinstance(statement, ast.Import | ast.ImportFrom) for statement in bindings.get(name, ()))
