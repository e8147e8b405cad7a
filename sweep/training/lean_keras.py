"""Keras imported without scikit-learn, which it needs for its scikit-learn wrappers alone."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

WRAPPERS = "wrappers"
SKLEARN = "sklearn"


@contextmanager
def keras_without_sklearn() -> Iterator[None]:
    """In this context Keras is imported without scikit-learn, which is a quarter of the time that it takes.

    Afterwards scikit-learn can be imported as ever, and `keras.wrappers` is loaded with it when it is first asked for.
    Where one of the two is imported already, nothing happens. For processes of the sweep's own only.

    Importing Keras and TensorFlow took 2.5 to 3.0 s of processor time instead of 3.3 to 3.7 (2026-11-25, EPYC Zen 4,
    n = 4 each, scikit-learn 1.9).
    """
    if SKLEARN in sys.modules or "keras" in sys.modules:
        yield
        return
    sys.modules[SKLEARN] = None  # type: ignore[assignment]  # what makes an import fail
    try:
        yield
    finally:
        del sys.modules[SKLEARN]
        _forget_wrappers()


def _forget_wrappers() -> None:
    """Let `keras.wrappers` be imported anew, also by who only names it."""
    loaded = [name for name in sys.modules if name.startswith("keras.") and WRAPPERS in name.split(".")]
    for name in loaded:
        del sys.modules[name]
    for package in ("keras", "keras.src", "keras._tf_keras.keras"):
        module = sys.modules.get(package)
        if module is None or WRAPPERS not in vars(module):
            continue
        delattr(module, WRAPPERS)
        if package != "keras.src":
            module.__getattr__ = _wrappers  # type: ignore[method-assign]  # as PEP 562 has it


def _wrappers(name: str) -> Any:
    if name != WRAPPERS:
        raise AttributeError(f"module 'keras' has no attribute {name!r}")
    return importlib.import_module(f"keras.{WRAPPERS}")
