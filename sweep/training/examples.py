"""Examples in TensorFlow's memory, which all trials of a worker share."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from sweep.data.parts import Part, Tree, map_leaves
from sweep.training.measured import EVALUATION_BATCH


class Examples:
    """Inputs, targets and weights as TensorFlow tensors.

    Args:
        part: the examples.

    Attributes:
        part: the examples, as arrays.
        x: inputs, a tensor of shape (n, ...) or a tree of such, uint8 (0-255) for pixels or float32.
        y: labels or targets, likewise.
    """

    def __init__(self, part: Part) -> None:
        self.part = part
        self.x = map_leaves(tf.constant, part.x)
        self.y = map_leaves(tf.constant, part.y)
        self._weight = None if part.weight is None else map_leaves(tf.constant, part.weight)

    def __len__(self) -> int:
        return len(self.part)

    def first(self, count: int) -> Examples:
        """The first of the examples."""
        first = Examples(self.part.rows(slice(0, count)))
        return first.reshaped(tuple(self.x.shape[1:])) if isinstance(self.part.x, np.ndarray) else first

    def reshaped(self, shape: tuple[int, ...]) -> Examples:
        """The same examples with inputs, a single tensor, of another shape; they share the memory."""
        if tuple(self.x.shape[1:]) == shape:
            return self
        made = copy.copy(self)
        made.x = tf.reshape(self.x, (-1, *shape))
        return made

    def scaled_x(self) -> Any:
        """All inputs, as a model gets them."""
        return map_leaves(scaled, self.x)

    def in_order(self) -> Any:
        """The examples as a `tf.data.Dataset` of batches to measure a model on."""
        dataset = tf.data.Dataset.from_tensor_slices(self.trees).batch(EVALUATION_BATCH)
        return dataset.map(lambda x, *others: (map_leaves(scaled, x), *others))

    def arrays(self, chosen: slice | NDArray[Any]) -> tuple[Tree, Tree, Tree | None]:
        """Inputs, as a model gets them, targets and weights of some of the examples, as arrays.

        Args:
            chosen: which examples, as a slice or their indices.
        """
        rows = self.part.rows(chosen)
        if not isinstance(rows.x, np.ndarray):
            return map_leaves(_scaled_array, rows.x), rows.y, rows.weight
        shaped = rows.x.reshape(len(rows), *self.x.shape[1:])
        return _scaled_array(shaped), rows.y, rows.weight

    @property
    def trees(self) -> tuple[Any, ...]:
        """Inputs, targets and, if there are any, weights."""
        return (self.x, self.y) if self._weight is None else (self.x, self.y, self._weight)


class ChosenBatches:
    """A `tf.data.Dataset` that is made once, and gives other batches each time that they are chosen.

    Keras traces what it makes of arrays anew in each `fit`, which would take longer than some epochs.

    Args:
        examples: the examples that batches are chosen from.
        size: examples of a batch.
    """

    def __init__(self, examples: Examples, size: int) -> None:
        trees = examples.trees
        self._indices = tf.Variable(np.zeros((1, size), np.int32), shape=(None, size), trainable=False)

        def rows(batch: Any) -> Any:
            x, *others = (map_leaves(lambda tensor: tf.gather(tensor, batch), tree) for tree in trees)
            return (map_leaves(scaled, x), *others)

        once = tf.data.Dataset.from_tensors(0)
        self._batches = once.flat_map(lambda _: tf.data.Dataset.from_tensor_slices(self._indices)).map(rows)

    def choose(self, indices: NDArray[np.int32]) -> Any:
        """The dataset with the batches of some examples.

        Args:
            indices: which examples each batch has, shape (batches, size), int32.
        """
        self._indices.assign(indices)
        return self._batches.apply(tf.data.experimental.assert_cardinality(len(indices)))


def _scaled_array(x: NDArray[Any]) -> NDArray[Any]:
    return x.astype(np.float32) / np.float32(255) if x.dtype == np.uint8 else x


def scaled(x: Any) -> Any:
    """Inputs as a model gets them: float32, with pixels of type uint8 scaled from 0-255 to 0-1."""
    return tf.cast(x, tf.float32) / 255.0 if x.dtype == tf.uint8 else x
