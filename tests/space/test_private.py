"""What a space's suggestions need of Optuna and Optuna does not document: each test says what breaks without it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import optuna
import pytest
from optuna.distributions import BaseDistribution

from sweep.errors import InputError
from sweep.space.private import CHANGED_CHOICES, CHANGED_KIND, CheckedFixedTrial, fault, suggested_names

Suggestion = Callable[[optuna.trial.BaseTrial], Any]
SUGGESTIONS: list[Suggestion] = [
    lambda trial: trial.suggest_float("x", 0.0, 1.0),
    lambda trial: trial.suggest_int("x", 0, 3),
    lambda trial: trial.suggest_categorical("x", ["a", "b"]),
]


class FailingSampler(optuna.samplers.RandomSampler):
    """Can't draw."""

    def sample_independent(self, *of: Any) -> Any:
        raise ValueError("no luck")


@pytest.mark.parametrize("suggest", SUGGESTIONS, ids=["float", "int", "categorical"])
def test_what_a_sampler_raises_is_known_to_come_from_a_suggestion(suggest: Suggestion) -> None:
    trial = optuna.create_study(sampler=FailingSampler()).ask()
    with pytest.raises(ValueError, match="no luck") as caught:
        suggest(trial)
    broken = "a sampler's fault is told as the space's: a suggestion no longer goes through `_suggest(name, ...)`"
    assert suggested_names(caught.value) == ["x"], broken


def test_what_a_space_raises_comes_from_no_suggestion() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        print(1 / 0)
    assert suggested_names(caught.value) == []


@pytest.mark.parametrize(
    ("first", "then", "text"),
    [
        (SUGGESTIONS[2], lambda trial: trial.suggest_categorical("x", ["a", "c"]), CHANGED_CHOICES),
        (SUGGESTIONS[1], SUGGESTIONS[2], CHANGED_KIND),
    ],
    ids=["choices", "kind"],
)
def test_a_parameter_that_changes_is_told_by_its_text_from_a_sampler_that_fails(
    first: Suggestion, then: Suggestion, text: str
) -> None:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    trial = study.ask()
    first(trial)
    study.tell(trial, 1.0)
    with pytest.raises(ValueError, match=text):
        then(study.ask())


@pytest.mark.parametrize(("suggest", "value"), list(zip(SUGGESTIONS, (0.5, 2, "b"), strict=True)))
def test_each_suggestion_of_a_fixed_trial_is_looked_at_first(suggest: Suggestion, value: Any) -> None:
    seen: list[str] = []

    class Checked(CheckedFixedTrial):
        def check(self, name: str, distribution: BaseDistribution) -> None:
            seen.append(name)

    assert suggest(Checked({"x": value})) == value
    assert seen == ["x"], "a baseline outside its space is no longer refused: FixedTrial has no `_suggest`"


def test_one_name_with_two_ranges_in_a_configuration_is_refused_with_what_to_do() -> None:
    trial = CheckedFixedTrial({"x": 2})
    assert trial.suggest_int("x", 0, 3) == trial.suggest_int("x", 0, 3)
    with pytest.raises(InputError, match=r"suggested x from Int.*high=3.*, and then from Int.*high=5.*another name"):
        trial.suggest_int("x", 0, 5)


def test_what_only_a_trial_of_a_study_has_is_told_as_such() -> None:
    with pytest.raises(AttributeError) as caught:
        CheckedFixedTrial({}).study  # type: ignore[attr-defined]  # noqa: B018
    message = str(fault(caught.value))
    assert "what a trial of known values, such as the baseline's, has too" in message
    assert "it used trial.study;" in message
    assert "raised AttributeError" in str(fault(AttributeError("no x", name="x", obj=1)))
