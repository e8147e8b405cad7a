"""The trial that a space is handed is Optuna's own, and gives back choices as the space wrote them."""

from __future__ import annotations

from typing import Any

import optuna
import pytest

from sweep.errors import InputError
from sweep.space.trial import trial_for_space

CHOICES = [(3, 3), [5, 5], None, "x"]


def asked(study: optuna.Study) -> tuple[optuna.Trial, Any]:
    trial = study.ask()
    return trial, trial_for_space(trial)


def test_it_is_an_optuna_trial_with_the_same_state() -> None:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    trial, view = asked(study)
    assert isinstance(view, optuna.Trial)
    assert type(view).__name__ == "Trial"
    value = view.suggest_float("x", 0, 1)
    view.set_user_attr("mine", 3)
    assert trial.params == view.params == {"x": value}
    assert trial.user_attrs == {"mine": 3}
    assert view.number == trial.number
    study.tell(trial, 1.0)


def test_choices_come_as_written_and_are_kept_as_texts() -> None:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    drawn = []
    for _ in range(16):
        trial, view = asked(study)
        value = view.suggest_categorical("k", CHOICES)
        assert view.suggest_categorical("k", CHOICES) == value
        assert view.params == {"k": value}
        assert trial.params["k"] in ("(3, 3)", "[5, 5]", None, "x")
        drawn.append(value)
        study.tell(trial, 1.0)
    assert all(choice in drawn for choice in CHOICES)
    assert {type(value) for value in drawn} == {tuple, list, type(None), str}


def test_a_list_that_was_handed_out_may_be_changed() -> None:
    _, view = asked(optuna.create_study())
    view.suggest_categorical("k", [[5, 5]]).append(7)
    assert view.suggest_categorical("k", [[5, 5]]) == [5, 5]


@pytest.mark.parametrize(
    ("choices", "says"),
    [([(3, 3), "(3, 3)"], "choices must differ as texts, but k has '.3, 3.'"), ([(len, 1)], "one of k is .<built-in")],
)
def test_choices_that_could_not_be_told_apart_or_kept_are_refused(choices: list[Any], says: str) -> None:
    _, view = asked(optuna.create_study())
    with pytest.raises(InputError, match=says):
        view.suggest_categorical("k", choices)


def test_plain_choices_are_given_to_optuna_as_they_are() -> None:
    trial, view = asked(optuna.create_study())
    view.suggest_categorical("k", ("a", 1, None, 0.5, True))
    assert trial.distributions["k"] == optuna.distributions.CategoricalDistribution(("a", 1, None, 0.5, True))
