"""A search-space file's own modules: those of its folder that it imports. They go to the workers by value."""

from __future__ import annotations

import ast
import importlib.util
import os
import pkgutil
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import cloudpickle

from sweep.space.cached import caches_sent_by_value

PREFIX = "sweep_space_"
"""What the name of a loaded search-space file begins with, as a module."""
IMPORTING = ("import_module", "__import__")
"""Functions that import the module that they are given the name of."""
MAINS = ("__main__", "__mp_main__")
"""The names of the program that loads a file; the second one comes with `multiprocessing`, which Keras imports."""

_loaded: set[str] = set()
"""The names of all own modules of the files that this process has loaded, and of the files themselves."""


@contextmanager
def sent_by_value() -> Iterator[None]:
    """Meanwhile cloudpickle packs the own modules of all loaded files, whose files a worker lacks; else only names.

    So it does with functions of theirs, and of a script's, that have a cache.
    """
    known = cloudpickle.list_registry_pickle_by_value()
    modules = [sys.modules[name] for name in _loaded if name in sys.modules and name not in known]
    for module in modules:
        cloudpickle.register_pickle_by_value(module)
    try:
        with caches_sent_by_value(lambda name: name in _loaded or name in MAINS):
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
    for name in _loaded & sys.modules.keys():
        if _is_own(name, folder) or source_in(folder, name):
            del sys.modules[name]


def source_in(folder: Path, name: str) -> Path | None:
    """The source file of a module or a package that lies in a folder; None if there is none of that name.

    Args:
        folder: the folder that imports start from.
        name: of the module, with dots.
    """
    beside = folder.joinpath(*name.split("."))
    return next((path for path in (beside / "__init__.py", beside.with_suffix(".py")) if path.is_file()), None)


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
        waiting += _imports_of(sys.modules[name])
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
    if name == "__main__":  # Python looks for a script's imports where the script lies, not where a link to it does
        source = source.resolve()
    levels = name.count(".") + (source.stem == "__init__")
    return source.parents[levels].resolve()


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
    return {name: source for name in _loaded if (source := _source(name)) and is_own(name, source, folder)}


def is_own(name: str, source: Path, folder: Path) -> bool:
    """Whether a module is a search-space file's own: it lies in the file's folder, and is not installed there.

    A symbolic link lies where it is and where it leads.

    Args:
        name: of the module.
        source: absolute path of its file, or of the link that it was found by.
        folder: the search-space file's, resolved.
    """
    if name in MAINS or name.partition(".")[0] == "sweep":
        return False
    places = (source, source.resolve())
    installed = any(place.is_relative_to(other) for place in places for other in _installed())
    return not installed and any(place.is_relative_to(folder) for place in places)


def _is_own(name: str, folder: Path) -> bool:
    source = _source(name)
    return source is not None and is_own(name, source, folder)


def _source(name: str) -> Path | None:
    module = sys.modules.get(name)
    file = vars(module).get("__file__") if isinstance(module, ModuleType) else None
    return Path(os.path.abspath(file)) if isinstance(file, str) else None


def _installed() -> set[Path]:
    return {Path(sysconfig.get_path(kind)).resolve() for kind in ("stdlib", "platstdlib", "purelib", "platlib")}


def _imports_of(module: ModuleType) -> set[str]:
    source = _source(module.__name__)
    package = module.__name__ if hasattr(module, "__path__") else module.__name__.rpartition(".")[0]
    return names_imported(source, package) if source else set()


def names_imported(source: Path, package: str) -> set[str]:
    """What a source file imports anywhere, and the packages that this is in; none if it is no Python.

    Args:
        source: the file.
        package: name of the package that relative imports start from; empty if there is none.

    Returns:
        Names of modules, and perhaps of what is in them; or patterns such as "models.*" (see `named_by_call`).
    """
    if not source.is_file() or source.suffix != ".py":
        return set()
    try:
        tree = ast.parse(source.read_bytes())
    except (SyntaxError, ValueError):  # whoever imports it is told
        return set()
    return {name for node in ast.walk(tree) for name in imported_names(node, package)}


def imported_names(node: ast.AST, package: str) -> set[str]:
    """What a statement imports, or a call, as `names_imported` has it; empty if a node is neither."""
    if isinstance(node, ast.Import):
        names = {alias.name for alias in node.names}
    elif isinstance(node, ast.ImportFrom):
        origin = _absolute("." * node.level + (node.module or ""), package)
        names = {origin, *(f"{origin}.{alias.name}" for alias in node.names)}
    else:
        names = {named_by_call(node, package)} - {""}
    return {".".join(parts[:end]) for parts in (name.split(".") for name in names) for end in range(1, len(parts) + 1)}


def named_by_call(node: ast.AST, package: str) -> str:
    """The module that a call of `importlib.import_module` or `__import__` imports; empty if a node is no such call.

    Args:
        node: any part of the code.
        package: name of the package that a relative name starts from.

    Returns:
        Its name; or, if that is computed, what is known of its beginning with a star: "models.*" or "*".
    """
    if not isinstance(node, ast.Call):
        return ""
    if getattr(node.func, "attr", getattr(node.func, "id", "")) not in IMPORTING:
        return ""
    arguments = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg == "name")]
    start = arguments[0] if arguments else node
    while isinstance(start, ast.BinOp | ast.JoinedStr):
        start = start.left if isinstance(start, ast.BinOp) else [*start.values, node][0]
    known = start.value if isinstance(start, ast.Constant) and isinstance(start.value, str) else ""
    name = known if arguments and start is arguments[0] and known else f"{known}*"
    return _absolute(name, package)


def _absolute(name: str, package: str) -> str:
    """A module's name without leading dots; where they lead out of the package, it may be any module."""
    try:
        return importlib.util.resolve_name(name, package)
    except ImportError:
        return "*"


def named_modules(names: Iterable[str], folder: Path) -> Iterator[str]:
    """Names of modules; in the place of a pattern those of all modules that lie in a folder and fit it."""
    for name in names:
        if name.endswith("*"):
            yield from (module for module in _modules_in(folder) if module.startswith(name[:-1]))
        else:
            yield name


def _modules_in(folder: Path, package: str = "") -> Iterator[str]:
    """All modules of a folder but loaded search-space files, those of its packages included."""
    files = {_source(name) for name in _loaded if name.startswith(PREFIX)}
    for module in pkgutil.iter_modules([str(folder)]):
        if (folder / f"{module.name}.py").resolve() not in files:
            yield f"{package}{module.name}"
        if module.ispkg:
            yield from _modules_in(folder / module.name, f"{package}{module.name}.")
