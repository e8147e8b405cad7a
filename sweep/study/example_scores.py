"""What confirming runs got of each test example, as their files of predictions have it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sweep.errors import InputError
from sweep.space.metrics import is_share
from sweep.study.confirming_run import ConfirmingRun
from sweep.study.storage.folder import StudyFolder
from sweep.study.storage.predictions import holds_losses, read_losses, read_right

LOSS_TOLERANCE = 1e-4
"""By how much a mean of single losses may miss Keras's, which adds up batches in float32, as a share of it."""


def example_scores(folder: StudyFolder, runs: Sequence[ConfirmingRun], metric: str) -> NDArray[np.float64]:
    """What confirming runs got of each test example, if a metric is the mean of that.

    Args:
        folder: the study's folder, which has the predictions.
        runs: confirming runs that succeeded, one at least.
        metric: name in Keras of the metric.

    Returns:
        Array of shape (runs, n), float64, n the number of test examples: 1 where a label was right and 0 where it was
        not, or the loss.

    Raises:
        InputError: if that was not kept or can't be read, the metric is no mean of it, or the runs were measured on
            different numbers of examples.
    """
    scores = [_scores_of(folder.predictions(run.stem), run, metric) for run in runs]
    sizes = {len(one): run.stem for one, run in zip(scores, runs, strict=True)}
    if len(sizes) > 1:
        raise InputError(f"the runs must have the same test examples, but got {_listed(sizes)}")
    return np.stack(scores)


def _scores_of(path: Path, run: ConfirmingRun, metric: str) -> NDArray[np.float64]:
    if not path.is_file():
        raise InputError(f"what {run.stem} predicted was not kept")
    measured = run.test.get(metric, math.nan)
    if holds_losses(path):
        losses = read_losses(path)
        if not losses.size or not math.isclose(float(losses.mean()), measured, rel_tol=LOSS_TOLERANCE, abs_tol=1e-9):
            raise InputError(f"{metric} is no plain mean of the losses of the test examples, which are what is kept")
        return losses
    right = read_right(path)
    if right is None:
        raise InputError(f"{run.stem} was made before it was kept which test examples a run gets right")
    if not is_share(metric) or abs(float(right.mean()) - measured) >= 0.5 / len(right):
        raise InputError(f"{metric} is no share of the test examples that were right, which is what is kept")
    return right.astype(np.float64)


def _listed(sizes: dict[int, str]) -> str:
    return " and ".join(f"{size:,} in {stem}" for size, stem in sizes.items())
