"""Distributed hyperparameter sweeps: Optuna decides, Ray Tune runs, Keras trains, pandas tells."""

from __future__ import annotations

import os
import sys

# `python -m sweep` puts the current folder first on the path, where a file named like a dependency's module would be
# taken for it; last, the user's own modules are still imported. A checkout's own folder stays where it is.
if (
    sys.argv[:1] == ["-m"]
    and __name__ in sys.orig_argv
    and not sys.flags.safe_path
    and sys.path[0] != os.path.dirname(os.path.dirname(__file__))
):
    sys.path.append(sys.path.pop(0))

import logging
from typing import Any

from sweep.errors import InputError, Pruned, SweepError, SweepFailed
from sweep.space.sweep import Sweep

__version__ = "0.2.0"

logging.getLogger(__name__).addHandler(logging.NullHandler())  # the log of a library is for its user to show
__all__ = [
    "InputError",
    "Pruned",
    "Study",
    "Sweep",
    "SweepError",
    "SweepFailed",
    "build_model",
    "from_hypermodel",
    "load",
    "run",
]


def __getattr__(name: str) -> Any:
    # Postponed: build_model needs TensorFlow, which takes seconds to import and which the driver never needs.
    if name == "build_model":
        from sweep.training.model import build_model

        return build_model
    # Postponed: it needs Optuna, which a worker that imports `Sweep` does not.
    if name == "from_hypermodel":
        from sweep.training.hypermodel import from_hypermodel

        return from_hypermodel
    # Postponed: these need Optuna and pandas, which a worker that imports `Sweep` does not.
    if name in ("Study", "load", "run"):
        from sweep import api

        return getattr(api, name)
    raise AttributeError(f"module 'sweep' has no attribute {name!r}")
