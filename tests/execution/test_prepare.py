"""What `run` and `check` do with a sweep before anything starts."""

from __future__ import annotations

from typing import Any

import pytest
from builders import branching_space, tiny_arrays, tiny_space, tiny_sweep

from sweep.errors import InputError
from sweep.execution.prepare import prepare, with_flags
from sweep.space.suggest import SAMPLES, explore
from sweep.study.definition import Definition


def own_data() -> Any:
    arrays = tiny_arrays()
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


def test_a_space_is_asked_for_each_sample_once_and_for_the_baseline_twice() -> None:
    asked = []

    def counting(trial: Any) -> dict[str, Any]:
        params = tiny_space(trial)
        asked.append(params)
        return params

    sweep = tiny_sweep(space=counting, data=own_data)
    dataset, definition = prepare(sweep, "auto")
    assert len(asked) == 2 + SAMPLES
    assert definition == Definition.of(sweep, dataset)


def test_a_space_is_asked_once_more_for_each_new_branch() -> None:
    asked = []

    def counting(trial: Any) -> dict[str, Any]:
        asked.append(trial.number)
        return {"batch_size": 8, **branching_space(trial)}

    explore(tiny_sweep(space=counting, baseline={"optimizer": "adam"}))
    assert len(asked) == 2 + SAMPLES + 1


def test_params_that_no_trial_could_use_are_refused_before_the_data_is_looked_for() -> None:
    def batches_of_nothing(trial: Any) -> dict[str, Any]:
        return {**tiny_space(trial), "batch_size": 0 if trial.params["kernel_size"] == 4 else 32}

    with pytest.raises(InputError, match="batch_size must be a whole number >= 1, but got 0"):
        prepare(tiny_sweep(space=batches_of_nothing, data="nowhere.npz"), "auto")
    with pytest.raises(InputError, match=r"nowhere\.npz"):
        prepare(tiny_sweep(data="nowhere.npz"), "auto")


def test_a_flag_wins_over_the_file_and_none_leaves_it() -> None:
    changed = with_flags(tiny_sweep(epochs=3, seed=5), trials=9, epochs=None, seed=0)
    assert (changed.trials, changed.epochs, changed.seed) == (9, 3, 0)
    with pytest.raises(InputError, match="epochs must be a whole number >= 1, but got 0"):
        with_flags(tiny_sweep(), epochs=0)
