"""Whatever of Keras is used and not documented. `tests/training/test_private.py` fails when Keras changes it.

The bounds of `keras` in pyproject.toml hold it where that test passes.
"""

from __future__ import annotations

from typing import Any


def skip_all_reduce(optimizer: Any) -> None:
    """Let an optimizer apply gradients without summing them over replicas.

    Outside a distribution strategy the sum changes nothing, but tracing it enters a function in TensorFlow's gradient
    registry, which is never emptied and keeps the trial's whole graph: without this a worker grows by 4-6 MB a trial.
    """
    optimizer._all_reduce_sum_gradients = lambda grads_and_vars: grads_and_vars


def compiled_metrics(model: Any) -> tuple[Any, Any]:
    """The metrics and the weighted metrics that a model was compiled with, as they were given to `compile`.

    `get_compile_config` would say as much, but it serializes them, and the loss with them, which fails for functions
    whose source is not at hand, as on a worker.
    """
    compiled = model._compile_metrics
    return (None, None) if compiled is None else (compiled._user_metrics, compiled._user_weighted_metrics)


def mask_of(outputs: Any) -> Any:
    """The mask that layers have handed on to a tensor; None if there is none."""
    return getattr(outputs, "_keras_mask", None)
