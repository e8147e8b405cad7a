"""The folds of a cross-validation: which examples are trained on and which validated on in each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sweep.data.dataset import SPLIT_SEED
from sweep.data.parts import Part
from sweep.errors import InputError


def splits(train: Part, folds: int) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """The examples to train on and to validate on of each fold, by their indices: shuffled once, with a fixed seed.

    Class labels are about as frequent in each fold as in all examples (stratified).
    """
    # Postponed: scikit-learn takes half a second, and only workers that cross-validate need it.
    from sklearn.model_selection import KFold, StratifiedKFold

    kind = KFold if train.labels is None else StratifiedKFold
    splitter = kind(folds, shuffle=True, random_state=SPLIT_SEED)
    return list(splitter.split(np.zeros(len(train)), train.labels))


def refuse_few(train: Part, folds: int) -> None:
    """Refuse training examples that are too few for a number of folds.

    Raises:
        InputError: if there are fewer, of all or of one class, than folds.
    """
    labels = train.labels
    fewest = len(train) if labels is None else int(np.bincount(labels)[np.unique(labels)].min())
    if fewest < folds:
        what = "training examples" if labels is None else "training examples of each class"
        raise InputError(f"folds must be at most as many as there are {what}, {fewest}, but got {folds}")
