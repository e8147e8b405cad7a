"""What travels between driver and worker."""

from __future__ import annotations

import pytest

from sweep.errors import InputError
from sweep.training.messages import Failure, TrialSpec, failure_of

PLAN = TrialSpec(3, {"filters_1": 4096, "kernel_size": 3}, 7)
WITH = "with filters_1=4096 kernel_size=3"


class ResourceExhaustedError(Exception):
    """Named as TensorFlow's."""


def failure(error: Exception) -> Failure:
    try:
        raise error
    except Exception as caught:  # noqa: BLE001 - any
        return failure_of(caught, PLAN.params)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        MemoryError("Unable to allocate 931. GiB"),
        ResourceExhaustedError("OOM when allocating tensor with shape[64,4096,28,28]\nmore"),
    ],
)
def test_memory_that_a_trial_did_not_get_is_named_with_its_params(error: Exception) -> None:
    said = failure(error)
    assert said.reason.startswith(f"out of memory {WITH}: {type(error).__name__}")
    assert "\n" not in said.reason
    assert type(error).__name__ in said.details


def test_other_errors_of_a_trial_are_told_as_they_are() -> None:
    assert failure(ValueError("no such layer\nmore")).reason == "ValueError: no such layer"
    assert failure(InputError("model(params) must return a model")).reason == "model(params) must return a model"
