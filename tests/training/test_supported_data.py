"""What models can't be trained on yet is refused before it reaches one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from builders import tiny_dataset

from sweep.data.parts import Part
from sweep.errors import InputError
from sweep.training.messages import TrainingConfig
from sweep.training.supported_data import refuse_unsupported

ROWS, NUMBERS = np.zeros((6, 2), np.float32), np.arange(6, dtype=np.float32)
LABELS = np.array([0, 1, 2, 0, 1, 2], np.int32)
UNSUPPORTED = {
    "several inputs": Part((ROWS, ROWS), LABELS),
    "numbers": Part(ROWS, NUMBERS),
    "one-hot": Part(ROWS, np.eye(3, dtype=np.int32)[LABELS]),
    "several targets": Part(ROWS, {"a": LABELS}),
    "weights": Part(ROWS, LABELS, NUMBERS),
}


@pytest.mark.parametrize("part", UNSUPPORTED.values(), ids=UNSUPPORTED)
def test_all_but_one_array_of_inputs_with_labels_is_refused_with_what_it_is(part: Part) -> None:
    with pytest.raises(InputError, match="one array of inputs with whole-number labels so far") as caught:
        refuse_unsupported(part)
    for name in part.leaves("train"):
        assert name in str(caught.value)


def test_labels_of_one_array_of_inputs_are_taken() -> None:
    refuse_unsupported(Part(ROWS, LABELS))
    refuse_unsupported(tiny_dataset().train)


@pytest.mark.sweep
@pytest.mark.parametrize("part", UNSUPPORTED.values(), ids=UNSUPPORTED)
def test_a_worker_refuses_it_before_anything_is_trained(part: Part) -> None:
    from sweep.training.worker import Worker  # TensorFlow takes seconds to import

    dataset: Any = replace(tiny_dataset(), train=part, test=part)
    with pytest.raises(InputError, match="whole-number labels so far"):
        Worker(TrainingConfig(None, 1, (100,)), dataset.training(), dataset.test)
