"""The options of `run` and `confirm`: their defaults, and what they refuse, whoever gives it."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from builders import tiny_sweep

from sweep.errors import InputError
from sweep.execution.options import ConfirmOptions, RunOptions, WorkerOptions
from sweep.execution.prepare import overridden
from sweep.space.sweep import Sweep


@pytest.mark.parametrize("kind", [WorkerOptions, RunOptions, ConfirmOptions])
def test_the_defaults_are_valid_and_every_field_says_what_it_is_for(kind: type) -> None:
    options = kind()
    for item in fields(kind):
        assert getattr(options, item.name) == item.default
        assert item.metadata["help"].endswith(".")
        assert item.metadata["help"][0].isupper() or item.name == "precision"


def test_what_is_fixed_may_be_a_dict_in_python() -> None:
    assert RunOptions(set={"a": 1, "b": (3, 3)}).set == ["a=1", "b=(3, 3)"]  # type: ignore[arg-type]


def test_run_and_confirm_share_the_flags_of_the_workers() -> None:
    shared = {item.name for item in fields(WorkerOptions)}
    run, confirm = ({item.name for item in fields(kind)} for kind in (RunOptions, ConfirmOptions))
    assert shared < run
    assert shared < confirm
    assert (run & confirm) - shared == {"data"}
    assert (RunOptions().results, RunOptions().max_failures, ConfirmOptions().top) == (Path("results"), 2, 1)


@pytest.mark.parametrize(
    ("kind", "changes", "says"),
    [
        (WorkerOptions, {"jobs": 0}, "--jobs must be a whole number >= 1, but got 0"),
        (WorkerOptions, {"max_failures": -1}, "--max-failures must be a whole number >= 0, but got -1"),
        (WorkerOptions, {"timeout": 0}, "--timeout must be above 0 seconds, but got 0"),
        (WorkerOptions, {"timeout": -0.5}, "--timeout must be above 0 seconds, but got -0.5"),
        (WorkerOptions, {"timeout": math.nan}, "--timeout must be above 0 seconds, but got nan"),
        (RunOptions, {"jobs": -3}, "--jobs must be a whole number >= 1, but got -3"),
        (RunOptions, {"target": math.inf}, "--target must be a number, but got inf"),
        (RunOptions, {"target": math.nan}, "--target must be a number, but got nan"),
        (RunOptions, {"precision": "half"}, "--precision must be one of auto, float32, bfloat16, but got 'half'"),
        (RunOptions, {"set": ["a=1", "b"]}, "--set must be NAME=VALUE, but got 'b'"),
        (ConfirmOptions, {"top": 0}, "--top must be a whole number >= 1, but got 0"),
        (ConfirmOptions, {"seeds": 1}, "--seeds must be 2 to 999: one run has no spread, but got 1"),
        (ConfirmOptions, {"seeds": 1000}, "--seeds must be 2 to 999: one run has no spread, but got 1000"),
        (ConfirmOptions, {"until_sure": True, "margin": -1.0}, "--margin must be a number >= 0, but got -1"),
        (RunOptions, {"until_sure": True, "margin": math.nan}, "--margin must be a number >= 0, but got nan"),
        (
            RunOptions,
            {"until_sure": True, "confirm": False},
            "--until-sure must come with --confirm, but got --no-confirm",
        ),
        (ConfirmOptions, {"timeout": 0}, "--timeout must be above 0 seconds, but got 0"),
    ],
)
def test_a_value_outside_its_range_is_refused_by_the_name_of_its_flag(
    kind: type, changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(InputError) as caught:
        kind(**changes)
    assert str(caught.value) == says


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (WorkerOptions, {"jobs": 1, "max_failures": 0, "timeout": 1e-9}),
        (RunOptions, {"target": -1.5, "precision": "bfloat16"}),
        (ConfirmOptions, {"top": 99, "seeds": 2}),
        (ConfirmOptions, {"seeds": 999}),
    ],
)
def test_values_at_the_edge_of_their_range_are_taken(kind: type, changes: dict[str, Any]) -> None:
    options = kind(**changes)
    assert {name: getattr(options, name) for name in changes} == changes


def test_the_flags_that_take_the_place_of_what_a_file_says_are_arguments_of_a_sweep() -> None:
    flags = {"trials": 9, "epochs": 2, "cpus_per_trial": 2, "gpus_per_trial": 0.5, "seed": 3, "margin": 0.05}
    options = RunOptions(**flags, jobs=4, until_sure=True)
    assert options.of_sweep == flags
    assert set(options.of_sweep) <= {item.name for item in fields(Sweep)}
    changed = overridden(tiny_sweep(), options)
    assert {name: getattr(changed, name) for name in flags} == flags
    assert set(RunOptions().of_sweep.values()) == {None}  # then the file has its say
    assert overridden(tiny_sweep(), RunOptions()).trials == 4


def test_to_be_sure_takes_confirming_runs() -> None:
    assert overridden(tiny_sweep(), RunOptions(until_sure=True)).margin is None
    with pytest.raises(InputError, match="--margin must come with --until-sure"):
        overridden(tiny_sweep(), RunOptions(margin=0.05))
    with pytest.raises(InputError, match="confirm_seeds is 0"):
        overridden(tiny_sweep(confirm_seeds=0), RunOptions(until_sure=True))


def test_options_cannot_be_changed_once_they_are_checked() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        RunOptions().jobs = 0  # type: ignore[misc]
