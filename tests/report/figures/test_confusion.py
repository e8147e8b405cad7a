"""The confusion matrix."""

from __future__ import annotations

import numpy as np

from sweep.report.figures.confusion import confusion


def test_right_and_wrong_cells_are_traces_of_their_own() -> None:
    labels = np.array([0, 0, 1, 1, 2, 2], np.int32)
    predicted = np.array([0, 1, 1, 1, 2, 0], np.int32)
    drawing = confusion(labels, predicted, "trial 3")
    right, wrong = drawing.figure.data
    assert [list(row) for row in right.z] == [[0.5, None, None], [None, 1.0, None], [None, None, 0.5]]
    assert [list(row) for row in wrong.z] == [[None, 0.5, None], [None, None, None], [0.5, None, None]]
    assert drawing.description.startswith("Trial 3 got 4 of 6 test examples right. Its most frequent mistakes: ")
    assert "0 taken for 1 (1)" in drawing.description
    assert len(drawing.figure.layout.annotations) == 5


def test_a_model_without_a_mistake_is_said_to_make_none() -> None:
    labels = np.array([0, 1], np.int32)
    assert confusion(labels, labels, "the baseline").description.endswith("It made no mistake.")
