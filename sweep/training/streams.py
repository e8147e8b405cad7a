"""Streams on a worker: a `tf.data.Dataset` or `keras.utils.PyDataset`, made by the data function for each trial."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import numpy as np
import tensorflow as tf

from sweep.data.parts import Part, Tree, leaves, map_leaves
from sweep.data.sources import parts_of
from sweep.data.streams import StreamPart, as_batch, batches_of, count, hashes, is_of_tensorflow
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
        return _sized(self._stream, self.part.batches) if is_of_tensorflow(self._stream) else self._stream

    def to_validate(self, *, as_arrays: bool) -> Any:
        """What `fit` is given to validate on: the stream, whoever takes it."""
        return self.in_order()

    def predicted(self, predict: Callable[[Any], Any]) -> tuple[Any, Part]:
        """What a function predicts of batches of inputs, and the targets to compare it with, by the examples' hashes.

        A stream that is shuffled has another order in each pass; by their hashes the examples have one and the same.
        """
        targets: list[Tree] = []
        order: list[int] = []

        def inputs() -> Iterator[Any]:
            targets.clear()
            order.clear()
            for batch in batches_of(self._stream):
                targets.append(batch[1])
                order.extend(hashes(batch))
                yield (batch[0],)

        dataset = tf.data.Dataset.from_generator(inputs, output_signature=(self._spec_of(self.sample.x, "x"),))
        outputs = predict(_sized(dataset, self.part.batches))
        by_hash = np.asarray(sorted(range(len(order)), key=order.__getitem__))
        y = map_leaves(lambda *arrays: np.concatenate(arrays)[by_hash], *targets)
        weight = y if self.sample.weight is not None else None  # whoever compares asks only whether there are any
        return tf.nest.map_structure(lambda array: array[by_hash], outputs), Part(None, y, weight)

    def few(self) -> Any:
        """A batch, to see what a model measures."""
        return self.dataset([self.sample])

    def some_inputs(self) -> tuple[Any, int]:
        """The inputs of some examples, and their number."""
        some = self.sample.rows(slice(0, EVALUATION_BATCH))
        return some.x, len(some)

    @cached_property
    def sample(self) -> Part:
        """The examples of the first batch."""
        return Part(*next(batches_of(self._stream)))

    def dataset(self, batches: list[Part]) -> Any:
        """Some batches as a `tf.data.Dataset`."""
        tuples = [_tuple_of(part) for part in batches]
        trees = zip(tuples[0], ("x", "y", "sample_weight"), strict=False)
        specs = tuple(self._spec_of(tree, name) for tree, name in trees)
        return _sized(tf.data.Dataset.from_generator(lambda: iter(tuples), output_signature=specs), len(batches))

    def _spec_of(self, tree: Any, name: str) -> Any:
        """The dtypes and shapes of a tree of batches, as TensorFlow has them, with any number of examples."""
        structure = iter([self.part.structure[path] for path in leaves(tree, name)])
        return map_leaves(lambda _: _spec(*next(structure)), tree)


class TrainingStream(StreamExamples):
    """The examples of a stream that a training is to begin with.

    They are drawn by one iterator from the first look at them on: another one beside it would draw ahead, as pipelines
    do, from what they share, such as the random states of Keras's layers, and the numbers would depend on how far.

    Args:
        stream: a `tf.data.Dataset` or `keras.utils.PyDataset`.
        part: how many examples and batches it has.
        threads: number of threads that make its batches.
        seed: seed of the order in which a `PyDataset` gives its batches.
        epochs: epochs of the whole training.
    """

    def __init__(self, stream: Any, part: StreamPart, threads: int, seed: int, epochs: int) -> None:
        super().__init__(stream, part)
        self._threads = threads
        self._batches = StreamBatches(self._epochs(seed, epochs), part.batches, epochs, self.dataset)

    @cached_property
    def sample(self) -> Part:
        """The examples of the first batch."""
        return self._batches.first()

    def batches(self, size: int, seed: int, epochs: int, *, as_arrays: bool) -> StreamBatches:
        """The batches of the training; the stream makes them of its own size, whoever takes them."""
        return self._batches

    def _epochs(self, seed: int, epochs: int) -> Iterator[tuple[int, Part]]:
        """The batches of one epoch after another, each with the epoch's number, from 0.

        Args:
            seed: seed of the order in which a `PyDataset` gives its batches, which is another one in each epoch.
            epochs: number of epochs.
        """
        if not is_of_tensorflow(self._stream):
            yield from self._epochs_of_keras(seed, epochs)
            return
        # One iterator for all epochs: what a pipeline draws at random would be the same in each if each had its own.
        numbered = tf.data.Dataset.range(epochs).flat_map(lambda epoch: self._stream.map(lambda *batch: (epoch, batch)))
        options = tf.data.Options()
        options.threading.private_threadpool_size = self._threads  # several would draw in any order
        for epoch, batch in numbered.with_options(options).as_numpy_iterator():
            yield int(epoch), Part(*as_batch(batch))

    def _epochs_of_keras(self, seed: int, epochs: int) -> Iterator[tuple[int, Part]]:
        for epoch in range(epochs):
            self._stream.on_epoch_begin()
            for index in np.random.default_rng([seed, epoch]).permutation(len(self._stream)):
                yield epoch, Part(*as_batch(self._stream[int(index)]))
            self._stream.on_epoch_end()


class StreamBatches:
    """The batches of a training, drawn from a stream one piece after another.

    A training that goes on with another one draws again what that had drawn, so that its numbers are the same.

    Args:
        drawn: the batches, each with the number of its epoch.
        size: number of batches in an epoch.
        epochs: epochs of the whole training.
        dataset: makes a `tf.data.Dataset` of some batches.

    Attributes:
        ends: number of training steps that are done at the end of each epoch.
    """

    def __init__(
        self, drawn: Iterator[tuple[int, Part]], size: int, epochs: int, dataset: Callable[[list[Part]], Any]
    ) -> None:
        self.ends = [epoch * size for epoch in range(1, epochs + 1)]
        self._drawn = drawn
        self._size = size
        self._dataset = dataset
        self._position = 0
        self._kept: list[Part] = []

    def first(self) -> Part:
        """The batch of the first training step, which is still to come."""
        self._kept = list(self._draw(1))
        self._position = 0
        return self._kept[0]

    def choose(self, first: int, last: int) -> dict[str, Any]:
        """What `fit` is given for training steps `first` to `last`, which lie within an epoch."""
        for _ in self._draw(first):
            pass
        return {"x": self._dataset(list(self._draw(last))), "shuffle": False}

    def _draw(self, last: int) -> Iterator[Part]:
        """The batches up to step `last` that have not been drawn yet."""
        while self._position < last:
            expected = self._position // self._size
            if self._kept:
                self._position += 1
                yield self._kept.pop()
                continue
            epoch, batch = next(self._drawn, (expected + 1, None))
            if batch is None or epoch != expected:
                raise InputError(
                    f"the train part of the data function must have {self._size} batches in each epoch, as it had at "
                    f"first, but epoch {min(epoch, expected) + 1} has {'fewer' if epoch > expected else 'more'}"
                )
            self._position += 1
            yield batch


class Streams:
    """Makes the streams of one trial after another, and sees to it that they are the study's.

    Args:
        function: the data function.
        parts: the parts that are used, as the driver counted them: to train, to validate on (if any), to test on.
        threads: number of threads that make batches.
    """

    def __init__(
        self, function: Callable[[], Any], parts: tuple[StreamPart, StreamPart | None, StreamPart], threads: int
    ) -> None:
        self._function = function
        self._parts = parts
        self._threads = threads
        self._checked = False

    def check(self) -> None:
        """Call the data function once to see that it gives the same examples to validate and test on as the driver.

        To be called before the seed of a trial is set, as it draws at random what the first trial would draw.

        Raises:
            InputError: if it gives others.
        """
        if not self._checked:
            made = parts_of(self._function)
            for known in filter(None, self._parts[1:]):
                _refuse_other(made[known.kind], known)
            self._checked = True

    def make(self, seed: int, epochs: int) -> tuple[TrainingStream, StreamExamples | None, StreamExamples]:
        """Call the data function, so that what it draws at random follows the seed that is set.

        Args:
            seed: seed of the order in which a `PyDataset` gives its batches.
            epochs: epochs of the whole training.
        """
        made = parts_of(self._function)
        train, val, test = self._parts
        return (
            TrainingStream(made["train"], train, self._threads, seed, epochs),
            None if val is None else StreamExamples(made["val"], val),
            StreamExamples(made["test"], test),
        )


def _refuse_other(stream: Any, known: StreamPart) -> None:
    kind = known.kind
    now = count(stream, kind, "the data function")
    if now != known:
        what = f"{now.examples} examples" if now.examples != known.examples else "other examples"
        raise InputError(
            f"the data function must give the same {kind} part each time it is called, {known.examples} examples, "
            f"but on a worker it gave {what}; leave out random augmentation there, and name files "
            "by a path that every worker has"
        )


def _tuple_of(part: Part) -> tuple[Any, ...]:
    return (part.x, part.y) if part.weight is None else (part.x, part.y, part.weight)


def _sized(dataset: Any, batches: int) -> Any:
    """A `tf.data.Dataset` that says how many batches it has, as Keras warns of one whose end comes unexpected."""
    return dataset.apply(tf.data.experimental.assert_cardinality(batches))


def _spec(dtype: str, shape: tuple[int | None, ...]) -> Any:
    return tf.TensorSpec((None, *shape), tf.as_dtype(np.dtype(dtype)))
