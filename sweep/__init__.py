"""Distributed hyperparameter sweeps: Optuna decides, Ray Tune runs, Keras trains, pandas tells."""

from __future__ import annotations

import logging
from typing import Any

from sweep.space.sweep import Sweep

__version__ = "0.2.0"

logging.getLogger(__name__).addHandler(logging.NullHandler())  # the log of a library is for its user to show
__all__ = ["Sweep", "build_model"]


def __getattr__(name: str) -> Any:
    # Postponed: build_model needs TensorFlow, which takes seconds to import and which the driver never needs.
    if name == "build_model":
        from sweep.training.model import build_model

        return build_model
    raise AttributeError(f"module 'sweep' has no attribute {name!r}")
