"""A space's params are checked, and the baseline lies inside it or is refused with the reason."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from types import MappingProxyType
from typing import Any

import numpy as np
import optuna
import pytest
from builders import BASELINE, branching_space, hand_made_study, tiny_space, tiny_sweep, trial_record
from optuna.distributions import IntDistribution

from sweep.analysis.leaderboard import board
from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError
from sweep.space import suggest as space
from sweep.space.values import leaves
from sweep.study.confirming_run import ConfirmingRun


def suggested(function: Callable[[Any], Any]) -> dict[str, Any]:
    return space.suggest_params(tiny_sweep(space=function, baseline={}), optuna.create_study().ask())


def refusal(**changes: Any) -> str:
    with pytest.raises(InputError) as caught:
        space.baseline_params(tiny_sweep(**changes))
    return str(caught.value)


def test_constants_are_params_too() -> None:
    params, asked = space.baseline_params(tiny_sweep())
    assert params == {**BASELINE, "batch_size": 32}
    assert asked == BASELINE


def test_a_constant_may_be_named_in_the_baseline_with_its_value() -> None:
    params, asked = space.baseline_params(tiny_sweep(baseline={**BASELINE, "batch_size": 32}))
    assert params["batch_size"] == 32
    assert "batch_size" not in asked


def test_a_constant_named_with_another_value_is_refused() -> None:
    assert "returns batch_size=32, not 64" in refusal(baseline={**BASELINE, "batch_size": 64})


def test_a_missing_parameter_is_named() -> None:
    assert "must give a value for kernel_size" in refusal(baseline={"filters_1": 16, "learning_rate": 1e-3})


def test_an_extra_parameter_is_named_beside_those_the_space_returns() -> None:
    message = refusal(baseline={**BASELINE, "filters_9": 1})
    assert "also has filters_9" in message
    assert "filters_1, kernel_size, learning_rate, batch_size" in message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("filters_1", 64),
        ("filters_1", "16"),
        ("filters_1", None),
        ("kernel_size", 5),
        ("kernel_size", 2.5),
        ("kernel_size", True),
        ("kernel_size", "3"),
        ("learning_rate", 1.0),
        ("learning_rate", 0.0),
        ("learning_rate", float("nan")),
        ("learning_rate", float("inf")),
        ("learning_rate", None),
    ],
)
def test_a_baseline_outside_the_space_is_refused_with_parameter_and_value(name: str, value: Any) -> None:
    message = refusal(baseline={**BASELINE, name: value})
    assert f"{name}={value!r} is not in " in message


OTHER = {"filters_1": 32, "kernel_size": 2, "learning_rate": 1e-2}


def test_configurations_to_enqueue_come_with_their_constants() -> None:
    explored = space.explore(tiny_sweep(enqueue=[OTHER, {**OTHER, "batch_size": 32}]))
    assert [known.params for known in explored.enqueued] == [{**OTHER, "batch_size": 32}] * 2
    assert [known.suggested_params for known in space.enqueued(tiny_sweep(enqueue=(OTHER,)))] == [OTHER]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({**OTHER, "kernel_size": 9}, "lie inside the space, but kernel_size=9 is not in"),
        ({"filters_1": 8}, "give a value for kernel_size"),
        ({**OTHER, "extra": 1}, "but it also has extra"),
        ({**OTHER, "batch_size": 64}, "returns batch_size=32, not 64"),
        ({**OTHER, "filters_1": len}, "filters_1 is a builtin_function_or_method"),
    ],
)
def test_a_configuration_to_enqueue_is_checked_as_the_baseline_is_and_named(wrong: Any, says: str) -> None:
    with pytest.raises(InputError, match=rf"^enqueue\[1\] must.* {says}"):
        space.explore(tiny_sweep(enqueue=[OTHER, wrong]))


def test_a_conditional_space_wants_only_what_it_suggests_for_the_baseline() -> None:
    assert space.baseline_params(tiny_sweep(space=branching_space, baseline={"optimizer": "adam"}))[0] == {
        "optimizer": "adam"
    }
    message = refusal(space=branching_space, baseline={"optimizer": "adam", "momentum": 0.5})
    assert "also has momentum" in message
    assert "value for momentum" in refusal(space=branching_space, baseline={"optimizer": "sgd"})


def test_conditional_parameters_are_among_the_distributions() -> None:
    distributions = space.explore(tiny_sweep(space=branching_space, baseline={"optimizer": "adam"})).distributions
    assert set(distributions) == {"optimizer", "momentum", "warmup", "nesterov"}
    assert distributions["warmup"] == IntDistribution(1, 5)


def test_choices_that_change_from_trial_to_trial_are_refused() -> None:
    def shifting(trial: Any) -> dict[str, Any]:
        wide = trial.suggest_categorical("wide", [True, False])
        return {"wide": wide, "units": trial.suggest_categorical("units", [8, 16] if wide else [8])}

    with pytest.raises(InputError, match="choices must always be the same, but those of units changed"):
        space.explore(tiny_sweep(space=shifting, baseline={"wide": True, "units": 8}))


@pytest.mark.parametrize("log", [10**5_000, object()], ids=["huge", "object"])
def test_a_range_that_the_ledger_cannot_hold_is_refused(log: Any) -> None:
    def odd(trial: Any) -> dict[str, Any]:
        return {"units": trial.suggest_int("units", 1, 9, log=log)}

    with pytest.raises(InputError, match="plain values that JSON can hold, but units is not"):
        space.explore(tiny_sweep(space=odd, baseline={"units": 8}))


def test_ranges_may_change_from_trial_to_trial() -> None:
    def shifting(trial: Any) -> dict[str, Any]:
        depth = trial.suggest_int("depth", 1, 3)
        return {"depth": depth, "units": trial.suggest_int("units", 1, 10 * depth)}

    distributions = space.explore(tiny_sweep(space=shifting, baseline={"depth": 1, "units": 8})).distributions
    assert set(distributions) == {"depth", "units"}


@pytest.mark.parametrize("result", [None, [("a", 1)], "a", MappingProxyType({"a": 1}), 3])
def test_a_space_must_return_a_dict(result: Any) -> None:
    with pytest.raises(InputError, match=f"must return a dict of params, but it returned {type(result).__name__}"):
        suggested(lambda trial: result)


def multiplied(trial: Any) -> dict[str, Any]:
    """A space whose `depth` is only an ingredient of `units`."""
    depth = trial.suggest_int("depth", 1, 3)
    width = trial.suggest_int("width", 1, 3)
    return {"width": width, "units": depth * width}


def test_what_is_suggested_and_not_returned_is_an_ingredient() -> None:
    sweep = tiny_sweep(space=multiplied, baseline={"depth": 2, "width": 3})
    suggestion = space.suggest(sweep, optuna.trial.FixedTrial({"depth": 2, "width": 3}))
    assert suggestion.params == {"depth": 2, "width": 3, "units": 6}
    assert suggestion.ingredients == ("depth",)
    assert suggestion.model_params == {"width": 3, "units": 6}
    assert space.baseline_params(sweep) == (suggestion.params, {"depth": 2, "width": 3})
    assert space.explore(sweep).suggestions[0] == suggestion
    assert all(sample.ingredients == ("depth",) for sample in space.sample(sweep, 3))


def test_the_baseline_names_the_ingredients_too() -> None:
    assert "must give a value for depth" in refusal(space=multiplied, baseline={"width": 3})
    assert "depth=9 is not in" in refusal(space=multiplied, baseline={"depth": 9, "width": 3})


def test_an_ingredient_cannot_be_named_like_a_column_of_the_board() -> None:
    def named(trial: Any) -> dict[str, Any]:
        return {"units": trial.suggest_int("rank", 1, 3)}

    with pytest.raises(InputError, match="named like a column of the board"):
        suggested(named)


def test_an_error_in_a_space_comes_with_its_type_and_words() -> None:
    def broken(trial: Any) -> dict[str, Any]:
        return {"x": trial.params["never suggested"]}

    with pytest.raises(InputError, match="raised KeyError: 'never suggested'"):
        suggested(broken)


class Shade(str, Enum):  # noqa: UP042 - as people write it
    DARK = "dark"


class Text(str):
    """Text of a kind that JSON does not know."""


@pytest.mark.parametrize("value", [np.int64(3), np.float32(0.5), np.bool_(True), np.str_("dark")])
def test_numbers_and_texts_of_numpys_become_pythons_own(value: np.generic) -> None:
    params = suggested(lambda trial: {"x": value})
    assert params == {"x": value.item()}
    assert type(params["x"]) is type(value.item())


def test_numpys_scalars_are_taken_in_tuples_in_choices_in_ranges_and_in_the_baseline() -> None:
    def numeric(trial: Any) -> dict[str, Any]:
        units = trial.suggest_categorical("units", np.array([8, 16]))
        width = trial.suggest_int("width", np.int64(1), np.int64(9), step=np.int64(2))
        rate = trial.suggest_float("rate", np.float32(0.5), np.float64(1), log=np.bool_(True))
        return {"units": units, "width": width, "rate": rate, "both": (np.int64(units), [np.float64(0.5)])}

    baseline = {"units": np.int64(8), "width": np.int32(3), "rate": np.float64(0.75)}
    explored = space.explore(tiny_sweep(space=numeric, baseline=baseline))
    assert explored.baseline == {"units": 8, "width": 3, "rate": 0.75, "both": (8, [0.5])}
    for params in (explored.baseline, *explored.samples):
        assert [type(params[name]) for name in ("units", "width", "rate")] == [int, int, float]
        assert [type(leaf) for leaf in leaves(params["both"])] == [int, float]


def kernels(trial: Any) -> dict[str, Any]:
    """A space with tuples, lists and None to choose from."""
    return {"kernel": trial.suggest_categorical("kernel", [(3, 3), [5, 5], None, "same", ((1, 2), 3)])}


def test_choices_may_be_tuples_lists_and_none() -> None:
    explored = space.explore(tiny_sweep(space=kernels, baseline={"kernel": (3, 3)}))
    assert explored.baseline == {"kernel": (3, 3)}
    drawn = [params["kernel"] for params in explored.samples]
    assert all(value in drawn for value in ((3, 3), [5, 5], None, "same", ((1, 2), 3)))


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ([3, 3], r"kernel=\[3, 3\] is not in"),
        ((3, 4), r"kernel=\(3, 4\) is not in"),
        ("(3, 3)", r"returns kernel=\(3, 3\), not '\(3, 3\)'"),
        ((3, len), "kernel has a builtin_function_or_method in it"),
    ],
)
def test_a_baseline_must_be_one_of_the_choices_as_they_are_written(value: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        space.baseline_params(tiny_sweep(space=kernels, baseline={"kernel": value}))


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({1: 2}, "the name 1"),
        ({"": 2}, "the name ''"),
        ({"x": {"y": 1}}, "x is a dict"),
        ({"x": [1, {2}]}, "x has a set in it"),
        ({"x": ((1, len),)}, "x has a builtin_function_or_method in it"),
        ({"x": (1.0, float("nan"))}, "x is .1.0, nan."),
        ({"x": np.zeros(2)}, "x is a ndarray"),
        ({"x": Shade.DARK}, "x is <Shade.DARK: 'dark'>, a member of an enum.*suggest 'dark'"),
        ({"x": Text("dark")}, "x is a Text"),
        ({"x": float("nan")}, "x is nan"),
        ({"x": float("-inf")}, "x is -inf"),
        ({"x": len}, "x is a builtin_function_or_method"),
    ],
)
def test_params_are_flat_plain_and_finite(params: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        suggested(lambda trial: params)


def test_no_parameter_may_be_named_like_a_column_of_the_board_once_it_is_confirmed() -> None:
    runs = [ConfirmingRun(number, index, 1, {"accuracy": 0.9}) for number in (0, 1) for index in (0, 1)]
    frame = board(Analysis(replace(hand_made_study(trial_record(0), trial_record(1)), confirming=runs)))
    columns = [name for name in frame.columns if name not in trial_record(0).params]
    assert {"confirmed_seeds", "inference_us", "front"} < set(columns)
    assert suggested(lambda trial: {"epochs": 1}) == {"epochs": 1}  # which the trial then trains
    for name in set(columns) - {"epochs"}:
        with pytest.raises(InputError, match=f"named like a column of the board, but .* returned '{name}'"):
            suggested(lambda trial, name=name: {name: 1})
    assert suggested(lambda trial: {"no_column": 1}) == {"no_column": 1}


def test_the_space_is_handed_a_copy_that_it_may_keep() -> None:
    kept: dict[str, Any] = {}

    def keeping(trial: Any) -> dict[str, Any]:
        kept["x"] = trial.suggest_int("x", 1, 3)
        return kept

    params = suggested(keeping)
    kept["x"] = 99
    assert params["x"] != 99


def test_samples_are_always_the_same_ones_and_inside_the_space() -> None:
    first, again = (space.sample_params(tiny_sweep(trials=trials), 8) for trials in (1, 9))
    assert first == again == space.explore(tiny_sweep()).samples[:8]
    assert len({str(params) for params in first}) > 1
    for params in first:
        fixed = optuna.trial.FixedTrial({name: value for name, value in params.items() if name != "batch_size"})
        assert tiny_space(fixed) == params


def counted_space(change: str) -> Callable[[Any], Any]:
    """A space that returns or suggests something else each time that it is asked."""
    count = itertools.count()

    def space(trial: Any) -> dict[str, Any]:
        turn = next(count)
        params = tiny_space(trial)
        if change == "constant":
            params["noise"] = turn
        elif change == "one that comes and goes" and turn % 2 == 0:
            params["noise"] = 1
        elif change == "choices":
            params["noise"] = trial.suggest_categorical("noise", [1, 2] if turn % 2 else [2, 1])
        elif change == "range":
            params["noise"] = trial.suggest_float("noise", 0, 1 + turn)
        elif change == "name" and turn % 2:
            params["noise"] = trial.suggest_int("noise", 0, 1)
        elif change == "ingredient" and turn % 2:
            del params["filters_1"]
        elif change == "branch" and params["kernel_size"] == 4:
            params["noise"] = turn
        return params

    return space


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("constant", "it returned noise=0, and then noise=1;"),
        ("one that comes and goes", "it returned noise=1, and then no noise;"),
        ("choices", r"it suggested noise from Categorical\S*\(2, 1\)\), and then from Categorical\S*\(1, 2\)\);"),
        ("range", "it suggested noise from Float.*high=1.0.* and then from Float.*high=2.0"),
        ("name", "it suggested noise only the second time that it was asked;"),
        ("ingredient", "it returned filters_1=16, and then no filters_1;"),
        ("branch", r"it returned noise=\d+, and then noise=\d+;"),
    ],
)
def test_a_space_that_is_not_the_same_each_time_is_told_what_changes_and_what_to_do(change: str, says: str) -> None:
    baseline = {**BASELINE, **({"noise": 1} if change in ("choices", "range") else {})}
    with pytest.raises(InputError, match=f"must return the same for the same suggestions, but {says}") as caught:
        space.explore(tiny_sweep(space=counted_space(change), baseline=baseline))
    assert str(caught.value).endswith("suggest with trial.suggest_..., and sort a set before its order matters")


@pytest.mark.parametrize(
    ("first", "says"),
    [
        (9, "first baseline must lie inside the space, but units=8 is not in Int.*low=9.*, and then baseline .*low=10"),
        (8, "first baseline must lie inside the space, but units=8 is not in Int.*low=9.*, and then not"),
    ],
)
def test_a_baseline_outside_ranges_drawn_by_chance_is_told_as_the_space_s_fault(first: int, says: str) -> None:
    lows = iter([9, first + first - 8])

    def chance(trial: Any) -> dict[str, Any]:
        return {"units": trial.suggest_int("units", next(lows), 20)}

    with pytest.raises(InputError, match=says):
        space.explore(tiny_sweep(space=chance, baseline={"units": 8}))


def test_a_space_may_go_by_the_number_of_the_trial() -> None:
    def numbered(trial: Any) -> dict[str, Any]:
        return {**tiny_space(trial), **({"late": trial.number} if trial.number > 3 else {})}

    assert space.explore(tiny_sweep(space=numbered)).samples[9]["late"] == 9


def test_a_member_of_an_enum_in_the_baseline_is_refused_with_what_to_suggest() -> None:
    def shades(trial: Any) -> dict[str, Any]:
        return {"x": trial.suggest_categorical("x", ["dark", "light"])}

    with pytest.raises(InputError, match=r"x is <Shade.DARK: 'dark'>, a member of an enum.*suggest 'dark'"):
        space.baseline_params(tiny_sweep(space=shades, baseline={"x": Shade.DARK}))
