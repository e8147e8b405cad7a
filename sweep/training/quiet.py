"""TensorFlow is imported without a word, and takes no more of a GPU than it needs: in the process that only drives."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

STDERR = 2
LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"
TENSORFLOW = "tensorflow"


@contextmanager
def tensorflow_quiet() -> Iterator[None]:
    """While TensorFlow is imported: what it prints then heeds no setting, so standard error is shut.

    TensorFlow remembers for the rest of the process how much it may print, so that the variable need not stay.
    """
    level = os.environ.get(LOG_LEVEL)
    os.environ[LOG_LEVEL] = level or "3"
    kept = os.dup(STDERR)
    shut = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(shut, STDERR)
        yield
    finally:
        os.dup2(kept, STDERR)
        os.close(kept)
        os.close(shut)
        if level is None:
            del os.environ[LOG_LEVEL]


@contextmanager
def quiet_imports() -> Iterator[None]:
    """In this context TensorFlow is imported quietly by whoever imports it, such as a search-space file.

    Whatever else is printed meanwhile is seen, and no importer stays behind.
    """
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        with suppress(ValueError):  # an inner context, or the user's code, may have taken it out
            sys.meta_path.remove(finder)


class _Finder(MetaPathFinder):
    """Finds TensorFlow as it is always found, but has it loaded quietly."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Called by Python for each module that is imported."""
        spec = PathFinder.find_spec(name, path, target) if name == TENSORFLOW else None
        if spec is None or spec.loader is None:
            return None
        spec.loader = _QuietLoader(spec.loader)
        return spec


class _QuietLoader(Loader):
    """Loads TensorFlow by its own loader, which it has from then on."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Called by Python before the module is run."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Called by Python to run the module."""
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        with tensorflow_quiet():
            self._loader.exec_module(module)
            share_gpus(module)


def share_gpus(tensorflow: ModuleType) -> None:
    """Let this process take no more of a GPU than it needs: trials are trained there."""
    with suppress(RuntimeError):  # it has begun in this process, with the caller's own settings
        for device in tensorflow.config.get_visible_devices("GPU"):
            tensorflow.config.experimental.set_memory_growth(device, True)
