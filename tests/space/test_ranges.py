"""A hyperparameter's range has KerasTuner's values, and Optuna can draw from it, or it is refused with what to do."""

from __future__ import annotations

from typing import Any

import numpy as np
import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from sweep.errors import InputError
from sweep.space.ranges import ChoiceRange, choice_range, default_of, float_range, int_range, suggested


def whole(low: Any, high: Any, step: Any = None, sampling: str | None = "linear", default: Any = None) -> Any:
    return int_range("n", low, high, step, sampling, default)


def real(low: Any, high: Any, step: Any = None, sampling: str | None = "linear", default: Any = None) -> Any:
    return float_range("n", low, high, step, sampling, default)


@pytest.mark.parametrize(
    ("asked", "drawn_from"),
    [
        (whole(2, 5), IntDistribution(2, 5)),
        (whole(6, 13, 3), IntDistribution(6, 12, step=3)),
        (whole(2, 32, sampling="log"), IntDistribution(2, 32, log=True)),
        (whole(2, 33, 2, "log"), CategoricalDistribution((2, 4, 8, 16, 32))),
        (whole(2, 32, 2, "reverse_log"), CategoricalDistribution((32, 30, 26, 18, 2))),
        (whole(np.int64(2), 5.0, sampling=None), IntDistribution(2, 5)),
        (whole(3, 3), IntDistribution(3, 3)),
        (real(0, 1), FloatDistribution(0.0, 1.0)),
        (real(0, 1, 0.2), FloatDistribution(0.0, 1.0, step=0.2)),
        (real(0, 1, 0.3), FloatDistribution(0.0, 0.9, step=0.3)),
        (real(1e-4, 1e-2, sampling="LOG"), FloatDistribution(1e-4, 1e-2, log=True)),
        (real(0.001, 10, 10, "log"), CategoricalDistribution((0.001, 0.01, 0.1, 1.0, 10.0))),
        (choice_range("n", ["a", "b"], None), CategoricalDistribution(("a", "b"))),
        (choice_range("n", np.array([16, 32]), None), CategoricalDistribution((16, 32))),
    ],
)
def test_a_trial_draws_from_the_values_that_keras_tuner_has(asked: Any, drawn_from: Any) -> None:
    trial = optuna.create_study().ask()
    value = suggested(trial, asked)
    assert trial.distributions == {"n": drawn_from}
    assert value == trial.params["n"]
    if isinstance(asked, ChoiceRange):
        assert all(type(value) in (int, float, str) for value in asked.values)


@pytest.mark.parametrize(
    ("asked", "default"),
    [
        (whole(2, 5), 2),
        (whole(2, 5, default=4), 4),
        (whole(0, 5, default=0), 0),
        (real(1, 2), 1.0),
        (real(1, 2, default=2), 2.0),
        (whole(2, 32, 2, "log"), 2),
        (choice_range("n", ["a", "b"], None), "a"),
        (choice_range("n", ["a", "b"], "b"), "b"),
        (choice_range("n", [True, False], False), False),
    ],
)
def test_the_default_is_the_one_that_is_given_or_the_first_value(asked: Any, default: Any) -> None:
    assert default_of(asked) == default
    assert type(default_of(asked)) is type(default)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (lambda: whole(2.5, 4), "min_value of n must be a whole number in hp.Int, but got 2.5; use hp.Float"),
        (lambda: whole(2, "4"), "max_value of n must be a finite number, but got '4'"),
        (lambda: whole(2, 4, True), "step of n must be a finite number, but got True"),
        (lambda: real(0, float("inf")), "max_value of n must be a finite number, but got inf"),
        (lambda: whole(5, 4), "min_value <= max_value must hold, but those of n are 5 and 4"),
        (lambda: whole(None, 4), "min_value <= max_value must hold"),
        (lambda: real(0, 1, sampling="log"), "min_value must be above 0 with log sampling, but that of n is 0.0"),
        (lambda: real(1, 9, 1, "log"), "step must be above 1 with log sampling, but that of n is 1.0"),
        (lambda: whole(1, 9, 0), "step must be above 0 with linear sampling, but that of n is 0"),
        (lambda: real(1, 9, sampling="cubic"), "sampling must be one of linear, log, reverse_log, but that of n is"),
        (lambda: real(1, 9, sampling="reverse_log"), "use linear, or give a step, which makes it a choice"),
        (lambda: choice_range("n", [], None), "hp.Choice must have values to choose from, but n has none"),
        (lambda: choice_range("n", [1, 2], 3), "must be one of its values, but that of n is 3"),
    ],
)
def test_what_can_not_be_drawn_from_is_refused(asked: Any, says: str) -> None:
    with pytest.raises(InputError) as caught:
        asked()
    assert says in str(caught.value)
