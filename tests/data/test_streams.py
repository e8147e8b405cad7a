"""Data in batches are counted, named by their content, and refused where no trial could use them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count as forever
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from pipelines import BATCH, SIZES, Rows, noisy, of_keras, plain, rows, stream

from sweep.data import streams
from sweep.data.dataset import Dataset
from sweep.data.sources import resolve
from sweep.data.streams import StreamPart, batches_of, count, is_stream
from sweep.errors import InputError

pytestmark = pytest.mark.sweep


def resolved(function: Callable[[], Any]) -> Dataset:
    return resolve(function, "auto", {})


def refusal(train: Any = None, val: Any = None, test: Any = None) -> str:
    """Why a data function with these parts is refused; the others are as they should be."""

    def numbers() -> Any:
        parts = {"train": train, "val": val, "test": test}
        return [stream(kind) if part is None else part for kind, part in parts.items()]

    with pytest.raises(InputError) as caught:
        resolved(numbers)
    message = str(caught.value)
    assert "data function numbers" in message
    return message


@pytest.mark.parametrize("function", [plain, of_keras])
def test_streams_are_counted_and_their_parts_are_what_is_trained_validated_and_tested_on(function: Any) -> None:
    dataset = resolved(function)
    assert dataset.comes_in_batches
    assert dataset.name == function.__name__
    assert (dataset.trained_on, dataset.held_out, len(dataset.test)) == tuple(SIZES.values())
    assert dataset.classes is None
    train = dataset.training().train
    assert isinstance(train, StreamPart)
    assert train.batches == -(-SIZES["train"] // BATCH) == 7
    assert train.described == "x float32(8,) y int64()"
    assert dataset.whole().val is None
    assert dataset.whole().train == train


def test_the_same_examples_have_the_same_name_whatever_their_order_batches_and_kind_of_stream() -> None:
    def shuffled() -> Any:
        return (*(tf.data.Dataset.from_tensor_slices(rows(kind)).shuffle(200).batch(3) for kind in SIZES),)

    assert resolved(plain).sha256 == resolved(of_keras).sha256 == resolved(shuffled).sha256


@pytest.mark.parametrize("kind", SIZES)
def test_another_example_in_any_part_is_another_data_set(kind: str) -> None:
    def other() -> Any:
        x, y = rows(kind)
        changed = tf.data.Dataset.from_tensor_slices((x + (np.arange(len(x)) == 5)[:, np.newaxis], y)).batch(BATCH)
        return (*(changed if name == kind else stream(name) for name in SIZES),)

    assert resolved(other).sha256 != resolved(plain).sha256


def test_weights_are_part_of_what_a_data_set_is_named_by() -> None:
    def weighted(factor: float) -> Callable[[], Any]:
        weight = np.full(SIZES["train"], factor, np.float32)
        return lambda: (stream("train", weight), stream("val"), stream("test"))

    hashes = {resolved(function).sha256 for function in (plain, weighted(1), weighted(2))}
    assert len(hashes) == 3


def test_random_augmentation_is_for_training_alone_and_leaves_the_data_set_its_name() -> None:
    tf.random.set_seed(None)  # with a seed, which a test before may have left, each pass draws the same
    first, second = resolved(noisy), resolved(noisy)
    assert isinstance(first.train, StreamPart)
    assert first.train.content == ""
    assert first.sha256 == second.sha256 != resolved(plain).sha256
    for kind in ("val", "test"):
        message = refusal(**{kind: stream(kind).map(lambda x, y: (x + tf.random.normal(tf.shape(x)), y))})
        assert f"the {kind} part of the data function numbers must have the same examples in each pass" in message


def test_a_stream_without_an_end_is_refused() -> None:
    assert "the train part of the data function numbers must end, but it repeats for ever" in refusal(
        stream("train").repeat()
    )


def test_a_stream_that_does_not_say_how_long_it_is_is_refused_once_it_is_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streams, "MOST_BATCHES", 20)

    def generated(batches: Any) -> tf.data.Dataset:
        spec = (tf.TensorSpec((None, 8)), tf.TensorSpec((None,), tf.int64))
        return tf.data.Dataset.from_generator(lambda: (rows("val") for _ in batches()), output_signature=spec)

    assert "has more than 20 batches and does not say how many" in refusal(generated(forever))
    assert count(generated(lambda: range(20)), "train", "a test").batches == 20
    told = generated(lambda: range(21)).apply(tf.data.experimental.assert_cardinality(21))
    assert count(told, "train", "a test").batches == 21


class Endless(Rows):
    def __len__(self) -> Any:
        return None


class Unlike(Rows):
    def __getitem__(self, index: int) -> Any:
        x, y = super().__getitem__(index)
        return (x if index < 2 else x[:, :, np.newaxis]), y


class Short(Rows):
    def __getitem__(self, index: int) -> Any:
        x, y = super().__getitem__(index)
        return x, y[:3]


class Raising(Rows):
    def __getitem__(self, index: int) -> Any:
        raise LookupError("no such shard")


@pytest.mark.parametrize(
    ("train", "says"),
    [
        (lambda: Endless("train"), "must be readable to its end, but it raised TypeError"),
        (lambda: Raising("train"), "must be readable to its end, but it raised LookupError: no such shard"),
        (lambda: Short("train"), "must have as many targets as inputs in each batch, but one has x 16, y 3"),
        (lambda: Unlike("train"), "must have batches that are alike, but one has x float32(8,) y int64(), and another"),
        (lambda: stream("train").take(0), "must not be empty, but it has no batch"),
        (lambda: stream("train").unbatch(), "gives single ones; end it with .batch(32)"),
        (lambda: stream("train").map(lambda x, y: x), "(x, y) or (x, y, sample_weight), but it gives 1 values"),
        (lambda: stream("train").map(lambda x, y: (x, y, y, y)), "but it gives 4 values"),
        (lambda: stream("train").map(lambda x, y: (x[:3], y)), "as many targets as inputs in each batch"),
        (lambda: stream("train").map(lambda x, y: (x[:, :3], y)), "must be alike, but train has x float32(3,)"),
        (lambda: stream("train").map(lambda x, y: ({"a": x}, y)), 'must be alike, but train has x["a"] float32(8,)'),
        (lambda: stream("train").map(lambda x, y: (x, tf.cast(y, "int32"))), "must be alike, but train has x"),
        (lambda: rows("train"), "must return three datasets, train, validation, test"),
    ],
)
def test_a_stream_that_no_trial_could_use_is_refused(train: Any, says: str) -> None:
    assert says in refusal(train())


def test_a_training_part_whose_passes_have_other_numbers_of_batches_is_refused() -> None:
    sizes = iter([5, 4])

    class Shrinking(Rows):
        def __len__(self) -> int:
            return next(sizes)

    assert "must have as many batches in each pass, but it has 5 and then 4" in refusal(Shrinking("train"))


@pytest.mark.parametrize(
    ("parts", "returned"),
    [
        (lambda: (stream("train"), stream("test")), "BatchDataset, _BatchDataset"),
        (lambda: stream("train"), "_BatchDataset"),
        (lambda: (stream("train"), stream("val"), rows("test")), "BatchDataset, tuple"),
    ],
)
def test_there_must_be_three_streams(parts: Any, returned: str) -> None:
    with pytest.raises(InputError, match="must return three datasets, train, validation, test") as caught:
        resolved(parts)
    assert returned in str(caught.value)


def test_sizes_may_vary_from_batch_to_batch_and_from_part_to_part() -> None:
    def texts(lengths: list[int]) -> tf.data.Dataset:
        numbers = tf.data.Dataset.from_tensor_slices(lengths).map(lambda length: (tf.range(length), length % 2))
        return numbers.padded_batch(2)

    def padded() -> Any:
        return texts([3, 4, 5, 9]), texts([2, 2]), texts([7, 7])

    train = resolved(padded).train
    assert isinstance(train, StreamPart)
    assert train.structure == {"x": ("int32", (None,)), "y": ("int32", ())}


def test_texts_are_told_apart() -> None:
    def texts(*words: str) -> Callable[[], Any]:
        part = tf.data.Dataset.from_tensor_slices(([*words], [0] * len(words))).batch(2)
        return lambda: (part, part, part)

    assert resolved(texts("a", "b")).sha256 == resolved(texts("b", "a")).sha256
    assert resolved(texts("a", "b")).sha256 != resolved(texts("a", "c")).sha256


def test_streams_are_known_by_their_classes() -> None:
    assert is_stream(stream("train"))
    assert is_stream(Rows("train"))
    assert not any(map(is_stream, (rows("train"), [1], "text", iter([1]), keras.utils.PyDataset)))


def test_lists_in_a_batch_are_tuples_as_everywhere() -> None:
    part = Rows("val", lambda x: [x, {"more": x}])
    x, _ = next(batches_of(part))
    assert isinstance(x, tuple)
    assert set(count(part, "val", "a test").structure) == {"x[0]", 'x[1]["more"]', "y"}
