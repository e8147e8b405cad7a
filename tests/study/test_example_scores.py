"""What confirming runs got of each test example."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sweep.errors import InputError
from sweep.study.confirming_run import ConfirmingRun
from sweep.study.example_scores import example_scores
from sweep.study.storage.folder import StudyFolder
from sweep.study.storage.predictions import pack, pack_losses

RIGHT = np.array([[True] * 9 + [False], [True] * 7 + [False] * 3])
LOSSES = np.linspace(0.1, 2.0, 20, dtype=np.float32).reshape(2, 10)


def runs(folder: StudyFolder, files: list[bytes], **scores: list[float]) -> list[ConfirmingRun]:
    """Confirming runs of trial 7 with these files of predictions and these test scores, by the metrics' names."""
    (folder.path / "predictions").mkdir(parents=True)
    made = []
    for index, data in enumerate(files):
        run = ConfirmingRun(7, index, 1, {name: values[index] for name, values in scores.items()})
        folder.predictions(run.stem).write_bytes(data)
        made.append(run)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> StudyFolder:
    return StudyFolder(tmp_path, "tiny")


def of_labels() -> list[bytes]:
    return [pack(np.zeros(10, np.int32), row) for row in RIGHT]


def test_labels_give_1_where_they_are_right(folder: StudyFolder) -> None:
    made = runs(folder, of_labels(), accuracy=[0.9, 0.7])
    scores = example_scores(folder, made, "accuracy")
    assert scores.dtype == np.float64
    np.testing.assert_array_equal(scores, RIGHT)
    np.testing.assert_array_equal(example_scores(folder, made[1:], "accuracy"), RIGHT[1:])


def test_losses_give_themselves_where_keras_measured_their_mean(folder: StudyFolder) -> None:
    means = [float(row.mean()) for row in LOSSES]
    rounded = [mean * (1 + 2e-6) for mean in means]
    weighted = [mean * 1.001 for mean in means]
    made = runs(folder, list(map(pack_losses, LOSSES)), loss=means, mae=rounded, mse=weighted)
    for name in ("loss", "mae"):
        np.testing.assert_array_equal(example_scores(folder, made, name), LOSSES)
    for name in ("mse", "accuracy"):
        with pytest.raises(InputError, match=f"{name} is no plain mean of the losses of the test examples"):
            example_scores(folder, made, name)


def test_a_share_of_something_else_is_refused(folder: StudyFolder) -> None:
    made = runs(folder, of_labels(), top_5_accuracy=[1.0, 0.9], auc=[0.9, 0.7])
    for name in ("top_5_accuracy", "auc", "loss"):
        with pytest.raises(InputError, match=f"{name} is no share of the test examples that were right"):
            example_scores(folder, made, name)


def test_different_numbers_of_examples_are_refused(folder: StudyFolder) -> None:
    files = [of_labels()[0], pack(np.zeros(20, np.int32), np.repeat(RIGHT[1], 2))]
    made = runs(folder, files, accuracy=[0.9, 0.7])
    with pytest.raises(InputError, match="same test examples, but got 10 in confirm-0007-00 and 20 in confirm-0007-01"):
        example_scores(folder, made, "accuracy")


def test_a_file_of_no_losses_is_no_mean(folder: StudyFolder) -> None:
    made = runs(folder, [pack_losses(np.zeros(0, np.float32))], loss=[0.5])
    with pytest.raises(InputError, match="loss is no plain mean"):
        example_scores(folder, made, "loss")


def test_a_missing_file_and_one_that_is_a_link_are_refused(folder: StudyFolder, tmp_path: Path) -> None:
    made = runs(folder, of_labels(), accuracy=[0.9, 0.7])
    path = folder.predictions("confirm-0007-01")
    path.rename(tmp_path / "elsewhere.npz")
    with pytest.raises(InputError, match="what confirm-0007-01 predicted was not kept"):
        example_scores(folder, made, "accuracy")
    path.symlink_to(tmp_path / "elsewhere.npz")
    with pytest.raises(InputError, match="is a link to"):
        example_scores(folder, made, "accuracy")
