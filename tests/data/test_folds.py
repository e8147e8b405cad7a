"""Folds: each example is validated on once, and classes are as frequent in each fold as in all examples."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.model_selection import KFold, StratifiedKFold

from sweep.data.folds import refuse_few, splits
from sweep.data.parts import Part
from sweep.errors import InputError

LABELS = np.repeat(np.arange(3, dtype=np.int32), [30, 20, 10])
ROWS = np.zeros((60, 2), np.float32)


def test_labels_are_stratified_as_by_scikit_learn() -> None:
    wanted = StratifiedKFold(5, shuffle=True, random_state=0).split(ROWS, LABELS)
    for (train, val), (wanted_train, wanted_val) in zip(splits(Part(ROWS, LABELS), 5), wanted, strict=True):
        assert np.array_equal(train, wanted_train)
        assert np.array_equal(val, wanted_val)
        assert np.bincount(LABELS[val]).tolist() == [6, 4, 2]


def test_other_targets_are_split_by_their_number() -> None:
    part = Part((ROWS, ROWS), LABELS + np.float32(0.5))
    wanted = KFold(7, shuffle=True, random_state=0).split(ROWS)
    for (_, val), (_, wanted_val) in zip(splits(part, 7), wanted, strict=True):
        assert np.array_equal(val, wanted_val)
    assert sorted(index for _, val in splits(part, 7) for index in val) == [*range(60)]


def test_there_must_be_an_example_of_each_class_for_each_fold() -> None:
    refuse_few(Part(ROWS, LABELS), 10)
    with pytest.raises(InputError, match="as many as there are training examples of each class, 10, but got 11"):
        refuse_few(Part(ROWS, LABELS), 11)
    refuse_few(Part(ROWS, LABELS + np.float32(0)), 60)
    with pytest.raises(InputError, match="as many as there are training examples, 60, but got 61"):
        refuse_few(Part(ROWS, LABELS + np.float32(0)), 61)
