"""What `run` and `check` do with a sweep before anything starts."""

from __future__ import annotations

from typing import Any

import pytest
from builders import tiny_arrays, tiny_space, tiny_sweep

from sweep.errors import InputError
from sweep.execution.prepare import prepare, with_flags
from sweep.space.suggest import SAMPLES
from sweep.study.definition import Definition


def own_data() -> Any:
    arrays = tiny_arrays()
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


def test_a_space_is_asked_for_the_baseline_and_each_sample_once() -> None:
    asked = []

    def counting(trial: Any) -> dict[str, Any]:
        params = tiny_space(trial)
        asked.append(params)
        return params

    sweep = tiny_sweep(space=counting, data=own_data)
    dataset, definition, explored = prepare(sweep, "auto")
    assert len(asked) == 1 + SAMPLES
    assert definition == Definition.of(sweep, dataset, explored)


def test_params_that_no_trial_could_use_are_refused_before_the_data_is_looked_for() -> None:
    def batches_of_nothing(trial: Any) -> dict[str, Any]:
        return {**tiny_space(trial), "batch_size": 0 if trial.params["kernel_size"] == 4 else 32}

    with pytest.raises(InputError, match="batch_size must be a whole number >= 1, but got 0"):
        prepare(tiny_sweep(space=batches_of_nothing, data="nowhere.npz"), "auto")
    with pytest.raises(InputError, match=r"nowhere\.npz"):
        prepare(tiny_sweep(data="nowhere.npz"), "auto")


def test_a_parameter_that_is_read_must_be_returned_if_it_is_suggested() -> None:
    def forgetful(trial: Any) -> dict[str, Any]:
        return {name: value for name, value in tiny_space(trial).items() if name != "learning_rate"}

    with pytest.raises(InputError, match="suggested learning_rate and did not return it"):
        prepare(tiny_sweep(space=forgetful, data=own_data), "auto")
    prepare(tiny_sweep(space=forgetful, data=own_data, model=lambda params: None), "auto")


def test_an_ingredient_is_none_of_the_built_in_networks_params() -> None:
    def scaled(trial: Any) -> dict[str, Any]:
        return {"filters_1": 8 * trial.suggest_int("width", 1, 4)}

    _, definition, _ = prepare(tiny_sweep(space=scaled, baseline={"width": 2}, data=own_data), "auto")
    assert (definition.baseline, definition.ingredients) == ({"width": 2, "filters_1": 16}, ["width"])


def test_a_built_in_baseline_that_is_too_large_is_refused_before_anything_is_trained() -> None:
    def small(trial: Any) -> dict[str, Any]:
        return {"filters_1": trial.suggest_categorical("filters_1", [8, 16]), "kernel_size": 1}

    changes = {"space": small, "baseline": {"filters_1": 8}, "data": own_data}
    with pytest.raises(InputError, match=r"baseline must keep the constraints, but the model has .* more than the 99"):
        prepare(tiny_sweep(constraints={"parameters": 99}, **changes), "auto")
    prepare(tiny_sweep(constraints={"parameters": 99_999}, **changes), "auto")
    prepare(tiny_sweep(constraints={"parameters": 99}, model=lambda params: None, **changes), "auto")


def test_a_flag_wins_over_the_file_and_none_leaves_it() -> None:
    changed = with_flags(tiny_sweep(epochs=3, seed=5), trials=9, epochs=None, seed=0)
    assert (changed.trials, changed.epochs, changed.seed) == (9, 3, 0)
    with pytest.raises(InputError, match="epochs must be a whole number >= 1, but got 0"):
        with_flags(tiny_sweep(), epochs=0)
