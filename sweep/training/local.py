"""TensorFlow in this process, without Ray: as quiet, and settled, as in a worker."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sweep.data.dataset import Dataset
from sweep.training.messages import TrainingConfig

if TYPE_CHECKING:
    from sweep.training.worker import Worker

STDERR = 2
LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"


def warm_worker(training_config: TrainingConfig, dataset: Dataset) -> Worker:
    """A worker of this process's own; only the first in a process may say how many threads it gets."""
    with tensorflow_quiet():
        # Postponed: TensorFlow takes seconds to import, and only what trains needs it.
        from sweep.training.worker import Worker, has_gpu, settle_devices

        settle_devices(
            training_config.threads, gpu=training_config.gpu and has_gpu()
        )  # a GPU that is not here is told as what changed
        return Worker(training_config, dataset.training(), dataset.test())


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
