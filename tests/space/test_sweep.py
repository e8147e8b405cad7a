"""`Sweep` refuses what no study could use, in words that name the argument."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path
from typing import Any

import optuna
import pytest
from builders import tiny_space, tiny_sweep

import sweep
from sweep import Sweep
from sweep.errors import InputError

ROOT = Path(__file__).parents[2]


def test_the_least_there_is_to_say_is_a_space_and_a_baseline() -> None:
    least = Sweep(space=tiny_space, baseline={})
    assert (least.trials, least.epochs, least.data, least.objective, least.seed) == (24, 5, "mnist", "val_accuracy", 0)
    assert (least.cpus_per_trial, least.gpus_per_trial) == (1, 0)
    assert least.model is None
    assert least.maximizes


@pytest.mark.parametrize(
    "changes",
    [
        {"space": {"filters_1": [8, 16]}},
        {"space": None},
        {"baseline": [("filters_1", 8)]},
        {"baseline": None},
        {"baseline": {1: 8}},
        {"enqueue": {"filters_1": 8}},
        {"enqueue": [8]},
        {"enqueue": [{1: 8}]},
        {"constraints": 100},
        {"constraints": {"seconds": 100}},
        {"constraints": {"parameters": 0}},
        {"constraints": {"parameters": 1e6}},
        {"model": "my_model"},
        {"data": 7},
        {"data": ""},
        {"data": None},
        {"objective": "test_accuracy"},
        {"objective": "accuracy"},
        {"objective": None},
        {"objective": "parameters"},
        {"objective": []},
        {"objective": ["val_accuracy"]},
        {"objective": ["val_accuracy", "val_accuracy"]},
        {"objective": ["val_accuracy", "test_accuracy"]},
        {"objective": ["val_accuracy", 3]},
        {"objective": ["val_accuracy", ["parameters"]]},
        {"direction": "up"},
        {"direction": ""},
        {"direction": ["maximize"]},
        {"direction": ("maximize", "minimize")},
        {"trials": 0},
        {"trials": -1},
        {"trials": 2.0},
        {"trials": "24"},
        {"trials": True},
        {"trials": None},
        {"epochs": 0},
        {"epochs": 0.5},
        {"seed": -1},
        {"seed": None},
        {"seed": True},
        {"margin": -0.1},
        {"margin": float("inf")},
        {"margin": "0.05"},
        {"cpus_per_trial": 0},
        {"cpus_per_trial": 1.5},
        {"gpus_per_trial": -0.5},
        {"gpus_per_trial": 1.5},
        {"gpus_per_trial": float("nan")},
        {"gpus_per_trial": float("inf")},
        {"gpus_per_trial": "1"},
        {"gpus_per_trial": True},
        {"max_trial_seconds": 0},
        {"max_trial_seconds": -1.0},
        {"max_trial_seconds": float("inf")},
        {"max_trial_seconds": float("nan")},
        {"max_trial_seconds": "60"},
        {"max_trial_seconds": True},
        {"rungs": (0, 50)},
        {"rungs": (50, 101)},
        {"rungs": (50, 10)},
        {"rungs": (10, 10)},
        {"rungs": (12.5,)},
        {"rungs": (True,)},
        {"rungs": 50},
        {"rungs": "50"},
        {"rungs": None},
        {"sampler": "tpe"},
        {"sampler": optuna.samplers.TPESampler},
        {"pruner": "median"},
        {"pruner": optuna.pruners.MedianPruner},
    ],
    ids=repr,
)
def test_a_value_of_the_wrong_kind_or_range_is_refused_by_its_name(changes: dict[str, Any]) -> None:
    (name,) = changes
    with pytest.raises(InputError, match=rf"^{name}\b.* but got ") as caught:
        tiny_sweep(**changes)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"gpus_per_trial": 0.25},
        {"gpus_per_trial": 2},
        {"gpus_per_trial": 2.0},
        {"max_trial_seconds": 60},
        {"max_trial_seconds": 0.5},
        {"rungs": ()},
        {"rungs": [10, 50]},
        {"rungs": (100,)},
        {"trials": 1},
        {"seed": 2**40},
        {"data": lambda: None},
        {"sampler": optuna.samplers.RandomSampler()},
        {"pruner": optuna.pruners.NopPruner()},
    ],
)
def test_values_at_the_edge_of_what_is_allowed_are_taken(changes: dict[str, Any]) -> None:
    ((name, value),) = changes.items()
    assert getattr(tiny_sweep(**changes), name) == value


def test_the_largest_number_of_parameters_is_a_constraint() -> None:
    assert tiny_sweep().max_parameters is tiny_sweep(constraints={}).max_parameters is None
    assert tiny_sweep(constraints={"parameters": 100}).max_parameters == 100


def test_an_unknown_objective_is_told_the_valid_ones() -> None:
    with pytest.raises(InputError, match="or val_ and the name of a metric of the model such as val_accuracy"):
        tiny_sweep(objective="f1")


def test_the_direction_follows_the_objective_unless_it_is_given() -> None:
    assert tiny_sweep(objective="val_accuracy").maximizes
    assert not tiny_sweep(objective="val_loss").maximizes
    assert tiny_sweep(objective="val_loss", direction="maximize").maximizes
    assert not tiny_sweep(direction="minimize").maximizes


def test_each_of_several_objectives_has_its_direction() -> None:
    names = ["val_accuracy", "val_loss", "parameters", "seconds", "inference_us"]
    suited = tiny_sweep(objective=names).directions
    assert suited == {"val_accuracy": "maximize", **dict.fromkeys(names[1:], "minimize")}
    sweep = tiny_sweep(objective=("val_accuracy", "parameters"), direction=("minimize", "maximize"))
    assert sweep.directions == {"val_accuracy": "minimize", "parameters": "maximize"}
    assert tiny_sweep().directions == {"val_accuracy": "maximize"}


@pytest.mark.parametrize("direction", ["maximize", ["maximize"], ["maximize"] * 3, ["maximize", "up"], [[], []]])
def test_several_objectives_have_as_many_directions(direction: Any) -> None:
    with pytest.raises(InputError, match=r"^direction must be a list of maximize or minimize for each .* but got "):
        tiny_sweep(objective=["val_accuracy", "parameters"], direction=direction)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"train": 3}, "train must be a function of params and a run, but got 3"),
        ({"train": print, "model": print}, "train must stand alone, .* but model was given, too"),
        ({"train": print, "fit": print}, "train must stand alone, .* but fit was given, too"),
        (
            {"train": print, "constraints": {"parameters": 9}},
            "train must stand alone, .* but constraints was given, too",
        ),
        (
            {"train": print, "objective": ["val_loss", "inference_us"]},
            "objective must leave out inference_us with train",
        ),
        ({"fit": {}}, "fit must be a function of params, but got {}"),
    ],
)
def test_a_train_function_stands_alone(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        tiny_sweep(**changes)


def test_several_objectives_have_no_pruner() -> None:
    with pytest.raises(InputError, match=r"^pruner must be left out with several objectives, .* but got "):
        tiny_sweep(objective=["val_accuracy", "parameters"], pruner=optuna.pruners.MedianPruner())


@pytest.mark.parametrize(
    ("rungs", "steps"),
    [((10, 20, 40), (10, 20, 40, 100)), ((50, 100), (50, 100)), ((), (100,)), ([100], (100,))],
)
def test_the_last_step_is_always_the_whole_budget(rungs: Any, steps: tuple[int, ...]) -> None:
    assert tiny_sweep(rungs=rungs).steps == steps


def test_a_sweep_cannot_be_changed_once_it_is_checked() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        tiny_sweep().trials = 0  # type: ignore[misc]


def test_the_package_offers_what_a_search_space_file_needs_and_nothing_unknown() -> None:
    assert {"Sweep", "build_model"} < set(sweep.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Swep'"):
        sweep.Swep  # noqa: B018


def test_the_driver_imports_neither_tensorflow_nor_ray() -> None:
    code = (
        "import sys, sweep.cli.app;"
        "from sweep.cli import compare, confirm, leaderboard, run, show;"
        "print([name for name in ('tensorflow', 'keras', 'ray') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
