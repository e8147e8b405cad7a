"""Values that are no plain ones come back from the journal as they were."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.space.values import as_choice, as_json, from_json, leaves, params_from_json, plain

PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner) | st.lists(inner).map(tuple), max_leaves=8)


@given(params=st.dictionaries(st.text(), VALUES))
def test_params_come_back_from_json_as_they_were(params: dict[str, Any]) -> None:
    back = params_from_json(json.loads(json.dumps(as_json(params))))
    assert back == params
    assert repr(back) == repr(params)


@given(value=PLAIN)
def test_plain_values_are_written_as_ever(value: Any) -> None:
    assert as_json(value) is as_choice(value) is plain(value) is from_json(value) is value


def test_what_is_no_dict_is_left_to_be_refused() -> None:
    assert params_from_json([1]) == [1]
    with pytest.raises(TypeError):
        params_from_json({"x": {"tuple": 5}})


def test_numpys_scalars_become_pythons_own_at_any_depth() -> None:
    made = plain((np.int64(1), [np.float32(0.5), (np.bool_(True), np.str_("a"))]))
    assert made == (1, [0.5, (True, "a")])
    assert [type(leaf) for leaf in leaves(made)] == [int, float, bool, str]


def test_tuples_and_lists_are_choices_as_python_writes_them() -> None:
    assert as_choice((3, 3)) == "(3, 3)"
    assert as_choice([3, "a"]) == "[3, 'a']"
