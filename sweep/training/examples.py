"""Examples in TensorFlow's memory, which all trials of a worker share."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from sweep.data.parts import Part, Tree, map_leaves
from sweep.training.batches import NO_IMAGE, batches, epoch_ends
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

    def predicted(self, predict: Callable[[Any], Any]) -> tuple[Any, Part]:
        """What a function predicts of batches of inputs, and the examples, for it to be compared with."""
        return predict(self.in_order().map(lambda x, *_: (x,))), self.part

    def few(self) -> Any:
        """Two examples, to see what a model measures."""
        return self.first(2).in_order()

    def some_inputs(self) -> tuple[Any, int]:
        """The inputs of some examples, as a model gets them, and their number."""
        some = self.first(EVALUATION_BATCH)
        return some.scaled_x(), len(some)

    def gathered(self, indices: Any) -> tuple[Any, ...]:
        """Some of the examples, as a model gets them, by a tensor of their indices."""
        chosen = tf.boolean_mask(indices, indices != NO_IMAGE)
        x, *others = (map_leaves(lambda tensor: tf.gather(tensor, chosen), tree) for tree in self.trees)
        return (map_leaves(scaled, x), *others)

    def batches(self, size: int, seed: int, epochs: int, *, as_arrays: bool) -> ArrayBatches:
        """The batches of a training; see `ArrayBatches`."""
        return ArrayBatches(self, size, seed, epochs, as_arrays=as_arrays)

    def to_validate(self, *, as_arrays: bool) -> Any:
        """What `fit` is given to validate on: batches, or a tuple of arrays."""
        if not as_arrays:
            return self.in_order()
        return tuple(tree for tree in self.arrays(slice(None)) if tree is not None)

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


class ArrayBatches:
    """The batches of a training, in the order of its seed.

    Keras would trace what it makes of arrays anew in each `fit`, which takes longer than some epochs; so it is given a
    `tf.data.Dataset` that is made once and looks its examples up.

    Args:
        examples: the examples that batches are chosen from.
        size: examples of a batch.
        seed: seed of the order.
        epochs: epochs of the whole training.
        as_arrays: whether to give arrays all the same, as a `fit` of the user's own may work on them.

    Attributes:
        ends: number of training steps that are done at the end of each epoch.
    """

    def __init__(self, examples: Examples, size: int, seed: int, epochs: int, *, as_arrays: bool) -> None:
        self.ends = epoch_ends(len(examples), size, epochs)
        self._examples = examples
        self._size = size
        self._seed = seed
        self._as_arrays = as_arrays
        self._indices = tf.Variable(np.zeros((1, size), np.int32), shape=(None, size), trainable=False)
        once = tf.data.Dataset.from_tensors(0)
        chosen = once.flat_map(lambda _: tf.data.Dataset.from_tensor_slices(self._indices))
        self._batches = chosen.map(examples.gathered)

    def choose(self, first: int, last: int) -> dict[str, Any]:
        """What `fit` is given for training steps `first` to `last`, which lie within an epoch."""
        indices = batches(len(self._examples), self._size, first, last, self._seed)
        if self._as_arrays:
            x, y, weight = self._examples.arrays(indices[indices != NO_IMAGE])
            weights = {} if weight is None else {"sample_weight": weight}
            return {"x": x, "y": y, **weights, "batch_size": self._size, "shuffle": False}
        self._indices.assign(indices)
        return {"x": self._batches.apply(tf.data.experimental.assert_cardinality(last - first)), "shuffle": False}


def _scaled_array(x: NDArray[Any]) -> NDArray[Any]:
    return x.astype(np.float32) / np.float32(255) if x.dtype == np.uint8 else x


def scaled(x: Any) -> Any:
    """Inputs as a model gets them: float32, with pixels of type uint8 scaled from 0-255 to 0-1."""
    return tf.cast(x, tf.float32) / 255.0 if x.dtype == tf.uint8 else x
