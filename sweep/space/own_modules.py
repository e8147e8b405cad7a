"""A search-space file's own modules: those of its folder that it imports. They go to the workers by value."""

from __future__ import annotations

import ast
import importlib.util
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import cloudpickle

PREFIX = "sweep_space_"
"""What the name of a loaded search-space file begins with, as a module."""

_loaded: set[str] = set()
"""The names of all own modules of the files that this process has loaded, and of the files themselves."""


@contextmanager
def sent_by_value() -> Iterator[None]:
    """Meanwhile cloudpickle packs the own modules of all loaded files, whose files a worker lacks; else only names."""
    known = cloudpickle.list_registry_pickle_by_value()
    modules = [sys.modules[name] for name in _loaded if name in sys.modules and name not in known]
    for module in modules:
        cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        for module in modules:
            cloudpickle.unregister_pickle_by_value(module)


def forget(folder: Path) -> None:
    """Let the next load import a folder's own modules again, since they may have been edited.

    That a file of another folder has loaded a module of the same name must not stand in their way.

    Args:
        folder: a search-space file's, resolved.
    """
    for name in [name for name in _loaded if name in sys.modules and (_is_own(name, folder) or _lies_in(name, folder))]:
        del sys.modules[name]


def _lies_in(name: str, folder: Path) -> bool:
    """Whether a folder has a module or package of that name."""
    beside = folder.joinpath(*name.split("."))
    return beside.with_suffix(".py").is_file() or (beside / "__init__.py").is_file()


def remember(module: ModuleType, imported: Iterable[str], folder: Path) -> None:
    """Note which modules are a loaded file's own.

    Args:
        module: the file's.
        imported: the names of the modules that were imported while it was loaded.
        folder: the file's, resolved.
    """
    waiting = [module.__name__, *imported]
    own: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in own or not _is_own(name, folder):
            continue
        own.add(name)
        # The caller may have imported some before: they are not among the new ones, but named in what imports them.
        waiting += _names_imported(sys.modules[name])
    _loaded.update(own)


def home_of(function: object) -> Path:
    """The folder of the user's own modules where no search-space file tells it.

    Args:
        function: the model function, or an object that can be called.

    Returns:
        The folder that the function's module, or the package which that is in, was imported from; of what a script
        defines the script's; of a notebook or a prompt the current one.
    """
    name = getattr(function, "__module__", None) or type(function).__module__
    source = _source(name)
    if source is None:
        return Path.cwd()
    levels = name.count(".") + (source.stem == "__init__")
    return source.parents[levels]


def remember_folder(folder: Path) -> None:
    """Note that all imported modules that lie in a folder are the user's own, and go to the workers by value.

    Args:
        folder: resolved, such as by `home_of`.
    """
    _loaded.update(name for name in list(sys.modules) if _is_own(name, folder))


def own_sources(folder: Path) -> dict[str, Path]:
    """The source files of a folder's own modules, by the modules' names.

    Args:
        folder: a search-space file's, resolved.
    """
    return {name: source for name in _loaded if (source := _source(name)) and source.is_relative_to(folder)}


def is_own(name: str, source: Path, folder: Path) -> bool:
    """Whether a module is a search-space file's own: it lies in the file's folder, and is not installed there.

    Args:
        name: of the module.
        source: its file, resolved.
        folder: the search-space file's, resolved.
    """
    if name == "__main__" or name.partition(".")[0] == "sweep":
        return False
    return source.is_relative_to(folder) and not any(map(source.is_relative_to, _installed()))


def _is_own(name: str, folder: Path) -> bool:
    source = _source(name)
    return source is not None and is_own(name, source, folder)


def _source(name: str) -> Path | None:
    module = sys.modules.get(name)
    file = vars(module).get("__file__") if isinstance(module, ModuleType) else None
    return Path(file).resolve() if isinstance(file, str) else None


def _installed() -> set[Path]:
    return {Path(sysconfig.get_path(kind)).resolve() for kind in ("stdlib", "platstdlib", "purelib", "platlib")}


def _names_imported(module: ModuleType) -> set[str]:
    """The modules that a module's source imports anywhere, and the packages they are in."""
    source = _source(module.__name__)
    if source is None or not source.is_file() or source.suffix != ".py":
        return set()
    package = module.__name__ if hasattr(module, "__path__") else module.__name__.rpartition(".")[0]
    names: set[str] = set()
    for node in ast.walk(ast.parse(source.read_bytes())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            names.update({origin, *(f"{origin}.{alias.name}" for alias in node.names)})
    return {".".join(parts[:end]) for parts in (name.split(".") for name in names) for end in range(1, len(parts) + 1)}
