"""What means one array and what means several, and what becomes of tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sweep.data.arrays import array_of, is_nested, tree_of
from sweep.data.parts import Tree, leaves
from sweep.errors import InputError

ROWS = np.arange(6.0).reshape(3, 2)
TABLE = pd.DataFrame(ROWS, columns=["a", "b"])


def tree(value: Any) -> Tree:
    return tree_of(value, "x_train", "somewhere", lambda array, where: array)


def refusal(value: Any) -> str:
    with pytest.raises(InputError) as caught:
        tree(value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("value", "several"),
    [
        (ROWS, False),
        (TABLE, False),
        (TABLE["a"], False),
        ([1, 2, 3], False),
        ([np.int64(1), np.float32(2)], False),
        ([[1, 2], [3, 4]], False),
        ([(1, 2), (3, 4)], False),
        ([([1, 2], [3, 4]), ([5, 6], [7, 8])], False),
        ((0, 1, 2), False),
        ((), False),
        ([], False),
        ("text", False),
        (None, False),
        ({"left": ROWS}, True),
        ({}, True),
        ((ROWS, ROWS), True),
        ((ROWS,), True),
        (([1, 2], [3, 4]), True),
        ([ROWS, ROWS], True),
        ([ROWS, [1, 2]], True),
        ([[1, 2], ROWS], True),
        ([TABLE, TABLE["a"]], True),
        ([[ROWS, ROWS], [ROWS]], True),
        ([{"left": ROWS}], True),
    ],
)
def test_lists_of_numbers_are_one_array_and_tuples_and_what_holds_arrays_several(value: Any, several: bool) -> None:
    assert is_nested(value) is several


def test_arrays_are_called_by_their_paths_and_lists_become_tuples() -> None:
    made = tree({"left": [ROWS, TABLE], 'a "b"': {"é": ([1, 2], [3, 4])}})
    assert isinstance(made["left"], tuple)
    assert list(leaves(made, "x")) == [
        'x["left"][0]',
        'x["left"][1]',
        'x["a \\"b\\""]["é"][0]',
        'x["a \\"b\\""]["é"][1]',
    ]
    assert (made["left"][1] == ROWS).all()


def test_what_is_checked_is_told_the_path_of_each_array() -> None:
    places = []
    tree_of(({"left": ROWS}, ROWS), "x_test", "data()", lambda array, where: places.append(where) or array)
    assert places == ['x_test[0]["left"] in data()', "x_test[1] in data()"]


class Broken(Mapping[str, Any]):
    """A mapping that can't be read, as of a damaged file."""

    def __getitem__(self, key: str) -> Any:
        raise OSError("no such block")

    def __iter__(self) -> Iterator[str]:
        return iter(["left"])

    def __len__(self) -> int:
        return 1


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({}, "x_train in somewhere must have arrays, but it is an empty dict"),
        ({"left": {}}, 'x_train["left"] in somewhere must have arrays'),
        (
            {3: ROWS},
            "x_train in somewhere must have texts for keys, as inputs of a model have, but got 3; give a tuple",
        ),
        (Broken(), "x_train in somewhere must be arrays, but it can't be read: OSError: no such block"),
        ((), "x_train in somewhere must not be empty"),
        ({"left": ROWS[:1]}, 'x_train["left"] in somewhere must not be empty (2 rows at least)'),
        ((ROWS, [[1], [2, 3]]), "x_train[1] in somewhere must be a plain array, but it can't be made one"),
        ((ROWS, object()), "x_train[1] in somewhere must be a plain array, but it holds Python objects; encode"),
    ],
)
def test_what_is_no_tree_of_arrays_is_refused_with_its_place(value: Any, says: str) -> None:
    assert says in refusal(value)


def test_tables_and_columns_of_numbers_are_arrays_and_their_index_does_not_count() -> None:
    assert (array_of(TABLE.set_index(np.array([9, 7, 8])), "x") == ROWS).all()
    assert array_of(pd.Series([1, 2, 3], dtype="Int64"), "x").dtype == np.int64
    assert array_of(TABLE["a"].astype("float32"), "x").shape == (3,)


def test_a_table_of_numbers_and_of_true_and_false_is_numbers() -> None:
    mixed = TABLE.assign(c=[True, False, True], d=pd.Series([1, 2, 3], dtype="int8"))
    array = array_of(mixed, "x")
    assert array.dtype.kind == "f"
    assert array.tolist() == [[0, 1, 1, 1], [2, 3, 0, 2], [4, 5, 1, 3]]


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (["m", "f", "m"], "objects"),
        (pd.Categorical(["m", "f", "m"]), "objects"),
        ([1, None, "x"], "objects"),
        (pd.Series([True, None, False], dtype="boolean"), "objects"),
        (pd.to_datetime(["2020", "2021", "2022"]), "datetime64"),
    ],
)
def test_a_column_that_holds_no_numbers_is_named_with_what_to_do(column: Any, kind: str) -> None:
    message = refusal({"person": TABLE.assign(sex=column)})
    assert f"x_train[\"person\"] in somewhere must hold numbers, but its column 'sex' holds {kind}" in message
    assert "pandas.get_dummies" in message
    assert ".astype('float32')" in message


def test_of_columns_of_one_name_the_one_without_numbers_is_noticed() -> None:
    twice = pd.concat([TABLE["a"], pd.Series(["m", "f", "m"], name="a")], axis=1)
    assert "its column 'a' holds objects" in refusal(twice)


def test_a_column_of_texts_alone_is_refused_with_what_to_do() -> None:
    assert "pandas.get_dummies" in refusal(pd.Series(["m", "f", "m"]))


def test_a_masked_array_is_refused_with_what_to_do() -> None:
    with pytest.raises(InputError, match="it is a masked one; fill it"):
        array_of(np.ma.masked_array([1.0, 2.0], mask=[True, False]), "x")
