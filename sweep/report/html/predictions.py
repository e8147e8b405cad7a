"""What the baseline and the contender predicted of the test examples, where it is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sweep.analysis.selection import contender
from sweep.analysis.study_analysis import Analysis
from sweep.data.dataset import Dataset
from sweep.data.parts import Part
from sweep.errors import InputError
from sweep.report.figures.confusion import confusion
from sweep.report.figures.drawing import Drawing
from sweep.study.records import BASELINE
from sweep.study.storage.folder import StudyFolder
from sweep.study.storage.predictions import holds_losses, read
from sweep.training.messages import trial_stem


@dataclass(frozen=True, eq=False)
class KnownPredictions:
    """Predicted labels of the test examples. Get it with `known_predictions`.

    Args:
        test: the test examples.
        labels: true labels, shape (n,).
        number: number of the contender, or of the baseline if there is no contender.
        predicted: labels that this trial predicted, shape (n,).
        baseline: labels that the baseline predicted, shape (n,); None if they are not known.
    """

    test: Part
    labels: NDArray[np.int32]
    number: int
    predicted: NDArray[np.int32]
    baseline: NDArray[np.int32] | None

    @property
    def name(self) -> str:
        """What the trial is called."""
        return "the baseline" if self.number == BASELINE else f"trial {self.number}"


def known_predictions(analysis: Analysis, folder: StudyFolder, data: Callable[[], Dataset]) -> KnownPredictions:
    """What the contender and the baseline predicted of the test examples.

    Args:
        analysis: the analysis of the study.
        folder: the study's folder, which has the predictions.
        data: finds the study's data; it may raise `InputError`.

    Raises:
        InputError: if no labels were predicted, or the predictions or the data are not at hand.
    """
    chosen = contender(analysis)
    number = BASELINE if chosen is None else chosen
    path = folder.predictions(trial_stem(number))
    if holds_losses(path):
        raise InputError("the model predicts no labels, so that there is no confusion matrix")
    if not path.is_file():
        raise InputError(f"the labels that trial {number} predicted were not kept")
    test = data().test
    labels = test.labels if isinstance(test, Part) else None
    if labels is None:
        raise InputError("the targets are no class labels, so that there is no confusion matrix")
    own = folder.predictions(trial_stem(BASELINE))
    baseline = read(own, len(labels)) if number != BASELINE and own.is_file() else None
    return KnownPredictions(test, labels, number, read(path, len(labels)), baseline)


def confusion_drawing(analysis: Analysis, folder: StudyFolder, data: Callable[[], Dataset]) -> Drawing:
    """The contender's confusion matrix.

    Raises:
        InputError: if no labels were predicted, or the predictions or the data are not at hand.
    """
    known = known_predictions(analysis, folder, data)
    return confusion(known.labels, known.predicted, known.name)
