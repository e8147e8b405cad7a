"""A study's data set: checked parts to train, validate and test on, split and named by their content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sweep.data.checks import checked_part, refuse_labels, refuse_unlike
from sweep.data.parts import Part, in_chunks, leaves
from sweep.data.streams import StreamPart, refuse_unlike_streams
from sweep.errors import InputError

KEYS = ("x_train", "y_train", "x_test", "y_test")
"""The names of the arrays that a data set must have."""
OPTIONAL = ("x_val", "y_val", "sample_weight_train", "sample_weight_val", "sample_weight_test")
"""The names of the arrays that it may have besides."""
MNIST_SHA256 = "ceda791d3e53beaf95f8e213c414aa4d975006504eff93f785d685ecea3e892c"
VALIDATION_SHARE = 6  # one in six, as the last 10,000 of MNIST's 60,000
SPLIT_SEED = 0


@dataclass(frozen=True, eq=False)
class TrainingData:
    """The examples that a trial may see. It has no test examples.

    Args:
        train: the examples to train on.
        val: the examples to validate on; None if none are held out, as for confirming runs.
        classes: number of labels; None where targets are no class labels.
    """

    train: Part
    val: Part | None
    classes: int | None


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set: checked parts, a name and a hash. Build it with `checked`.

    Args:
        name: what the leaderboard calls the data set.
        train: the training examples; a search holds some of them out, unless there is a validation part.
        test: the examples that a completed trial is measured on, once.
        sha256: hash of the arrays' dtypes, shapes and bytes, whatever file or function they came from.
        validation: the examples that a search validates on. Default: None, it holds out training examples.
    """

    name: str
    train: Part = field(repr=False)
    test: Part = field(repr=False)
    sha256: str
    validation: Part | None = field(default=None, repr=False)

    @property
    def classes(self) -> int | None:
        """Number of labels: the largest training label plus one; None where targets are no class labels."""
        labels = self.train.labels
        return None if labels is None else int(labels.max()) + 1

    @property
    def held_out(self) -> int:
        """Number of examples that a search validates on; without a validation part one in six, at least one."""
        return max(1, len(self.train) // VALIDATION_SHARE) if self.validation is None else len(self.validation)

    @property
    def trained_on(self) -> int:
        """Number of examples that a search trains on."""
        return len(self.train) - (self.held_out if self.validation is None else 0)

    @property
    def comes_in_batches(self) -> bool:
        """Whether the examples are made on the workers, by the data function, and come in batches."""
        return isinstance(self.train, StreamPart)

    @property
    def shape_without_hash(self) -> tuple[int, ...]:
        """The shape of one input where the hash does not tell it: images of one channel, with its axis or without."""
        if self.comes_in_batches or self.validation is not None:
            return ()
        x = self.train.x
        alike = isinstance(x, np.ndarray) and (x.ndim == 3 or (x.ndim == 4 and x.shape[-1] == 1))
        return x.shape[1:] if alike and _is_plain(self.train, self.test) else ()

    def training(self, folds: int | None = None) -> TrainingData:
        """The examples of a search: the training and the validation part, or the last sixth held out for validation.

        With folds none are held out.

        The examples stay in their order, unless that leaves a class out of either part (sorted labels do): then
        they are shuffled first, with a fixed seed.
        """
        if folds is not None:
            return self.whole()
        if self.validation is not None:
            return TrainingData(self.train, self.validation, self.classes)
        train, cut, labels = self.train, self.trained_on, self.train.labels
        if labels is not None and set(labels[:cut].tolist()) != set(labels[cut:].tolist()):
            train = train.rows(np.random.default_rng(SPLIT_SEED).permutation(len(train)))
        return TrainingData(train.rows(slice(cut)), train.rows(slice(cut, None)), self.classes)

    def whole(self) -> TrainingData:
        """All examples that are not for testing, none held out: for confirming runs, which choose nothing."""
        if self.validation is None or self.comes_in_batches:
            return TrainingData(self.train, None, self.classes)
        whole = self.train.followed_by(self.validation)
        return TrainingData(whole, None, self.classes)


def checked(name: str, arrays: Mapping[str, Any], source: str) -> Dataset:
    """Check arrays and make a `Dataset` of them.

    Args:
        name: what the leaderboard calls the data set; the real MNIST is recognised and always called "mnist".
        arrays: the arrays, or nested dicts, tuples and lists of arrays, by the names in `KEYS` and `OPTIONAL`.
        source: where the arrays came from, for error messages.

    Raises:
        InputError: if an array is missing, or its shape, dtype, labels or numbers can't be used.
    """
    missing = [key for key in KEYS if key not in arrays]
    if missing:
        raise InputError(f"{source} must have {', '.join(KEYS)}, but {', '.join(missing)} is missing")
    present = {key for key in OPTIONAL if arrays.get(key) is not None}
    if present & {"x_val", "y_val", "sample_weight_val"} and not present >= {"x_val", "y_val"}:
        raise InputError(
            f"{source} must have both x_val and y_val for a validation part, "
            f"but {', '.join(key for key in ('x_val', 'y_val') if key not in present)} is missing"
        )
    train, test = (_part(arrays, kind, source) for kind in ("train", "test"))
    validation = _part(arrays, "val", source) if "x_val" in present else None
    others = {"test": test} if validation is None else {"val": validation, "test": test}
    for kind, part in others.items():
        refuse_unlike(train, part, kind, source)
    if train.labels is not None:
        refuse_labels(train.labels, {kind: part.y for kind, part in others.items()}, source)
    sha256 = _digest(train, test, validation)
    dataset = Dataset("mnist" if sha256 == MNIST_SHA256 else name, train, test, sha256, validation)
    _refuse_weightless(dataset, source)
    return dataset


def checked_streams(name: str, parts: Mapping[str, StreamPart]) -> Dataset:
    """A `Dataset` of parts that come in batches.

    Args:
        name: what the leaderboard calls the data set.
        parts: the parts "train", "val" and "test".

    Raises:
        InputError: if they are not alike.
    """
    train, validation, test = (parts[kind] for kind in ("train", "val", "test"))
    for part in (validation, test):
        refuse_unlike_streams(train, part, name)
    facts = [f"{part.kind} {part.examples} {part.described} {part.content}" for part in (train, validation, test)]
    return Dataset(name, train, test, hashlib.sha256("\n".join(facts).encode()).hexdigest(), validation)


def _part(arrays: Mapping[str, Any], kind: str, source: str) -> Part:
    x, y, weight = (arrays.get(f"{name}_{kind}") for name in ("x", "y", "sample_weight"))
    try:
        return checked_part(x, y, weight, kind, source)
    except RecursionError as error:
        raise InputError(f"x_{kind} and y_{kind} in {source} must be arrays, but one holds itself") from error


def _refuse_weightless(dataset: Dataset, source: str) -> None:
    if dataset.validation is not None or dataset.train.weight is None:
        return
    training = dataset.training()
    for part in (training.train, training.val):
        if part is not None and not all(weights.any() for weights in leaves(part.weight).values()):
            raise InputError(
                f"sample_weight_train in {source} must not be all 0 in the last sixth, which is held out for "
                "validation, nor before it; shuffle the examples, or give x_val and y_val"
            )


def _digest(train: Part, test: Part, validation: Part | None) -> str:
    parts = {"train": train, "test": test} if validation is None else {"train": train, "val": validation, "test": test}
    arrays = {name: array for kind, part in parts.items() for name, array in part.leaves(kind).items()}
    if validation is None and _is_plain(
        train, test
    ):  # hashed as before there were other data, so that studies of them go on
        plain = [_with_channels(arrays[key]) if key.startswith("x_") else arrays[key] for key in KEYS]
        return _hash([("", array) for array in plain])
    return _hash(sorted(arrays.items(), key=lambda item: item[0]))


def _is_plain(train: Part, test: Part) -> bool:
    """Whether a data set without a validation part has nothing but one array of inputs and of targets in each part."""
    return {*train.leaves("train"), *test.leaves("test")} == set(KEYS)


def _hash(named: list[tuple[str, NDArray[Any]]]) -> str:
    digest = hashlib.sha256()
    for name, array in named:
        digest.update(f"{name}{array.dtype.str}{array.shape}".encode())
        for rows in in_chunks(array):
            digest.update(np.ascontiguousarray(rows).data)
    return digest.hexdigest()


def _with_channels(x: NDArray[Any]) -> NDArray[Any]:
    """Inputs as they are named by: grey images were kept with one channel before, and keep their name."""
    return x[..., np.newaxis] if x.ndim == 3 else x
