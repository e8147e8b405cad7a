"""What was predicted of the test examples, and what is shown of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from builders import tiny_dataset
from searches import searched

from sweep.analysis.study_analysis import Analysis
from sweep.data.dataset import Dataset
from sweep.errors import InputError
from sweep.report.html.mistakes import mistakes
from sweep.report.html.predictions import confusion_drawing, known_predictions
from sweep.study.storage.folder import StudyFolder
from sweep.study.storage.predictions import pack, pack_losses

TRUE = [0, 1, 2, 0, 1, 2]
OURS = [0, 1, 2, 0, 0, 1]
THEIRS = [1, 1, 2, 0, 1, 0]


@pytest.fixture
def folder(tmp_path: Path) -> StudyFolder:
    """A study's folder with what trial 5 and the baseline predicted of the six images of `tiny_dataset`."""
    made = StudyFolder(tmp_path, "tiny")
    for number, labels in ((5, OURS), (0, THEIRS)):
        path = made.predictions(f"trial-{number:04d}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pack(np.array(labels, np.int32)))
    return made


def gone() -> Dataset:
    raise InputError("MNIST is not on this machine")


def test_both_models_predictions_are_read_with_the_labels(folder: StudyFolder) -> None:
    known = known_predictions(Analysis(searched()), folder, tiny_dataset)
    assert (known.number, known.name) == (5, "trial 5")
    assert known.labels.tolist() == TRUE
    assert known.predicted.tolist() == OURS
    assert known.baseline is not None
    assert known.baseline.tolist() == THEIRS
    assert "Trial 5 got 4 of 6" in confusion_drawing(Analysis(searched()), folder, tiny_dataset).description


def test_images_that_one_gets_wrong_and_the_other_right_are_shown(folder: StudyFolder) -> None:
    text = mistakes(known_predictions(Analysis(searched()), folder, tiny_dataset))
    assert text.count("<img") == 2
    assert 'alt="Test image 4: a 1, taken for 0"' in text  # ours is wrong, the baseline's right
    assert 'alt="Test image 0: a 0, taken for 1"' in text
    assert text.index("Wrong by trial 5") < text.index("Test image 4") < text.index("Wrong by the baseline,")
    assert "trial 5 alone got 1 of 6 test examples right, and the baseline alone 1" in text
    assert "This p is of these two networks only" in text


def test_inputs_that_are_no_images_are_not_shown(folder: StudyFolder) -> None:
    rows = np.zeros((24, 3), np.float32), np.zeros((6, 3), np.float32)
    known = known_predictions(Analysis(searched()), folder, lambda: tiny_dataset(x_train=rows[0], x_test=rows[1]))
    assert "The inputs are no images" in mistakes(known)


def test_without_the_baselines_predictions_there_is_nothing_to_compare(folder: StudyFolder) -> None:
    folder.predictions("trial-0000").unlink()
    assert "can be compared" in mistakes(known_predictions(Analysis(searched()), folder, tiny_dataset))


def test_what_is_missing_is_an_error_that_says_what(folder: StudyFolder) -> None:
    analysis = Analysis(searched())
    with pytest.raises(InputError, match="MNIST is not on this machine"):
        known_predictions(analysis, folder, gone)
    folder.predictions("trial-0005").write_bytes(pack_losses(np.ones(6, np.float32)))
    with pytest.raises(InputError, match="predicts no labels"):
        known_predictions(analysis, folder, tiny_dataset)
    folder.predictions("trial-0005").unlink()
    with pytest.raises(InputError, match="trial 5 predicted were not kept"):
        known_predictions(analysis, folder, tiny_dataset)
