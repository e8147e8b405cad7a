"""Whether a value that a file gives lies inside the space."""

from __future__ import annotations

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from sweep.errors import InputError
from sweep.space.given import GivenTrial, contains


def test_a_suggestion_is_answered_with_what_was_given_or_refused() -> None:
    trial = GivenTrial("enqueue[1]", {"units": 8})
    assert trial.suggest_int("units", 1, 9) == 8
    with pytest.raises(InputError, match=r"enqueue\[1\] must give a value for depth"):
        trial.suggest_int("depth", 1, 9)
    with pytest.raises(InputError, match="units=8 is not in IntDistribution"):
        trial.suggest_int("units", 9, 12)


def test_a_tuple_is_looked_for_as_optuna_has_it() -> None:
    choices = CategoricalDistribution(["(3, 3)", "[3, 3]", None])
    assert contains(choices, (3, 3))
    assert contains(choices, [3, 3])
    assert not contains(choices, (3, 4))


def test_a_choice_of_true_is_not_the_number_one() -> None:
    assert not contains(CategoricalDistribution([0, 1]), True)
    assert contains(CategoricalDistribution([True, False]), True)
    assert not contains(CategoricalDistribution([True, False]), 1)
    assert contains(CategoricalDistribution([None, 0.5]), None)


@pytest.mark.parametrize(
    ("value", "inside"),
    [(2, True), (8, True), (5, True), (4, False), (9, False), (-1, False), (5.0, True), (5.5, False)],
)
def test_a_stepped_whole_number_lies_on_a_step(value: float, inside: bool) -> None:
    assert contains(IntDistribution(2, 8, step=3), value) is inside


@pytest.mark.parametrize(("value", "inside"), [(0.0, True), (0.3, True), (0.7, True), (1, True), (0.25, False)])
def test_a_stepped_float_lies_on_a_step_whatever_its_rounding(value: float, inside: bool) -> None:
    assert contains(FloatDistribution(0.0, 1.0, step=0.1), value) is inside


@given(low=st.integers(-50, 50), steps=st.integers(0, 20), step=st.integers(1, 7), seed=st.integers(0, 2**16))
def test_whatever_optuna_suggests_lies_inside(low: int, steps: int, step: int, seed: int) -> None:
    width = steps * step
    trial = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed)).ask()
    trial.suggest_int("whole", low, low + width, step=step)
    trial.suggest_float("real", low, low + width)
    trial.suggest_float("stepped", low, low + width, step=step / 4)
    trial.suggest_categorical("choice", ["a", 1, None, 0.5, True])
    for name, distribution in trial.distributions.items():
        assert contains(distribution, trial.params[name]), name
