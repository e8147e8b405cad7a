"""Compares two trained networks, example by example, by what they predicted of one test set, or by their losses."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sweep.analysis.mcnemar import McNemar, mcnemar
from sweep.analysis.paired import PairedTest, paired_test
from sweep.data.parts import Part
from sweep.errors import InputError
from sweep.space.metrics import ACCURACY
from sweep.study.records import TrialRecord
from sweep.study.storage.folder import StudyFolder
from sweep.study.storage.predictions import holds_losses, read, read_losses
from sweep.training.messages import trial_stem


def compare_networks(
    folder: StudyFolder, a: TrialRecord, b: TrialRecord, find_test: Callable[[], Part]
) -> McNemar | PairedTest:
    """McNemar's test on the labels that two completed trials predicted, or a paired t-test on their losses.

    Args:
        folder: the study's folder, which has the predictions.
        a: record of a trial.
        b: record of another.
        find_test: finds the study's test set, if labels were kept; it may raise `InputError`.

    Raises:
        InputError: if both are the same trial, one has not completed, or the data or predictions are gone or not what
            was measured.
    """
    if a.number == b.number:
        raise InputError(f"compare needs two trials, but got trial {a.number} twice")
    ended_early = [f"trial {trial.number} is {trial.state}" for trial in (a, b) if trial.state != "COMPLETE"]
    if ended_early:
        raise InputError(f"only completed trials are tested, but {' and '.join(ended_early)}")
    if any(holds_losses(folder.predictions(trial_stem(trial.number))) for trial in (a, b)):
        return _by_losses(folder, a, b)
    test = find_test()
    right_a, right_b = (_right(folder, trial, test) for trial in (a, b))
    return mcnemar(right_a, right_b)


def _by_losses(folder: StudyFolder, a: TrialRecord, b: TrialRecord) -> PairedTest:
    paths = [folder.predictions(trial_stem(trial.number)) for trial in (a, b)]
    losses_a, losses_b = map(read_losses, paths)
    if losses_a.shape != losses_b.shape or len(losses_a) < 2:
        raise InputError(
            f"two trials must have the losses of the same test examples, two at least, but got {len(losses_a)} in "
            f"{paths[0]} and {len(losses_b)} in {paths[1]}"
        )
    return paired_test(losses_a, losses_b)


def _right(folder: StudyFolder, trial: TrialRecord, test: Part) -> NDArray[np.bool_]:
    """Which test images a trial got right, shape (n,)."""
    path = folder.predictions(trial_stem(trial.number))
    accuracy = trial.test.get(ACCURACY)
    right: NDArray[np.bool_] = read(path, len(test.y)) == test.y
    if accuracy is None or abs(float(right.mean()) - accuracy) > 0.5 / len(test.y):
        measured = "unknown" if accuracy is None else f"{100 * accuracy:.2f} %"
        raise InputError(
            f"{path} must hold the labels that trial {trial.number} predicted, but by them its test accuracy would be "
            f"{100 * float(right.mean()):.2f} %, and the ledger has {measured}"
        )
    return right
