"""TensorFlow without Ray, in this process or in a fresh one: as quiet, and settled, as in a worker."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from sweep.data.dataset import Dataset
from sweep.errors import SweepError
from sweep.training.cpu import onednn_for_training
from sweep.training.messages import TrainingConfig
from sweep.training.quiet import tensorflow_quiet

if TYPE_CHECKING:
    from sweep.training.worker import AnyWorker

Answer = TypeVar("Answer")

STDOUT, STDERR = 1, 2


def warm_worker(training_config: TrainingConfig, dataset: Dataset) -> AnyWorker:
    """A worker of this process's own; only the first in a process may say how many threads it gets."""
    with tensorflow_quiet(), onednn_for_training():
        # Postponed: TensorFlow takes seconds to import, and only what trains needs it.
        from sweep.training.worker import has_gpu, make_worker, settle_devices

        settle_devices(
            training_config.threads, gpu=training_config.gpu and has_gpu()
        )  # a GPU that is not here is told as what changed
        return make_worker(training_config, dataset.training(training_config.folds), dataset.test)


def in_fresh_process(function: Callable[..., Answer], *arguments: object) -> Answer:
    """Call a function in a Python process of its own, where TensorFlow is not in use yet; returns its answer.

    The caller's script is not run again there, as `multiprocessing` would.

    Args:
        function: a function of this package.
        *arguments: what it is called with; they and the answer must be things that pickle takes.

    Raises:
        SweepError: if the process ended without an answer.
        Exception: what the function raised.
    """
    done = subprocess.run(
        [sys.executable, "-c", f"from {__name__} import answer_parent; answer_parent()"],
        input=pickle.dumps((function, arguments)),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        check=False,
    )
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise SweepError(f"a process that trains must end with an answer, but it ended with {done.returncode}: {last}")
    succeeded, answer = pickle.loads(done.stdout)  # noqa: S301 - it comes from this package's own function
    if not succeeded:
        raise answer
    result: Answer = answer
    return result


def answer_parent() -> None:
    """In the fresh process: call what the parent asks for, and send it the answer, or what was raised."""
    answers = os.fdopen(os.dup(STDOUT), "wb")
    os.dup2(STDERR, STDOUT)  # what the user's code prints is no answer
    function, arguments = pickle.load(sys.stdin.buffer)  # noqa: S301 - as above
    try:
        answer = True, function(*arguments)
    except Exception as error:  # noqa: BLE001 - the parent raises it
        answer = False, error
    with answers:
        pickle.dump(answer, answers)
