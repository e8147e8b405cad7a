"""Streams on a worker: a `tf.data.Dataset` or `keras.utils.PyDataset`, made by the data function for each trial."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np
import tensorflow as tf

from sweep.data.parts import Part, map_leaves
from sweep.data.sources import parts_of
from sweep.data.streams import StreamPart, as_tuples, batches_of, count
from sweep.errors import InputError
from sweep.training.measured import EVALUATION_BATCH


class StreamExamples:
    """Examples of a stream, for `fit` as `sweep.training.examples.Examples` are.

    Args:
        stream: a `tf.data.Dataset` or `keras.utils.PyDataset`.
        part: how many examples and batches it has.
    """

    def __init__(self, stream: Any, part: StreamPart) -> None:
        self.part = part
        self._stream = stream

    def __len__(self) -> int:
        return len(self.part)

    def in_order(self) -> Any:
        """The batches to measure a model on."""
        return self._stream

    def to_validate(self, *, as_arrays: bool) -> Any:
        """What `fit` is given to validate on: the stream, whoever takes it."""
        return self._stream

    def inputs_in_order(self) -> Any:
        """The batches of inputs alone, to predict from."""
        inputs = lambda: ((as_tuples(batch[0]),) for batch in batches_of(self._stream))  # noqa: E731
        return tf.data.Dataset.from_generator(inputs, output_signature=(_spec_of(self.sample.x),))

    def few(self) -> Any:
        """A batch, to see what a model measures."""
        return _dataset([_tuple_of(self.sample)])

    def some_inputs(self) -> tuple[Any, int]:
        """The inputs of some examples, and their number."""
        some = self.sample.rows(slice(0, EVALUATION_BATCH))
        return some.x, len(some)

    def to_compare(self) -> Part:
        """The targets of all batches, for what is predicted to be compared with; the inputs are left out."""
        parts = [_part(batch) for batch in batches_of(self._stream)]
        targets = map_leaves(lambda *arrays: np.concatenate(arrays), *(part.y for part in parts))
        return Part(None, targets, None if parts[0].weight is None else targets)

    @cached_property
    def sample(self) -> Part:
        """The examples of the first batch."""
        return _part(next(batches_of(self._stream)))

    def batches(self, size: int, seed: int, epochs: int, *, as_arrays: bool) -> StreamBatches:
        """The batches of a training; the stream makes them of its own size, whoever takes them."""
        return StreamBatches(self._stream, self.part, seed, epochs)


class StreamBatches:
    """The batches of a training, drawn from a stream one piece after another.

    Args:
        stream: a `tf.data.Dataset` or `keras.utils.PyDataset`.
        part: how many batches an epoch has.
        seed: seed of the order in which a `PyDataset` gives its batches, which is another one in each epoch.
        epochs: epochs of the whole training.

    Attributes:
        ends: number of training steps that are done at the end of each epoch.
    """

    def __init__(self, stream: Any, part: StreamPart, seed: int, epochs: int) -> None:
        self.ends = [epoch * part.batches for epoch in range(1, epochs + 1)]
        self._stream = stream
        self._seed = seed
        self._position = -1
        self._epoch: Iterator[Any] = iter(())

    def choose(self, first: int, last: int) -> dict[str, Any]:
        """What `fit` is given for training steps `first` to `last`, which lie within an epoch."""
        epoch, begin = divmod(first, self.ends[0])
        if first != self._position or not begin:
            self._epoch = islice(self._shuffled(epoch), begin, None)
        self._position = last
        batches = [_tuple_of(_part(batch)) for batch in islice(self._epoch, last - first)]
        if len(batches) < last - first:
            raise InputError(
                f"the train part of the data function must have {self.ends[0]} batches in each epoch, as it had at "
                f"first, but epoch {epoch + 1} ended after {begin + len(batches)}"
            )
        return {"x": _dataset(batches), "shuffle": False}

    def _shuffled(self, epoch: int) -> Iterator[Any]:
        if hasattr(self._stream, "as_numpy_iterator"):
            return batches_of(self._stream)
        if epoch:
            self._stream.on_epoch_end()
        order = np.random.default_rng([self._seed, epoch]).permutation(len(self._stream))
        return (self._stream[int(index)] for index in order)


class Streams:
    """Makes the streams of one trial after another, and sees to it that they are the study's.

    Args:
        function: the data function.
        parts: the parts that are used, as the driver counted them: to train, to validate on (if any), to test on.
    """

    def __init__(self, function: Callable[[], Any], parts: tuple[StreamPart, StreamPart | None, StreamPart]) -> None:
        self._function = function
        self._parts = parts
        self._kept: dict[str, StreamExamples] = {}

    def make(self) -> tuple[StreamExamples, StreamExamples | None, StreamExamples]:
        """Call the data function, so that what it draws at random follows the seed that is set.

        Raises:
            InputError: if it gives other examples than it gave the driver.
        """
        made = parts_of(self._function)
        examples = {part.kind: StreamExamples(made[part.kind], part) for part in self._parts if part is not None}
        if not self._kept:
            self._kept = {kind: item for kind, item in examples.items() if kind != "train"}
            for kind, item in self._kept.items():
                self._refuse_other(kind, item)
        return examples["train"], self._kept.get("val"), self._kept["test"]

    def _refuse_other(self, kind: str, examples: StreamExamples) -> None:
        known = examples.part
        now = count(examples.in_order(), kind, "the data function")
        if now != known:
            what = f"{now.examples} examples" if now.examples != known.examples else "other examples"
            raise InputError(
                f"the data function must give the same {kind} part each time it is called, {known.examples} examples, "
                f"but on a worker it gave {what}; leave out shuffling and random augmentation there, and name files "
                "by a path that every worker has"
            )


def _part(batch: tuple[Any, ...]) -> Part:
    x, y, *weight = map(as_tuples, batch)
    return Part(x, y, weight[0] if weight else None)


def _tuple_of(part: Part) -> tuple[Any, ...]:
    return (part.x, part.y) if part.weight is None else (part.x, part.y, part.weight)


def _dataset(batches: list[tuple[Any, ...]]) -> Any:
    dataset = tf.data.Dataset.from_generator(lambda: iter(batches), output_signature=_spec_of(batches[0]))
    return dataset.apply(tf.data.experimental.assert_cardinality(len(batches)))


def _spec_of(tree: Any) -> Any:
    """The dtypes and shapes of a batch's arrays, as TensorFlow has them, with any number of examples."""
    return tf.nest.map_structure(lambda array: tf.TensorSpec((None, *array.shape[1:]), array.dtype), tree)
