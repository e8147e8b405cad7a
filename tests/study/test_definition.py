"""Two definitions differ where their trials could not be compared, and say so in words."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from builders import BASELINE, branching_space, tiny_arrays, tiny_dataset, tiny_definition, tiny_space, tiny_sweep
from hypothesis import given
from hypothesis import strategies as st

from sweep.errors import InputError
from sweep.space.sweep import DEFAULT_RUNGS
from sweep.study.definition import Definition


def definition(**changes: Any) -> Definition:
    return Definition.of(tiny_sweep(**changes), tiny_dataset())


def test_the_same_sweep_on_the_same_data_does_not_differ() -> None:
    assert definition().differences(definition()) == []


def test_it_comes_back_from_json_as_it_was() -> None:
    before = definition(seed=3, rungs=(10, 20))
    back = Definition(**json.loads(json.dumps(before.as_json())))
    assert back == before
    assert back.differences(before) == []


def test_several_objectives_come_back_from_json_and_differ_from_one() -> None:
    before = definition(objective=("val_accuracy", "parameters"))
    back = Definition(**json.loads(json.dumps(before.as_json())))
    assert back == before
    assert back.directions == {"val_accuracy": "maximize", "parameters": "minimize"}
    assert [phrase.split()[0] for phrase in definition().differences(back)] == ["objective", "direction"]


def test_a_definition_that_was_written_without_the_number_of_validation_images_is_still_one() -> None:
    old = {name: value for name, value in definition().as_json().items() if name != "validation_images"}
    back = Definition(**old)
    assert back.validation_images is None
    assert definition().validation_images == 4
    assert back.differences(definition()) == []
    assert back.directions == {"val_accuracy": "maximize"}


def test_it_is_written_as_in_the_journals_that_are_there() -> None:
    def shifting(trial: Any) -> dict[str, Any]:
        """Of the ranges that differ from sample to sample, the last one is written down."""
        depth = trial.suggest_int("depth", 1, 3)
        late = {"late": trial.suggest_float("late", 0, depth)} if depth == 3 else {}
        return {"depth": depth, "units": trial.suggest_int("units", 1, 10 * depth), **late}

    numbers = '{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": %d}}'
    late = '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 3.0, "log": false}}'
    assert definition(space=shifting, baseline={"depth": 1, "units": 8}).as_json() == {
        "baseline": {"depth": 1, "units": 8},
        "epochs": 5,
        "objective": "val_accuracy",
        "direction": "maximize",
        "seed": 0,
        "steps": [50, 100],
        "dataset": "tiny images",
        "sha256": "4436e308aedf95592797e4937bbe30b07d3c394f03620622680cb5911c7c37bd",
        "distributions": {"depth": numbers % 3, "units": numbers % 20, "late": late},
        "validation_images": 4,
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"trials": 400},
        {"cpus_per_trial": 8},
        {"gpus_per_trial": 0.5},
        {"rungs": (50, 100)},
        {"direction": "maximize"},
        {"baseline": {**BASELINE, "batch_size": 32}},
    ],
    ids=repr,
)
def test_what_does_not_change_a_trial_does_not_differ(changes: dict[str, Any]) -> None:
    assert definition().differences(definition(**changes)) == []


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"epochs": 6}, "epochs was 5, now 6"),
        ({"seed": 1}, "seed was 0, now 1"),
        ({"direction": "minimize"}, "direction was 'maximize', now 'minimize'"),
        ({"rungs": (25, 50)}, "steps was [50, 100], now [25, 50, 100]"),
        ({"baseline": {**BASELINE, "kernel_size": 2}}, "baseline kernel_size was 3, now 2"),
    ],
)
def test_one_difference_is_one_phrase_with_before_and_now(changes: dict[str, Any], phrase: str) -> None:
    assert definition().differences(definition(**changes)) == [phrase]


def test_all_differences_are_told_at_once() -> None:
    phrases = definition().differences(definition(epochs=9, seed=9, objective="val_loss"))
    assert [phrase.split()[0] for phrase in phrases] == ["epochs", "objective", "direction", "seed"]


def multiplied(trial: Any) -> dict[str, Any]:
    """A space whose `width` is only an ingredient of `filters_1`."""
    return {"filters_1": 8 * trial.suggest_int("width", 1, 4)}


def returned(trial: Any) -> dict[str, Any]:
    return {"width": trial.suggest_int("width", 1, 4), "filters_1": 16}


def test_ingredients_are_in_it_and_must_stay_ingredients() -> None:
    before = definition(space=multiplied, baseline={"width": 2})
    assert (before.baseline, before.ingredients) == ({"width": 2, "filters_1": 16}, ["width"])
    back = Definition(**json.loads(json.dumps(before.as_json())))
    assert back.differences(before) == []
    now = definition(space=returned, baseline={"width": 2})
    assert back.differences(now) == ["width was an ingredient, now it is given to the model"]
    assert now.differences(back) == ["width was given to the model, now it is an ingredient"]


def test_other_bytes_are_other_data_whatever_their_name() -> None:
    other = Definition.of(tiny_sweep(), tiny_dataset(y_test=np.array([2, 1, 0, 2, 1, 0])))
    (phrase,) = definition().differences(other)
    assert phrase.startswith("data was tiny images (")
    assert other.sha256[:8] in phrase


def test_a_validation_part_is_other_data_and_its_examples_are_what_is_validated_on() -> None:
    validation = {"x_val": tiny_arrays()["x_test"], "y_val": tiny_arrays()["y_test"]}
    other = Definition.of(tiny_sweep(), tiny_dataset(**validation))
    assert (definition().validation_images, other.validation_images) == (4, 6)
    assert definition().differences(other)[0].startswith("data was tiny images (")


def test_the_same_bytes_under_another_name_are_the_same_data() -> None:
    renamed = Definition(**{**definition().as_json(), "dataset": "renamed"})
    assert definition().differences(renamed) == []


def test_a_constant_that_changes_differs() -> None:
    def other(trial: Any) -> dict[str, Any]:
        return {**tiny_space(trial), "batch_size": 64}

    assert definition().differences(definition(space=other)) == ["baseline batch_size was 32, now 64"]


def test_a_parameter_that_comes_or_goes_differs() -> None:
    def wider(trial: Any) -> dict[str, Any]:
        return {**tiny_space(trial), "dropout": trial.suggest_float("dropout", 0, 0.5)}

    more = definition(space=wider, baseline={**BASELINE, "dropout": 0.0})
    assert definition().differences(more) == ["baseline dropout was nothing, now 0.0"]
    assert more.differences(definition()) == ["baseline dropout was 0.0, now nothing"]


def test_other_choices_differ_but_another_range_may_go_on() -> None:
    def choices(trial: Any) -> dict[str, Any]:
        return {**tiny_space(trial), "padding": trial.suggest_categorical("padding", ["valid", "same"])}

    def fewer(trial: Any) -> dict[str, Any]:
        return {**tiny_space(trial), "padding": trial.suggest_categorical("padding", ["valid"])}

    def wider(trial: Any) -> dict[str, Any]:
        params = tiny_space(trial)
        return {**params, "units": trial.suggest_int("units", 1, 64)}

    def narrower(trial: Any) -> dict[str, Any]:
        return {**tiny_space(trial), "units": trial.suggest_int("units", 1, 32)}

    base = {**BASELINE, "padding": "valid"}
    (phrase,) = definition(space=choices, baseline=base).differences(definition(space=fewer, baseline=base))
    assert phrase.startswith("padding was suggested from Categorical")
    base = {**BASELINE, "units": 8}
    assert definition(space=wider, baseline=base).differences(definition(space=narrower, baseline=base)) == []


def test_a_parameter_of_another_kind_differs() -> None:
    def whole(trial: Any) -> dict[str, Any]:
        return {"x": trial.suggest_int("x", 1, 3)}

    def real(trial: Any) -> dict[str, Any]:
        return {"x": trial.suggest_float("x", 1, 3)}

    (phrase,) = definition(space=whole, baseline={"x": 1}).differences(definition(space=real, baseline={"x": 1}))
    assert "x was suggested from IntDistribution" in phrase
    assert "now from FloatDistribution" in phrase


def test_conditional_parameters_belong_to_it() -> None:
    branching = definition(space=branching_space, baseline={"optimizer": "adam"})
    assert set(branching.distributions) == {"optimizer", "momentum", "warmup", "nesterov"}
    assert branching.baseline == {"optimizer": "adam"}


def test_a_baseline_outside_the_space_makes_no_definition() -> None:
    with pytest.raises(InputError, match="must lie inside the space"):
        definition(baseline={**BASELINE, "kernel_size": 9})


@given(
    epochs=st.integers(1, 9),
    seed=st.integers(0, 9),
    kernel=st.integers(2, 4),
    rate=st.sampled_from([1e-3, 1e-4, 0.001000001]),
)
def test_differences_are_empty_only_between_equals(epochs: int, seed: int, kernel: int, rate: float) -> None:
    before = tiny_definition()
    baseline = {**before.baseline, "kernel_size": kernel, "learning_rate": rate}
    other = Definition(**{**before.as_json(), "epochs": epochs, "seed": seed, "baseline": baseline})
    assert (before.differences(other) == []) == (other == before)


def test_folds_are_part_of_it_and_written_only_where_there_are_any() -> None:
    before, now = definition(rungs=DEFAULT_RUNGS), definition(rungs=DEFAULT_RUNGS, folds=3)
    assert "folds" not in before.as_json()
    assert Definition.from_json(json.loads(json.dumps(now.as_json()))) == now
    assert (now.folds, now.steps, now.validation_images) == (3, [25, 50, 75, 100], 24)
    assert "folds was None, now 3" in before.differences(now)
    assert "folds was 3, now 4" in now.differences(definition(rungs=DEFAULT_RUNGS, folds=4))


def shaped(shape: tuple[int, ...], *, own: bool = True, **changes: Any) -> Definition:
    """The definition of a sweep on images of some shape."""
    arrays = tiny_arrays()
    images = {name: arrays[name].reshape(len(arrays[name]), *shape) for name in ("x_train", "x_test")}
    model = {"model": lambda params: None} if own else {}
    return Definition.of(tiny_sweep(**model), tiny_dataset(**images, **changes))


def test_a_channel_axis_is_another_study_to_a_model_of_ones_own_and_the_same_to_the_built_in_network() -> None:
    assert shaped((8, 8)).sha256 == shaped((8, 8, 1)).sha256
    phrases = shaped((8, 8)).differences(shaped((8, 8, 1)))
    assert phrases == ["inputs were of shape (8, 8), now (8, 8, 1)"]
    assert shaped((8, 8, 1)).differences(shaped((8, 8, 1))) == []
    assert shaped((8, 8), own=False).differences(shaped((8, 8, 1), own=False)) == []


def test_a_study_that_did_not_write_the_shape_down_goes_on_and_other_data_are_told_by_their_hash() -> None:
    old = Definition(**{name: value for name, value in shaped((8, 8)).as_json().items() if name != "input_shape"})
    assert old.differences(shaped((8, 8, 1))) == []
    assert "input_shape" not in definition().as_json()
    assert shaped((64,)).input_shape == []
    assert shaped((8, 8), sample_weight_train=np.ones(24)).input_shape == []
