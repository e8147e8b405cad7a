"""Arrays are checked, split and named by their content."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from builders import tiny_arrays, tiny_dataset
from hypothesis import given
from hypothesis import strategies as st

from sweep.data.dataset import KEYS, Dataset, checked
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


# what is no plain data


def other_dataset(rows: int = 24, **changes: Any) -> Dataset:
    """Two inputs, targets and weights."""
    x = {"left": np.arange(rows * 2.0).reshape(rows, 2), "right": np.arange(float(rows))}
    arrays = {
        "x_train": x,
        "y_train": np.arange(float(rows)),
        "sample_weight_train": np.arange(rows) + 1.0,
        "x_test": {name: array[:6] for name, array in x.items()},
        "y_test": np.arange(6.0),
    }
    return checked("other", {**arrays, **changes}, "somewhere")


def validated(**changes: Any) -> Dataset:
    """The tiny images with five others to validate on."""
    arrays = tiny_arrays()
    return tiny_dataset(x_val=arrays["x_test"][1:], y_val=arrays["y_test"][1:], **changes)


def test_of_targets_the_last_sixth_is_held_out_in_order_with_the_weights_and_every_input() -> None:
    dataset = other_dataset()
    training = dataset.training()
    assert training.val is not None
    assert (training.classes, dataset.classes, dataset.held_out, dataset.trained_on) == (None, None, 4, 20)
    assert training.val.y.tolist() == [20, 21, 22, 23]
    assert training.val.weight.tolist() == [21, 22, 23, 24]
    assert training.val.x["right"].tolist() == [20, 21, 22, 23]
    assert training.val.x["left"].tolist() == [[40, 41], [42, 43], [44, 45], [46, 47]]
    assert len(training.train) == 20


def test_sorted_labels_are_shuffled_together_with_weights_and_every_input() -> None:
    labels = np.sort(np.arange(600) % 3)
    x = {"left": labels * 10, "right": labels[:, None] * 100}
    dataset = other_dataset(
        x_train=x,
        y_train=labels,
        sample_weight_train=labels + 1,
        x_test={"left": np.arange(3), "right": np.ones((3, 1))},
        y_test=np.arange(3),
    )
    training = dataset.training()
    assert training.val is not None
    for part in (training.train, training.val):
        assert set(part.y) == {0, 1, 2}
        assert (part.x["left"] == part.y * 10).all()
        assert (part.x["right"][:, 0] == part.y * 100).all()
        assert (part.weight == part.y + 1).all()


def test_a_validation_part_is_what_is_validated_on_and_no_training_example_is_held_out() -> None:
    dataset = validated(y_train=np.sort(np.arange(24) % 3))
    training = dataset.training()
    assert training.train is dataset.train
    assert training.val is dataset.validation
    assert (dataset.held_out, dataset.trained_on, dataset.classes) == (5, 24, 3)


def test_confirming_runs_train_on_all_that_is_not_for_testing_and_hold_nothing_out() -> None:
    plain, own = tiny_dataset().whole(), validated().whole()
    assert plain.val is own.val is None
    assert (plain.train.y == tiny_arrays()["y_train"]).all()
    assert own.train.y.tolist() == [*tiny_arrays()["y_train"].tolist(), *tiny_arrays()["y_test"][1:].tolist()]
    assert (own.train.x[24:] == tiny_arrays()["x_test"][1:]).all()
    assert own.classes == 3


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"x_val": np.zeros((3, 8, 8))}, "must have both x_val and y_val for a validation part, but y_val is missing"),
        ({"y_val": [0, 1]}, "but x_val is missing"),
        ({"sample_weight_val": [1.0, 1.0]}, "but x_val, y_val is missing"),
        ({"x_val": np.zeros((3, 8, 8)), "y_val": [0, 1, 2]}, "x_train and x_val in somewhere must be alike"),
        ({"x_val": np.zeros((3, 8, 8), "B"), "y_val": [0, 1, 7]}, "labels in y_val of somewhere must occur in y_train"),
        ({"x_val": np.zeros((3, 8, 8), "B"), "y_val": [0, 1]}, "x_val has 3 and y_val 2"),
        ({"sample_weight_train": [1.0] * 23}, "x_train has 24 and sample_weight_train 23"),
        ({"sample_weight_test": [0.0] * 6}, "sample_weight_test in somewhere must be 0 or more, and not all 0"),
        ({"sample_weight_train": [1.0] * 20 + [0.0] * 4}, "must not be all 0 in the last sixth, which is held out"),
        ({"sample_weight_train": [0.0] * 20 + [1.0] * 4}, "must not be all 0 in the last sixth, which is held out"),
    ],
)
def test_what_does_not_fit_the_other_parts_is_refused(changes: dict[str, Any], says: str) -> None:
    assert says in refusal(**changes)


def test_weights_may_be_in_one_part_alone_and_none_is_as_left_out() -> None:
    assert tiny_dataset(sample_weight_train=np.ones(24)).test.weight is None
    assert tiny_dataset(x_val=None, y_val=None, sample_weight_test=None).sha256 == tiny_dataset().sha256
    assert validated(sample_weight_train=[1.0] * 20 + [0.0] * 4).whole().train.weight[-5:].tolist() == [1] * 5


def test_data_that_hold_themselves_are_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    assert "x_train and y_train in somewhere must be arrays, but one holds itself" in refusal(x_train=endless)


@pytest.mark.parametrize(
    ("changes", "sha256"),
    [
        ({}, "4436e308aedf95592797e4937bbe30b07d3c394f03620622680cb5911c7c37bd"),
        (
            {"x_train": np.arange(72.0).reshape(24, 3) / 7, "x_test": np.arange(18.0).reshape(6, 3) / 7},
            "d42865f577865903273e9aeff1ed8be7fff8866b27a3381828b8eb25740d5433",
        ),
        (
            {"x_train": np.ones((24, 8, 8, 3), "uint8"), "x_test": np.ones((6, 8, 8, 3), "uint8")},
            "3cbd95d60caa284abec5810370099f4fd0b611a722619ea5c7a5b2bb968d0eed",
        ),
    ],
)
def test_plain_data_have_the_hash_they_had_in_earlier_versions(changes: dict[str, Any], sha256: str) -> None:
    assert tiny_dataset(**changes).sha256 == sha256


def test_data_that_are_not_plain_have_one_hash_however_they_were_stored() -> None:
    x = other_dataset().train.x
    same = [
        other_dataset(),
        other_dataset(x_train={"right": x["right"], "left": np.asfortranarray(x["left"]).astype("float64")}),
        other_dataset(y_train=np.arange(24.0).tolist()),
        other_dataset(sample_weight_train=(np.arange(24) + 1)[:, None]),
    ]
    assert len({dataset.sha256 for dataset in same}) == 1


def test_any_change_of_what_is_not_plain_changes_the_hash() -> None:
    x, x_test = other_dataset().train.x, other_dataset().test.x
    swapped = {"left": x["left"], "right": x["right"][::-1]}
    as_tuple = {"x_train": tuple(x.values()), "x_test": tuple(x_test.values())}
    renamed = {key: {"a": tree["left"], "b": tree["right"]} for key, tree in (("x_train", x), ("x_test", x_test))}
    weights = np.arange(24) + 1.0
    val = {"x_val": x_test, "y_val": np.arange(6.0)}
    hashes = [
        tiny_dataset().sha256,
        tiny_dataset(sample_weight_train=np.ones(24)).sha256,
        tiny_dataset(sample_weight_test=np.ones(6)).sha256,
        validated().sha256,
        tiny_dataset(x_train=(tiny_arrays()["x_train"],), x_test=(tiny_arrays()["x_test"],)).sha256,
        *(
            other_dataset(**changes).sha256
            for changes in (
                {},
                {"x_train": swapped},
                as_tuple,
                renamed,
                {"sample_weight_train": weights + 1},
                {"sample_weight_train": None},
                {"y_train": np.arange(24.0) + 1},
                {"y_train": np.arange(24.0)[:, None], "y_test": np.arange(6.0)[:, None]},
                val,
                {**val, "y_val": np.arange(6.0) + 1},
            )
        ),
    ]
    assert len(set(hashes)) == len(hashes)
