"""Parts keep their structure whatever is taken from them."""

from __future__ import annotations

import numpy as np
import pytest

from sweep.data import parts
from sweep.data.parts import Part, in_chunks, leaves, map_leaves

LEFT, RIGHT = np.arange(8.0).reshape(4, 2), np.arange(4)
TARGET = np.arange(4.0, dtype=np.float32)


def nested() -> Part:
    return Part({"left": LEFT, "more": (RIGHT, LEFT)}, (TARGET, TARGET[:, None]), np.ones(4, np.float32))


def test_a_part_is_as_long_as_it_has_examples() -> None:
    assert len(nested()) == 4
    assert len(nested().rows(slice(0))) == 0


def test_arrays_are_called_by_their_paths() -> None:
    names = ['x_val["left"]', 'x_val["more"][0]', 'x_val["more"][1]', "y_val[0]", "y_val[1]", "sample_weight_val"]
    assert list(nested().leaves("val")) == names
    assert list(Part(LEFT, TARGET).leaves("test")) == ["x_test", "y_test"]
    assert leaves(LEFT, "x") == {"x": LEFT}


@pytest.mark.parametrize("chosen", [slice(1, 3), np.array([2, 0])])
def test_rows_have_the_same_structure_and_the_same_examples_in_every_array(chosen: slice | np.ndarray) -> None:
    rows = nested().rows(chosen)
    assert rows.leaves("train").keys() == nested().leaves("train").keys()
    for name, array in nested().leaves("train").items():
        assert (rows.leaves("train")[name] == array[chosen]).all()


def test_rows_of_a_slice_share_the_memory() -> None:
    part = nested()
    assert np.shares_memory(part.rows(slice(2)).x["more"][1], part.x["more"][1])


def test_without_weights_there_are_none_in_the_rows_either() -> None:
    assert Part(LEFT, TARGET).rows(slice(2)).weight is None


def test_one_part_follows_another_in_the_order_of_its_own_keys() -> None:
    first = Part({"a": LEFT, "b": RIGHT}, TARGET)
    second = Part({"b": RIGHT + 10, "a": LEFT + 10}, TARGET + 10)
    both = first.followed_by(second)
    assert list(both.x) == ["a", "b"]
    assert both.x["a"][:, 0].tolist() == [0, 2, 4, 6, 10, 12, 14, 16]
    assert both.x["b"].tolist() == [0, 1, 2, 3, 10, 11, 12, 13]
    assert both.y.tolist() == [0, 1, 2, 3, 10, 11, 12, 13]
    assert both.weight is None


def test_where_one_of_two_parts_has_weights_the_examples_of_the_other_weigh_one() -> None:
    weighted, plain = Part(LEFT, TARGET, TARGET), Part(LEFT, TARGET)
    assert weighted.followed_by(plain).weight.tolist() == [0, 1, 2, 3, 1, 1, 1, 1]
    assert plain.followed_by(weighted).weight.tolist() == [1, 1, 1, 1, 0, 1, 2, 3]
    assert weighted.followed_by(weighted).weight.tolist() == [0, 1, 2, 3, 0, 1, 2, 3]
    assert plain.followed_by(weighted).weight.dtype == np.float32


def test_weights_of_several_targets_keep_their_structure_when_parts_are_put_together() -> None:
    targets = {"a": TARGET, "b": TARGET}
    both = Part(LEFT, targets).followed_by(Part(LEFT, targets, {"a": TARGET, "b": TARGET + 1}))
    assert both.weight["b"].tolist() == [1, 1, 1, 1, 1, 2, 3, 4]


def test_labels_are_one_array_of_whole_numbers_and_nothing_else_is() -> None:
    labels = np.array([0, 1, 0, 1], np.int32)
    assert Part(LEFT, labels).labels is labels
    for targets in (TARGET, labels[:, None], (labels,), {"a": labels}):
        assert Part(LEFT, targets).labels is None


def test_pixels_are_seen_among_several_inputs() -> None:
    images = np.zeros((4, 8, 8), np.uint8)
    assert Part({"image": images, "row": LEFT}, TARGET).has_pixels
    assert not Part({"image": images.astype(np.float32), "row": LEFT}, TARGET).has_pixels


def test_a_function_of_several_trees_gets_the_arrays_of_the_same_places() -> None:
    added = map_leaves(np.add, {"a": LEFT, "b": (RIGHT,)}, {"b": (RIGHT,), "a": LEFT})
    assert (added["a"] == 2 * LEFT).all()
    assert (added["b"][0] == 2 * RIGHT).all()


def test_a_part_is_shown_without_its_numbers() -> None:
    assert "array" not in repr(nested())


def test_an_array_s_chunks_are_all_its_rows_in_order_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "CHUNK_BYTES", 100)
    array = np.arange(70, dtype=np.float32).reshape(7, 10)
    chunks = list(in_chunks(array))
    assert [len(chunk) for chunk in chunks] == [2, 2, 2, 1]
    assert np.array_equal(np.concatenate(chunks), array)
    assert [len(chunk) for chunk in in_chunks(np.zeros((3, 1000)))] == [1, 1, 1]
