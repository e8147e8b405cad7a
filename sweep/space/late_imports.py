"""Modules beside a search-space file that its functions import only when they are called.

By then the file's folder is on no import path, or on another machine. So their sources are kept when the file is
loaded, and go to the workers; what a process can't import otherwise is made from them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.abc import ExecutionLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import decode_source, spec_from_loader
from pathlib import Path
from types import ModuleType

from sweep.space.own_modules import is_own, named_modules, names_imported, source_in


@dataclass(frozen=True)
class Source:
    """A module's source.

    Args:
        path: path of its file, where it was read.
        content: what the file held.
        is_package: whether it is a package.
    """

    path: str
    content: bytes
    is_package: bool


class _Sources(ExecutionLoader, MetaPathFinder):
    """Finds and loads modules by their sources.

    Attributes:
        offered: the sources, by the modules' names.
    """

    def __init__(self) -> None:
        self.offered: dict[str, Source] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Called for a module that nothing else has found."""
        return spec_from_loader(fullname, self) if fullname in self.offered else None

    def get_filename(self, fullname: str) -> str:
        """The path that is a module's `__file__`."""
        return self.offered[fullname].path

    def get_source(self, fullname: str) -> str:
        """The text of a module, to run and to show in a traceback."""
        return decode_source(self.offered[fullname].content)

    def is_package(self, fullname: str) -> bool:
        """Whether a module is a package."""
        return self.offered[fullname].is_package


_SOURCES = _Sources()


def keep(sources: Mapping[str, Source]) -> None:
    """Keep sources for `importable`, `offer` and for the workers."""
    _SOURCES.offered.update(sources)


@contextmanager
def importable() -> Iterator[None]:
    """Meanwhile this process imports modules from the sources kept, where it finds none of their names otherwise.

    Use it, or use it as a decorator, where functions of a search-space file are called.
    """
    installed = _SOURCES in sys.meta_path
    if not installed:
        sys.meta_path.append(_SOURCES)
    try:
        yield
    finally:
        if not installed:
            sys.meta_path.remove(_SOURCES)


def offer(sources: Mapping[str, Source]) -> None:
    """Let this process, a worker, import from these sources from now on."""
    keep(sources)
    if _SOURCES not in sys.meta_path:
        sys.meta_path.append(_SOURCES)


def offered() -> dict[str, Source]:
    """The sources that are kept, by the modules' names."""
    return dict(_SOURCES.offered)


def forget(folder: Path) -> None:
    """Let a file's modules be read and imported again, since they may have been edited.

    Args:
        folder: the file's, resolved.
    """
    for name, source in offered().items():
        if Path(source.path).is_relative_to(folder):
            del _SOURCES.offered[name]
            if getattr(sys.modules.get(name), "__loader__", None) is _SOURCES:
                del sys.modules[name]


def sources_beside(file: Path) -> dict[str, Source]:
    """The sources of all modules beside a search-space file that it imports anywhere, or that these import.

    Args:
        file: the search-space file, resolved.
    """
    folder = file.parent
    waiting = list(named_modules(names_imported(file, ""), folder))
    sources: dict[str, Source] = {}
    while waiting:
        name = waiting.pop()
        source = None if name in sources else _source(name, folder)
        if source is not None:
            sources[name] = source
            package = name if source.is_package else name.rpartition(".")[0]
            waiting += named_modules(names_imported(Path(source.path), package), folder)
    return sources


def _source(name: str, folder: Path) -> Source | None:
    path = source_in(folder, name)
    if path is not None:
        own = is_own(name, path, folder)
        return Source(str(path), path.read_bytes(), path.stem == "__init__") if own else None
    beside = folder.joinpath(*name.split("."))
    return Source(str(beside / "__init__.py"), b"", is_package=True) if beside.is_dir() else None
