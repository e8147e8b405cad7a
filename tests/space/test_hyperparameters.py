"""`hp` answers as KerasTuner's does: one value a name, None where a condition does not hold, scopes in the names."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import optuna
import pytest

from sweep.errors import InputError
from sweep.space.hyperparameters import HyperParameters
from sweep.space.ranges import default_of, suggested


def asked_by(function: Callable[[HyperParameters], Any], **fixed: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a hypermodel's function knows at its end, and what it suggested on a trial with fixed values."""
    trial = optuna.trial.FixedTrial(fixed)
    hp = HyperParameters(partial(suggested, trial))
    function(hp)
    return hp.values, trial.params


def test_each_kind_is_suggested_and_what_is_fixed_is_not() -> None:
    def build(hp: HyperParameters) -> None:
        assert hp.Int("units", 8, 64, step=8) == 16
        assert hp.Float("rate", 1e-4, 1e-2, sampling="log") == 1e-3
        assert hp.Choice("activation", ["relu", "tanh"], ordered=False) == "tanh"
        assert hp.Boolean("dropout", default=True) is False
        assert hp.Fixed("kind", "dense") == "dense"

    chosen = {"units": 16, "rate": 1e-3, "activation": "tanh", "dropout": False}
    values, suggested_params = asked_by(build, **chosen)
    assert values == {**chosen, "kind": "dense"}
    assert suggested_params == chosen
    assert list(values) == ["units", "rate", "activation", "dropout", "kind"]


def test_a_name_has_one_value_however_often_and_with_whatever_range_it_is_asked_for() -> None:
    def build(hp: HyperParameters) -> None:
        assert [hp.Int("units", 1, 4), hp.Int("units", 1, 4), hp.Int("units", 100, 200)] == [3, 3, 3]
        assert hp.Choice("units", ["a"]) == 3

    assert asked_by(build, units=3) == ({"units": 3}, {"units": 3})


def nested(hp: HyperParameters) -> list[Any]:
    answers = [hp.Choice("kind", ["dense", "cnn"])]
    with hp.conditional_scope("kind", ["cnn"]):
        answers.append(hp.Boolean("pool"))
        with hp.conditional_scope("pool", True):
            answers.append(hp.Int("size", 2, 3))
    answers.append(hp.Float("drop", 0, 0.5, parent_name="kind", parent_values=["dense"]))
    return answers


@pytest.mark.parametrize(
    ("chosen", "answers"),
    [
        ({"kind": "dense", "drop": 0.25}, ["dense", None, None, 0.25]),
        ({"kind": "cnn", "pool": False}, ["cnn", False, None, None]),
        ({"kind": "cnn", "pool": True, "size": 3}, ["cnn", True, 3, None]),
    ],
)
def test_where_a_condition_does_not_hold_the_answer_is_none_and_nothing_is_suggested(
    chosen: dict[str, Any], answers: list[Any]
) -> None:
    seen: list[Any] = []
    values, suggested_params = asked_by(lambda hp: seen.extend(nested(hp)), **chosen)
    assert seen == answers
    assert values == suggested_params == chosen


def test_a_name_that_two_conditions_have_is_one_parameter() -> None:
    def build(hp: HyperParameters) -> None:
        kind = hp.Choice("kind", ["a", "b"])
        sizes = [hp.Int("size", 1, 9, parent_name="kind", parent_values=[value]) for value in ("a", "b")]
        assert sizes == ([5, None] if kind == "a" else [None, 5])

    for kind in ("a", "b"):
        assert asked_by(build, kind=kind, size=5)[1] == {"kind": kind, "size": 5}


def test_scopes_are_in_the_names() -> None:
    def build(hp: HyperParameters) -> None:
        with hp.name_scope("body"):
            assert hp.Choice("kind", ["a", "b"]) == "b"
            with hp.name_scope("head"), pytest.raises(KeyError):
                hp.get("kind")
            with hp.conditional_scope("kind", ["b"]):
                assert hp.Int("size", 1, 9) == 4
            assert hp["size"] == hp.get("size") == 4
        assert "body/size" in hp
        assert "size" not in hp

    assert asked_by(build, **{"body/kind": "b", "body/size": 4})[0] == {"body/kind": "b", "body/size": 4}


def test_what_has_no_value_is_got_as_in_keras_tuner() -> None:
    hp = HyperParameters(default_of)
    hp.Boolean("on")
    assert hp.Int("size", 1, 9, parent_name="on", parent_values=[True]) is None
    with pytest.raises(ValueError, match="size is currently inactive"):
        hp.get("size")
    with pytest.raises(KeyError, match="none does not exist"):
        hp["none"]
    assert [name in hp for name in ("on", "size", "none")] == [True, False, False]
    assert [hp.is_active(name) for name in ("on", "size", "none")] == [True, False, False]


def test_a_copy_answers_what_is_new_with_its_default_and_suggests_nothing() -> None:
    def build(hp: HyperParameters) -> None:
        hp.Int("units", 1, 4)
        same = hp.copy()
        assert same.Int("units", 1, 4) == 3
        assert same.Int("more", 7, 9) == 7

    assert asked_by(build, units=3) == ({"units": 3}, {"units": 3})


@pytest.mark.parametrize(
    ("use", "says"),
    [
        (lambda hp: hp.space, "but it uses hp.space; ask for each value by itself"),
        (lambda hp: hp.merge([]), "a hypermodel must do with Int, Float, Choice"),
        (lambda hp: hp.conditional_scope("kind", [1]).__enter__(), "asked for before, but kind was not"),
        (lambda hp: hp.Int("on", 1, 2, parent_name="on", parent_values=[True]), "must not be its own condition"),
        (lambda hp: hp.Int("size", 4, 2), "those of size are 4 and 2"),
    ],
)
def test_what_is_not_as_in_keras_tuner_is_refused(use: Callable[[HyperParameters], Any], says: str) -> None:
    hp = HyperParameters(default_of)
    hp.Boolean("on")
    with pytest.raises(InputError) as caught:
        use(hp)
    assert says in str(caught.value)


def test_that_it_has_not_what_python_looks_for_is_no_error() -> None:
    assert not hasattr(HyperParameters(default_of), "__deepcopy__")
