"""Predicted labels survive their file, and a damaged one is one sentence."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sweep.errors import InputError
from sweep.study.storage.predictions import (
    LABELS,
    LOSSES,
    RIGHT,
    holds_losses,
    pack,
    pack_losses,
    read,
    read_losses,
    read_right,
)


def kept(folder: Path, data: bytes) -> Path:
    path = folder / "trial-0007.npz"
    path.write_bytes(data)
    return path


def npz(save: Any = np.savez, **named: Any) -> bytes:
    buffer = io.BytesIO()
    save(buffer, **named)
    return buffer.getvalue()


@given(labels=arrays(np.int32, st.integers(1, 50), elements=st.integers(0, 100_000)))
def test_labels_come_back_as_they_were(tmp_path_factory: pytest.TempPathFactory, labels: Any) -> None:
    path = kept(tmp_path_factory.mktemp("kept"), pack(labels))
    np.testing.assert_array_equal(read(path, len(labels)), labels)


@pytest.mark.parametrize(("largest", "dtype"), [(9, "u1"), (255, "u1"), (256, "u2"), (65_536, "u4")])
def test_they_take_as_few_bytes_as_they_need_and_plain_numpy_reads_them(
    tmp_path: Path, largest: int, dtype: str
) -> None:
    path = kept(tmp_path, pack(np.array([0, largest] * 5000, np.int32)))
    with np.load(path, allow_pickle=False) as file:
        assert file.files == [LABELS]
        assert file[LABELS].dtype == dtype
    assert path.stat().st_size < 10_000 * np.dtype(dtype).itemsize + 500


WHOLE = pack(np.arange(100, dtype=np.int32) % 10)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a zip",
        WHOLE[:-30],
        WHOLE[: len(WHOLE) // 2],
        WHOLE.replace(b"|u1", b"|O8"),
        WHOLE[:150] + bytes([WHOLE[150] ^ 255]) + WHOLE[151:],
        npz(other=np.zeros(100, np.uint8)),
        npz(**{LABELS: np.array([None] * 100)}),
        npz(**{LABELS: np.zeros(99, np.uint8)}),
        npz(**{LABELS: np.zeros((100, 1), np.uint8)}),
        npz(**{LABELS: np.zeros(100, np.float32)}),
        npz(np.savez_compressed, **{LABELS: np.zeros(100, np.uint8)}),
    ],
    ids=range(12),
)
def test_a_damaged_file_is_one_sentence(tmp_path: Path, data: bytes) -> None:
    path = kept(tmp_path, data)
    with pytest.raises(InputError, match="predicted labels") as caught:
        read(path, 100)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("of_folder", [False, True])
def test_a_link_is_refused_also_one_that_the_folder_is(tmp_path: Path, of_folder: bool) -> None:
    (tmp_path / "other").mkdir()
    whole = kept(tmp_path / "other", WHOLE)
    link = tmp_path / "predictions" / whole.name if of_folder else tmp_path / whole.name
    (link.parent if of_folder else link).symlink_to(whole.parent if of_folder else whole)
    with pytest.raises(InputError, match=r"the predicted labels are read from .* but .* is a link to .*other"):
        read(link, 100)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"trial-0003\.npz, but there is no such file"):
        read(tmp_path / "trial-0003.npz", 10)


@given(losses=arrays(np.float32, st.integers(1, 50), elements=st.floats(0, 1e6, width=32)))
def test_losses_come_back_as_they_were(tmp_path_factory: pytest.TempPathFactory, losses: Any) -> None:
    path = kept(tmp_path_factory.mktemp("kept"), pack_losses(losses))
    assert holds_losses(path)
    np.testing.assert_array_equal(read_losses(path), losses)
    with np.load(path, allow_pickle=False) as file:
        assert (file.files, file[LOSSES].dtype) == ([LOSSES], np.float32)


LOST = pack_losses(np.linspace(0, 1, 100, dtype=np.float32))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        LOST[:-30],
        LOST[:150] + bytes([LOST[150] ^ 255]) + LOST[151:],
        WHOLE,
        npz(**{LOSSES: np.array([None] * 100)}),
        npz(**{LOSSES: np.zeros((100, 1), np.float32)}),
        npz(**{LOSSES: np.zeros(100, np.float64)}),
        npz(**{LOSSES: np.array([0.5, np.nan], np.float32)}),
        npz(np.savez_compressed, **{LOSSES: np.zeros(100, np.float32)}),
    ],
    ids=range(9),
)
def test_damaged_losses_are_one_sentence(tmp_path: Path, data: bytes) -> None:
    path = kept(tmp_path, data)
    with pytest.raises(InputError, match=r"the loss(es)? (in|of) ") as caught:
        read_losses(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_only_a_whole_file_of_losses_holds_losses(tmp_path: Path) -> None:
    for data in (WHOLE, b"", LOST[:-30]):
        assert not holds_losses(kept(tmp_path, data))
    assert not holds_losses(tmp_path / "nowhere.npz")
    with pytest.raises(InputError, match=r"nowhere\.npz, but there is no such file"):
        read_losses(tmp_path / "nowhere.npz")


@given(labels=arrays(np.int32, st.integers(1, 50), elements=st.integers(0, 300)))
def test_which_labels_are_right_stands_beside_them_and_readers_of_labels_see_no_difference(
    tmp_path_factory: pytest.TempPathFactory, labels: Any
) -> None:
    path = kept(tmp_path_factory.mktemp("kept"), pack(labels, labels % 2 == 0))
    np.testing.assert_array_equal(read(path, len(labels)), labels)
    np.testing.assert_array_equal(read_right(path), labels % 2 == 0)
    assert not holds_losses(path)


def test_it_takes_a_byte_a_label() -> None:
    labels = np.arange(10_000, dtype=np.int32) % 10
    assert len(pack(labels, labels > 4)) < 20_000 + 1000


def test_an_older_file_does_not_say_which_are_right(tmp_path: Path) -> None:
    assert read_right(kept(tmp_path, WHOLE)) is None


MARKED = pack(np.arange(100, dtype=np.int32) % 10, np.arange(100) < 90)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        MARKED[:-30],
        MARKED[:150] + bytes([MARKED[150] ^ 255]) + MARKED[151:],
        LOST,
        npz(**{LABELS: np.zeros(100, np.uint8), RIGHT: np.array([None] * 100)}),
        npz(**{LABELS: np.zeros(100, np.uint8), RIGHT: np.ones(99, bool)}),
        npz(**{LABELS: np.zeros(100, np.uint8), RIGHT: np.ones(100, np.uint8)}),
        npz(**{LABELS: np.zeros((100, 1), np.uint8), RIGHT: np.ones((100, 1), bool)}),
        npz(np.savez_compressed, **{LABELS: np.zeros(100, np.uint8), RIGHT: np.ones(100, bool)}),
        npz(**{LABELS: np.zeros(0, np.uint8), RIGHT: np.ones(0, bool)}),
    ],
    ids=range(10),
)
def test_what_does_not_say_which_labels_are_right_is_one_sentence(tmp_path: Path, data: bytes) -> None:
    path = kept(tmp_path, data)
    with pytest.raises(InputError, match="predicted label") as caught:
        read_right(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
