"""What the code of a trial raised, as its failure."""

from __future__ import annotations

import traceback

from sweep.errors import SweepError, describe
from sweep.space.sweep import Params
from sweep.training.messages import Failure

DETAILS_LIMIT = 8_000


def failure_of(error: Exception, params: Params) -> Failure:
    """The failure of a trial whose code, or whose model's code, raised this; call it where that was caught."""
    reason = str(error) if isinstance(error, SweepError) else describe(error)
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":  # TensorFlow's
        reason = f"out of memory with {params_text(params)}: {reason}"
    return Failure(reason, traceback.format_exc()[-DETAILS_LIMIT:])


def params_text(params: Params) -> str:
    """Params on one line."""
    return " ".join(f"{name}={value}" for name, value in params.items())
