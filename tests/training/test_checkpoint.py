"""A trial in the middle of its training, as bytes."""

from __future__ import annotations

import random
import warnings

import numpy as np

from sweep.training.checkpoint import Checkpoint, identity, unpack
from sweep.training.messages import TrainingConfig, TrialSpec


def test_a_snapshot_survives_its_bytes() -> None:
    spec = TrialSpec(3, {"a": 1, "b": None, "c": 0.1, "d": "x"}, 9)
    arrays = [np.arange(6, dtype=np.float32).reshape(2, 3), np.array(7, np.int64), np.zeros(0, np.uint32)]
    back = unpack(Checkpoint(identity(TrainingConfig(None, 5, (100,)), spec), 41, 2.5, arrays).pack())
    assert back is not None
    assert (back.position, back.seconds) == (41, 2.5)
    assert back.identity == identity(TrainingConfig(None, 5, (100,)), spec)
    assert [array.dtype for array in back.arrays] == [array.dtype for array in arrays]
    for a, b in zip(back.arrays, arrays, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_damaged_snapshot_is_none_whatever_is_damaged() -> None:
    whole = Checkpoint({"epochs": 1}, 7, 1.0, [np.zeros((30, 4), np.float32), np.ones(3, np.float32)]).pack()
    chance = random.Random(0)
    for _ in range(1_500):
        damaged = bytearray(whole)
        for _ in range(chance.choice([1, 2, 3])):
            damaged[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of zipfile, about names
            back = unpack(bytes(damaged))
        assert back is None or len(back.arrays) <= 2
