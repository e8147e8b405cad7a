"""What travels between driver and worker."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from builders import measurement

from sweep.errors import InputError
from sweep.training.messages import (
    MAX_DETAILS_CHARS,
    Failure,
    StepResult,
    TrainingConfig,
    TrialSpec,
    failure_of,
    params_text,
    pickled,
    trial_stem,
    unpickled,
)

SPEC = TrialSpec(3, {"filters_1": 4096, "kernel_size": 3}, 7)
WITH = "with filters_1=4096 kernel_size=3"


class ResourceExhaustedError(Exception):
    """Named as TensorFlow's."""


def failure(error: Exception) -> Failure:
    try:
        raise error
    except Exception as caught:  # noqa: BLE001 - any
        return failure_of(caught, SPEC.params)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        MemoryError("Unable to allocate 931. GiB"),
        ResourceExhaustedError("OOM when allocating tensor with shape[64,4096,28,28]\nmore"),
    ],
)
def test_memory_that_a_trial_did_not_get_is_named_with_its_params(error: Exception) -> None:
    message = failure(error)
    assert message.reason.startswith(f"out of memory {WITH}: {type(error).__name__}")
    assert "\n" not in message.reason
    assert type(error).__name__ in message.details


def test_other_errors_of_a_trial_are_told_as_they_are() -> None:
    assert failure(ValueError("no such layer\nmore")).reason == "ValueError: no such layer"
    assert failure(InputError("model(params) must return a model")).reason == "model(params) must return a model"


def test_details_are_the_end_of_the_traceback() -> None:
    try:
        raise ValueError("x" * 2 * MAX_DETAILS_CHARS + "the end")
    except ValueError as error:
        details = failure_of(error, {}).details
    assert len(details) == MAX_DETAILS_CHARS
    assert details.endswith("the end\n")


@pytest.mark.parametrize(
    ("result", "stopped"),
    [
        (StepResult(), True),
        (StepResult(output="it printed this"), True),
        (StepResult(measurement=measurement(50)), False),
        (StepResult(failure=Failure("ValueError")), False),
        (StepResult(machine_fault="no GPU"), False),
    ],
)
def test_a_step_without_measurement_failure_or_fault_is_a_stop(result: StepResult, stopped: bool) -> None:
    assert result.stopped is stopped


def test_params_are_told_on_one_line_in_their_order() -> None:
    assert params_text({"b": 1, "a": 0.5, "c": None, "d": "x y", "e": True}) == "b=1 a=0.5 c=None d=x y e=True"
    assert params_text({}) == ""


def test_files_are_named_after_the_trial_or_as_the_spec_says() -> None:
    assert TrialSpec(7, {}, 1).stem == trial_stem(7) == "trial-0007"
    assert TrialSpec(1001, {}, 1, "confirm-0001-00").stem == "confirm-0001-00"
    stems = [trial_stem(number) for number in (0, 9999, 10_000, 123_456)]
    assert stems == ["trial-0000", "trial-9999", "trial-10000", "trial-123456"]


def test_a_run_that_confirms_is_measured_at_its_end_alone_and_else_trained_alike() -> None:
    config = TrainingConfig(None, 5, (10, 50, 100), threads=2, precision="bfloat16", gpus=0.5, max_trial_seconds=9)
    whole = config.on_everything()
    assert whole.steps == (100,)
    assert {**vars(whole), "steps": config.steps} == vars(config)
    assert replace(config, max_parameters=9).on_everything() == whole  # it was trained before there was that limit


def test_a_part_of_a_gpu_is_one() -> None:
    assert [TrainingConfig(None, 1, (100,), gpus=gpus).gpu for gpus in (0.0, 0.25, 2.0)] == [False, True, True]


def test_a_job_travels_with_a_function_of_a_file_that_the_worker_does_not_have() -> None:
    scope: dict[str, Any] = {"__name__": "not_installed_anywhere"}
    exec("def model(params):\n    return params['x'] + 1", scope)
    back = unpickled(pickled(TrainingConfig(scope["model"], 3, (50, 100), file_sha256="f" * 64)))
    assert back.model is not None
    assert back.model({"x": 1}) == 2
    assert (back.epochs, back.steps, back.file_sha256) == (3, (50, 100), "f" * 64)
