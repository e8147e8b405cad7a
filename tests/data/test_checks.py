"""What arrays may hold, and how the parts of one data set may differ."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from sweep.data.checks import checked_part, refuse_labels, refuse_unlike
from sweep.data.parts import Part
from sweep.errors import InputError

X = np.arange(12.0).reshape(6, 2)
LABELS = np.array([0, 1, 2, 0, 1, 2])
REMEDY = "if they are numbers to predict, not classes: y.astype('float32')"


def part(x: Any = X, y: Any = LABELS, weight: Any = None) -> Part:
    return checked_part(x, y, weight, "train", "somewhere")


def refusal(**changes: Any) -> str:
    with pytest.raises(InputError) as caught:
        part(**changes)
    return str(caught.value)


# inputs


def test_inputs_of_several_arrays_are_each_as_a_single_one_and_may_have_one_number_an_example() -> None:
    images = np.zeros((6, 8, 8), np.uint8)
    x = part({"image": images, "row": images[:, :, 0], "age": np.arange(6, dtype=np.uint8), "old": LABELS > 1}).x
    assert x["image"] is images
    assert [x[name].dtype for name in ("row", "age", "old")] == [np.float32] * 3
    assert x["age"].tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("leaf", "says"),
    [
        (np.full(6, np.nan), 'x_train["b"] in somewhere must be finite'),
        (np.full(6, 2**24 + 1), 'x_train["b"] in somewhere must hold whole numbers from -16,777,216 to 16,777,216'),
        (np.full(6, "a"), 'x_train["b"] in somewhere must hold numbers, but its dtype is <U1'),
        (3, 'x_train["b"] in somewhere must have shape (n, ...), but got ()'),
        (np.zeros(5), 'somewhere must have as many rows in each input, but x_train["a"] has 6 and x_train["b"] 5'),
    ],
)
def test_what_is_wrong_with_one_of_several_inputs_is_told_with_its_path(leaf: Any, says: str) -> None:
    assert says in refusal(x={"a": X, "b": leaf})


def test_a_single_input_has_a_shape_behind_its_rows() -> None:
    message = refusal(x=np.zeros(6))
    assert (
        "x_train in somewhere must have shape (n, ...), but got (6,); if each example has one number: x[:, None]"
        in message
    )


def test_a_list_of_one_array_for_each_example_is_told_to_be_stacked() -> None:
    message = refusal(x=[np.zeros(8)] * 6)
    assert "x_train[0] has 8 and y_train 6; if x_train has one array for each example: numpy.stack(x_train)" in message
    assert "stack" not in refusal(x=(np.zeros(8), np.zeros(8)))
    assert part(np.stack([np.zeros(8)] * 6)).x.shape == (6, 8)


def test_numbers_that_are_right_already_are_not_copied() -> None:
    x, y, labels = X.astype(np.float32), np.zeros(6, np.float32), LABELS.astype(np.int32)
    assert part(x, y).x is x
    assert part(x, y).y is y
    assert np.shares_memory(part(x, labels).y, labels)


# labels and targets


@pytest.mark.parametrize(
    "labels", [LABELS, LABELS[:, None], LABELS.tolist(), tuple(LABELS.tolist()), pd.Series(LABELS), LABELS.astype("B")]
)
def test_whole_numbers_of_one_dimension_or_a_column_are_class_labels(labels: Any) -> None:
    classes = part(y=labels)
    assert classes.labels is not None
    assert classes.labels.dtype == np.int32
    assert classes.labels.tolist() == LABELS.tolist()


def test_true_and_false_are_the_classes_1_and_0() -> None:
    assert part(y=LABELS == 1).labels.tolist() == [0, 1, 0, 0, 1, 0]


@pytest.mark.parametrize("shape", [(6,), (6, 1), (6, 3), (6, 4, 2)])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_floats_are_targets_of_their_own_shape_even_if_they_are_whole_and_few(
    shape: tuple[int, ...], dtype: str
) -> None:
    targets = part(y=np.ones(shape, dtype))
    assert targets.labels is None
    assert (targets.y.shape, targets.y.dtype) == (shape, np.float32)


@pytest.mark.parametrize("y", [np.eye(3, dtype=int)[LABELS], np.eye(3)[LABELS] > 0, np.full((6, 4, 5), -70_000)])
def test_whole_numbers_of_more_dimensions_are_targets_and_stay_whole(y: Any) -> None:
    targets = part(y=y)
    assert targets.labels is None
    assert targets.y.dtype == np.int32
    assert (targets.y == y).all()


def test_several_targets_are_held_to_no_rule_of_labels() -> None:
    targets = part(y={"class": LABELS + 500, "sign": LABELS - 1, "size": X, "old": LABELS > 1})
    assert targets.labels is None
    assert [array.dtype for array in targets.y.values()] == [np.int32, np.int32, np.float32, np.int32]
    assert targets.y["class"].shape == (6,)


@pytest.mark.parametrize(
    ("y", "says"),
    [
        (np.full(6, np.inf), "y_train in somewhere must be finite"),
        (np.full((6, 2), 1e300), "y_train in somewhere must be finite"),
        (np.full((6, 2), 2**31), "y_train in somewhere must hold whole numbers from -2,147,483,648 to 2,147,483,647"),
        ((LABELS, np.full(6, 2**40)), "y_train[1] in somewhere must hold whole numbers from"),
        (np.full(6, "cat"), "number classes by numpy.unique(y, return_inverse=True)[1]"),
        (np.zeros((6, 2), complex), "but its dtype is complex128"),
        (0.5, "y_train in somewhere must have shape (n,), but got ()"),
        (LABELS - 1, f"labels from 0 to classes - 1, but got -1 to 1; {REMEDY}"),
        (LABELS + 150_000, f"labels from 0 to classes - 1, but got 150000 to 150002; {REMEDY}"),
        (LABELS[:5], "somewhere must have as many labels as inputs, but x_train has 6 and y_train 5"),
        (X[:5], "somewhere must have as many targets as inputs, but x_train has 6 and y_train 5"),
        ({"a": X, "b": X[:5]}, 'somewhere must have as many targets as inputs, but x_train has 6 and y_train["b"] 5'),
    ],
)
def test_targets_that_cannot_be_learnt_are_refused(y: Any, says: str) -> None:
    assert says in refusal(y=y)


# weights


@pytest.mark.parametrize(
    "weight",
    [
        np.arange(6) / 2,
        (np.arange(6) / 2)[:, None],
        (np.arange(6) / 2).tolist(),
        pd.Series(np.arange(6) / 2),
        (np.arange(6) / 2).astype("float16"),
    ],
)
def test_weights_are_one_float32_an_example(weight: Any) -> None:
    weighted = part(weight=weight)
    assert weighted.weight.dtype == np.float32
    assert weighted.weight.tolist() == [0, 0.5, 1, 1.5, 2, 2.5]


def test_several_targets_have_one_weight_or_one_each() -> None:
    targets = {"a": X, "b": X}
    assert part(y=targets, weight=np.ones(6)).weight.shape == (6,)
    assert list(part(y=targets, weight={"b": np.ones(6), "a": np.arange(6)}).weight) == ["b", "a"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"weight": np.full(6, np.nan)}, "sample_weight_train in somewhere must be finite"),
        (
            {"weight": np.arange(6) - 1.0},
            "sample_weight_train in somewhere must be 0 or more, and not all 0, but got -1",
        ),
        ({"weight": np.zeros(6)}, "and not all 0, but got 0 to 0"),
        ({"weight": np.ones((6, 2))}, "must have shape (n,), a weight for each example, but got (6, 2)"),
        ({"weight": 1.0}, "must have shape (n,), a weight for each example, but got ()"),
        ({"weight": np.full(6, "a")}, "sample_weight_train in somewhere must hold numbers"),
        ({"weight": np.ones(5)}, "as many weights as inputs, but x_train has 6 and sample_weight_train 5"),
        (
            {"y": {"a": X, "b": X}, "weight": {"a": np.ones(6)}},
            'must be one array or have the structure of y_train, but it has ["a"], and y_train has ["a"], ["b"]',
        ),
        ({"weight": (np.ones(6),)}, "but it has [0], and y_train has one array"),
        (
            {"y": (X, X), "weight": (np.ones(6), np.zeros(6))},
            "sample_weight_train[1] in somewhere must be 0 or more, and not all 0",
        ),
    ],
)
def test_weights_that_cannot_weigh_are_refused(changes: dict[str, Any], says: str) -> None:
    assert says in refusal(**changes)


# numbers that are not finite


def test_numbers_that_are_not_finite_are_told_with_their_examples_and_columns_and_what_to_do() -> None:
    table = np.zeros((6, 9))
    table[2, 1], table[4, 1], table[4, 8] = np.nan, np.inf, 1e300
    message = refusal(x=table)
    assert "has NaN or infinite values in 2 of 6 examples, in column 1, 8, counted from 0; leave these" in message
    assert "numpy.nan_to_num, or scale" in message
    assert "in 6 of 6 examples, in column 0, 1, 2, 3, 4 and 4 more, counted" in refusal(x=np.full((6, 9), np.nan))
    assert "in 1 of 6 examples; leave" in refusal(y=np.array([0, 1, np.nan, 0, 1, 2]))


# parts beside one another


def unlike(train: Part, other: Part) -> str:
    with pytest.raises(InputError) as caught:
        refuse_unlike(train, other, "val", "somewhere")
    return str(caught.value)


def test_parts_may_differ_in_their_number_of_examples_the_order_of_their_keys_and_in_having_weights() -> None:
    train = part({"a": X, "b": X}, weight=np.ones(6))
    refuse_unlike(train, part({"b": X[:3], "a": X[:3]}, LABELS[:3]), "val", "somewhere")


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (
            {"x": {"a": X, "c": X}},
            'x_train and x_val in somewhere must have the same structure, but got ["a"], ["b"] and',
        ),
        ({"x": X}, 'must have the same structure, but got ["a"], ["b"] and one array'),
        ({"x": (X, X)}, 'must have the same structure, but got ["a"], ["b"] and [0], [1]'),
        (
            {"x": {"a": X, "b": X[:, :1]}},
            'x_train["b"] and x_val["b"] in somewhere must be alike, but got (6, 2) float32 and (6, 1) float32',
        ),
        (
            {"x": {"a": X, "b": X}, "y": {"a": X}},
            'y_train and y_val in somewhere must have the same structure, but got one array and ["a"]',
        ),
        (
            {"x": {"a": X, "b": X}, "y": X[:, 0]},
            "(6,) int32 and (6,) float32; give both as whole numbers if they are classes, else both as floats",
        ),
        ({"x": {"a": X, "b": X}, "y": np.eye(3, dtype=int)[LABELS]}, "but got (6,) int32 and (6, 3) int32"),
    ],
)
def test_parts_of_another_structure_shape_or_dtype_are_refused_with_the_array(other: dict[str, Any], says: str) -> None:
    assert says in unlike(part({"a": X, "b": X}), part(**other))


def test_pixels_beside_floats_are_refused_among_several_inputs() -> None:
    images = np.zeros((6, 8, 8), np.uint8)
    message = unlike(part((images, X)), part((images.astype(np.float32), X)))
    assert (
        "x_train[0] and x_val[0] in somewhere must be alike, but got (6, 8, 8) uint8 and (6, 8, 8) float32" in message
    )


def test_weights_of_both_parts_have_one_structure() -> None:
    targets = (X, X)
    single, each = part(y=targets, weight=np.ones(6)), part(y=targets, weight=(np.ones(6), np.ones(6)))
    assert "sample_weight_train and sample_weight_val in somewhere must have the same structure" in unlike(single, each)


def test_of_many_arrays_only_the_first_are_told() -> None:
    assert "[3], [4] and 2 more and one array" in unlike(part((X,) * 7), part())


@pytest.mark.parametrize(
    ("train", "val", "says"),
    [
        ([1, 2, 3], [1], f"must begin with 0, but they are 1 to 3; subtract 1 from all labels, or {REMEDY}"),
        ([0, 10, 20], [0], f"numpy.unique(y, return_inverse=True)[1], or {REMEDY}"),
        ([0, 1, 2], [3, 5], "labels in y_val of somewhere must occur in y_train, but 3, 5 do not; split the examples "),
        ([0, 1, 2], [3], REMEDY),
    ],
)
def test_labels_that_may_be_numbers_to_predict_are_refused_with_that_remedy_too(
    train: list[int], val: list[int], says: str
) -> None:
    with pytest.raises(InputError) as caught:
        refuse_labels(np.array(train, np.int32), {"val": np.array(val, np.int32)}, "somewhere")
    assert says in str(caught.value)
