"""Small streams for tests: the rows of `models.table` as `tf.data.Dataset`s and `keras.utils.PyDataset`s."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from models import table

SIZES = {"train": 100, "val": 30, "test": 40}
BATCH = 16
"""Batches in an epoch: six of 16 examples, and one of 4."""


def rows(kind: str) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The inputs and labels of a part."""
    begin = {"train": 0, "val": 100, "test": 130}[kind]
    return tuple(array[begin : begin + SIZES[kind]] for array in table())


def stream(kind: str, *others: Any) -> tf.data.Dataset:
    """A part as a `tf.data.Dataset` in its order; `others` are more arrays of it, such as weights."""
    return tf.data.Dataset.from_tensor_slices((*rows(kind), *others)).batch(BATCH)


def plain() -> Any:
    """Three datasets, unshuffled."""
    return stream("train"), stream("val"), stream("test")


def noisy(parallel: int | None = None) -> Any:
    """Three datasets; the one to train on is shuffled and has noise in its inputs, the one to test on is shuffled."""
    train = tf.data.Dataset.from_tensor_slices(rows("train")).cache().shuffle(100)
    train = train.map(lambda x, y: (x + tf.random.normal(x.shape, stddev=0.1), y), num_parallel_calls=parallel)
    test = tf.data.Dataset.from_tensor_slices(rows("test")).shuffle(40).batch(BATCH)
    return train.batch(BATCH).prefetch(2), stream("val"), test


class Rows(keras.utils.PyDataset):
    """A part as a `PyDataset`. What goes on is noted in `events`."""

    def __init__(self, kind: str, change: Callable[..., Any] = lambda x: x) -> None:
        super().__init__()
        self.x, self.y = rows(kind)
        self.change = change
        self.events: list[Any] = []

    def __len__(self) -> int:
        return -(-len(self.x) // BATCH)

    def __getitem__(self, index: int) -> Any:
        self.events.append(index)
        chosen = slice(index * BATCH, (index + 1) * BATCH)
        return self.change(self.x[chosen]), self.y[chosen]

    def on_epoch_end(self) -> None:
        self.events.append("end")


def of_keras() -> Any:
    """Three `PyDataset`s."""
    return Rows("train"), Rows("val"), Rows("test")
