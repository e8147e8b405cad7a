"""Which parameters matter, and how sure that is."""

from __future__ import annotations

import math

import optuna
import pytest
from builders import BASELINE, hand_made_study, trial_record
from searches import searched, searched_trial

from sweep.analysis.importance import MOST, compared, importances
from sweep.errors import InputError


def trials(count: int) -> list:  # type: ignore[type-arg]
    """Trials whose score depends on the learning rate alone."""
    made = []
    for number in range(count):
        rate = 10 ** (-5 + 4 * ((number * 7) % count) / count)
        params = {
            **BASELINE,
            "learning_rate": rate,
            "kernel_size": 2 + number % 3,
            "filters_1": (8, 16, 32)[number % 3],
        }
        made.append(searched_trial(number, 0.5, 0.9 - abs(math.log10(rate) + 3) / 10, params=params))
    return made


def test_the_parameter_that_decides_comes_first_and_all_shares_are_one() -> None:
    shares = importances(hand_made_study(*trials(20)))
    assert shares[0].name == "learning_rate"
    assert sum(item.share for item in shares) == pytest.approx(1)
    assert all(0 <= item.low <= item.high <= 1 for item in shares)
    assert shares == importances(hand_made_study(*trials(20)))


def test_of_a_metric_that_is_to_be_low_the_lowest_are_the_best() -> None:
    flipped = [
        trial_record(
            trial.number,
            params=trial.params,
            curve=[{**trial.curve[-1], "val_mae": 1 - trial.curve[-1]["val_accuracy"]}],
        )
        for trial in trials(20)
    ]
    by_error = importances(hand_made_study(*flipped, objective="val_mae", direction="minimize"))
    assert [item.share for item in by_error] == pytest.approx(
        [item.share for item in importances(hand_made_study(*trials(20)))]
    )


def test_values_outside_the_space_and_params_that_only_some_trials_have_are_taken() -> None:
    made = trials(12)
    made[3].params.update(kernel_size=99, learning_rate=5.0)
    del made[4].params["filters_1"]
    assert {item.name for item in importances(hand_made_study(*made))} == {"filters_1", "kernel_size", "learning_rate"}


def test_too_few_trials_or_params_that_are_all_alike_are_an_error() -> None:
    with pytest.raises(InputError, match="needs 4 completed trials at least, but study 'tiny' has 3"):
        importances(hand_made_study(*trials(3)))
    with pytest.raises(InputError, match="all completed trials are alike"):
        importances(hand_made_study(*(searched_trial(number, 0.5, 0.9, params=BASELINE) for number in range(5))))


def test_of_many_trials_an_even_choice_is_asked() -> None:
    chosen = compared(hand_made_study(*trials(2 * MOST + 1)))
    assert len(chosen) <= MOST
    assert [trial.number for trial in chosen[:2]] == [0, 3]


def test_optuna_prints_nothing_of_it_and_its_verbosity_stays(capsys: pytest.CaptureFixture[str]) -> None:
    optuna.logging.set_verbosity(optuna.logging.INFO)
    importances(searched())
    assert optuna.logging.get_verbosity() == optuna.logging.INFO
    assert capsys.readouterr().err == ""


def test_whole_numbers_beyond_what_a_float_holds_are_taken() -> None:
    made = trials(12)
    for trial in made:
        trial.params.update(kernel_size=2**60 + trial.number)
    assert "kernel_size" in {item.name for item in importances(hand_made_study(*made))}
