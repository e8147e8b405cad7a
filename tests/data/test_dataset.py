"""Arrays are checked, split and named by their content."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from builders import tiny_arrays, tiny_dataset
from hypothesis import given
from hypothesis import strategies as st

from sweep.data.dataset import KEYS, checked
from sweep.data.parts import is_pixels
from sweep.errors import InputError


def refusal(**changes: Any) -> str:
    with pytest.raises(InputError) as caught:
        checked("x", tiny_arrays(**changes), "somewhere")
    return str(caught.value)


def test_images_keep_their_shape_and_their_bytes() -> None:
    arrays = tiny_arrays()
    dataset = tiny_dataset()
    assert dataset.train.x.shape == (24, 8, 8)
    assert dataset.train.x.dtype == np.uint8
    assert dataset.train.y.dtype == np.int32
    assert (dataset.train.x == arrays["x_train"]).all()
    assert dataset.classes == 3


@pytest.mark.parametrize(
    ("shape", "pixels"),
    [
        *((shape, True) for shape in ((8, 8), (8, 8, 1), (8, 8, 3), (8, 8, 4))),
        *((shape, False) for shape in ((8,), (8, 8, 2), (4, 4, 4, 1))),
    ],
)
def test_bytes_are_pixels_only_where_they_are_shaped_like_images(shape: tuple[int, ...], pixels: bool) -> None:
    train, test = np.full((24, *shape), 200, np.uint8), np.full((6, *shape), 200, np.uint8)
    dataset = tiny_dataset(x_train=train, x_test=test)
    assert dataset.train.x.dtype == (np.uint8 if pixels else np.float32)
    assert is_pixels(dataset.train.x) is pixels
    assert (dataset.train.x == 200).all()  # what are no pixels is never divided by 255


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "int64", "bool", "uint16"])
def test_other_numbers_become_float32(dtype: str) -> None:
    arrays = {key: tiny_arrays()[key].astype(dtype) for key in ("x_train", "x_test")}
    dataset = tiny_dataset(**arrays)
    assert dataset.train.x.dtype == np.float32
    assert (dataset.train.x == arrays["x_train"]).all()


def test_colour_images_and_plain_rows_keep_their_shape() -> None:
    for shape in ((8, 8, 3), (5,), (4, 4, 4, 2)):
        dataset = tiny_dataset(x_train=np.zeros((24, *shape), np.float32), x_test=np.zeros((6, *shape), np.float32))
        assert dataset.train.x.shape == (24, *shape)


def test_labels_may_come_as_a_column() -> None:
    assert tiny_dataset(y_train=(np.arange(24) % 3)[:, None]).train.y.shape == (24,)


@pytest.mark.parametrize("key", KEYS)
def test_a_missing_array_is_named(key: str) -> None:
    arrays = tiny_arrays()
    del arrays[key]
    with pytest.raises(InputError, match=f"somewhere must have {', '.join(KEYS)}, but {key} is missing"):
        checked("x", arrays, "somewhere")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"x_train": np.zeros((23, 8, 8), np.uint8)}, "x_train has 23 and y_train 24"),
        ({"y_test": np.zeros(7, int)}, "x_test has 6 and y_test 7"),
        ({"x_test": np.zeros((6, 9, 9), np.uint8)}, "must be alike"),
        ({"x_test": np.zeros((6, 8, 8), np.float32)}, "must be alike"),
        ({"x_train": np.zeros(24)}, "x_train in somewhere must have shape (n, ...), but got (24,)"),
        ({"x_train": np.zeros((0, 8, 8))}, "x_train in somewhere must not be empty"),
        ({"x_train": np.zeros((24, 0, 8))}, "x_train in somewhere must not be empty"),
        ({"x_test": np.zeros((1, 8, 8))}, "2 rows at least"),
        ({"y_train": np.zeros(0, int)}, "y_train in somewhere must not be empty"),
        ({"x_train": np.full((24, 8, 8), np.nan)}, "has NaN or infinite values"),
        ({"x_train": np.full((24, 8, 8), np.inf)}, "has NaN or infinite values"),
        ({"x_train": np.full((24, 8, 8), 1e300)}, "must be finite"),
        ({"x_train": np.full((24, 8, 8), "a")}, "must hold numbers, but its dtype is <U1"),
        ({"x_train": np.zeros((24, 8, 8), complex)}, "must hold numbers, but its dtype is complex128"),
        ({"x_train": np.zeros((24, 8, 8), "datetime64[s]")}, "must hold numbers"),
        ({"x_train": np.zeros((24, 8, 8), [("a", int)])}, "must hold numbers"),
        ({"x_train": np.full((24, 8, 8), None)}, "must be a plain array, but it holds Python objects"),
        ({"y_train": np.full(24, None)}, "must be a plain array, but it holds Python objects"),
        ({"x_train": "not an array"}, "x_train in somewhere"),
        ({"x_train": None}, "x_train in somewhere"),
        ({"y_train": 3}, "y_train in somewhere must have shape (n,), but got ()"),
        ({"y_train": np.eye(3)[np.arange(24) % 3]}, "must be alike, but got (24, 3) float32 and (6,) int32"),
        ({"y_train": np.arange(24) / 2}, "give both as whole numbers if they are classes, else both as floats"),
        (
            {"y_train": np.arange(24) % 3 * 10, "y_test": np.arange(6) % 3 * 10},
            "only 3 of 0 to 20 occur; number them anew over all parts: numpy.unique(y, return_inverse=True)",
        ),
        ({"y_train": np.full(24, "a")}, "must hold whole numbers"),
        ({"y_train": np.arange(24) % 3 - 1}, "labels from 0 to classes - 1, but got -1 to 1"),
        ({"y_train": np.arange(24) * 10_000}, "labels from 0 to classes - 1, but got 0 to 230000"),
        ({"y_train": np.full(24, 2**64 - 1, np.uint64)}, "labels from 0 to classes - 1"),
        ({"y_train": np.full(24, 2)}, "at least two classes, but all labels are 2"),
        ({"y_train": np.arange(24) % 3 + 1}, "must begin with 0, but they are 1 to 3; subtract 1"),
        ({"y_train": np.arange(24) % 2 * 2, "y_test": np.ones(6, int)}, "must occur in y_train, but 1 does not"),
        ({"y_test": np.full(6, 3)}, "must occur in y_train, but 3 does not"),
        ({"x_train": [[1, 2], [3]] * 12}, "x_train in somewhere"),
        ({"y_train": [[1], [2, 3]] * 12}, "y_train in somewhere"),
    ],
)
def test_what_cannot_be_trained_on_is_refused_with_the_array_and_what_it_is(changes: dict[str, Any], says: str) -> None:
    assert says in refusal(**changes)


def test_the_validation_split_is_the_last_sixth_in_the_order_given() -> None:
    dataset = tiny_dataset()
    training = dataset.training()
    assert len(training.val.x) == 4
    assert (np.concatenate([training.train.x, training.val.x]) == dataset.train.x).all()
    assert (np.concatenate([training.train.y, training.val.y]) == dataset.train.y).all()


def test_sorted_labels_are_shuffled_so_that_both_parts_have_every_class() -> None:
    labels = np.sort(np.arange(600) % 10)
    dataset = tiny_dataset(
        x_train=np.arange(600, dtype=np.uint8)[:, None], y_train=labels, x_test=np.eye(6, 1, dtype="B")
    )
    training = dataset.training()
    assert set(training.train.y) == set(training.val.y) == set(range(10))
    again = dataset.training()
    assert (training.val.x == again.val.x).all()


def test_shuffling_keeps_each_label_with_its_image() -> None:
    labels = np.sort(np.arange(24) % 3)
    training = tiny_dataset(x_train=labels[:, None].astype(np.uint8), x_test=np.eye(6, 1, dtype="B"), y_train=labels)
    part = training.training()
    assert (part.train.x[:, 0] == part.train.y).all()
    assert (part.val.x[:, 0] == part.val.y).all()
    assert sorted([*part.train.y, *part.val.y]) == labels.tolist()


def test_what_a_search_sees_has_no_test_arrays() -> None:
    assert set(vars(tiny_dataset().training())) == {"train", "val", "classes"}


def test_the_test_part_is_the_test_arrays() -> None:
    dataset, arrays = tiny_dataset(), tiny_arrays()
    assert (dataset.test.x == arrays["x_test"]).all()
    assert (dataset.test.y == arrays["y_test"]).all()


def test_a_label_that_skips_numbers_still_counts_as_a_class() -> None:
    assert tiny_dataset(y_train=np.arange(24) % 2 * 2, y_test=np.arange(6) % 2 * 2).classes == 3


@pytest.mark.parametrize("largest", [2**24, -(2**24)])
def test_whole_numbers_that_float32_would_round_are_refused(largest: int) -> None:
    x_train, x_test = np.full((24, 2), largest), np.zeros((6, 2), int)
    assert (tiny_dataset(x_train=x_train, x_test=x_test).train.x == largest).all()
    x_train[3, 1] += np.sign(largest)
    message = refusal(x_train=x_train, x_test=x_test)
    assert "x_train in somewhere must hold whole numbers from -16,777,216 to 16,777,216" in message
    assert "16,777,217" in message
    assert "subtract their least value" in message


@given(rows=st.integers(2, 60))
def test_both_parts_together_are_the_training_set_and_neither_is_empty(rows: int) -> None:
    x = np.arange(rows, dtype=np.float32)[:, None]
    part = tiny_dataset(x_train=x, y_train=np.arange(rows) % 2, x_test=np.zeros((6, 1)), y_test=np.zeros(6, int))
    split = part.training()
    assert len(split.val.y) == max(1, rows // 6)
    assert len(split.train.y) == rows - len(split.val.y)
    assert sorted([*split.train.x[:, 0], *split.val.x[:, 0]]) == x[:, 0].tolist()


def test_the_hash_is_of_the_content_however_it_was_stored() -> None:
    images = tiny_arrays()["x_train"]
    same = [
        tiny_dataset(),
        tiny_dataset(x_train=np.asfortranarray(images)),
        tiny_dataset(x_train=images.tolist(), x_test=tiny_arrays()["x_test"].tolist()),
        tiny_dataset(y_train=(np.arange(24) % 3).astype(np.uint8)),
        tiny_dataset(x_train=images[..., None], x_test=tiny_arrays()["x_test"][..., None]),
    ]
    assert same[0].sha256 == same[1].sha256 == same[3].sha256 == same[4].sha256
    assert same[2].sha256 != same[0].sha256  # a list holds no uint8: those are other numbers to train on


@pytest.mark.parametrize("key", KEYS)
def test_one_changed_number_in_any_array_changes_the_hash(key: str) -> None:
    array = tiny_arrays()[key].copy()
    array.flat[0] = array.flat[1]
    assert (array != tiny_arrays()[key]).any()
    assert tiny_dataset(**{key: array}).sha256 != tiny_dataset().sha256


def test_the_name_is_the_given_one_unless_the_bytes_are_those_of_mnist() -> None:
    assert tiny_dataset().name == "tiny images"
    assert "x_train" not in repr(tiny_dataset())
