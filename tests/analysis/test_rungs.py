"""How well the first rung predicted the end."""

from __future__ import annotations

import pytest
from builders import hand_made_study, study_by, trial_record
from scipy.stats import spearmanr
from searches import FIRST, LAST, searched, searched_trial

from sweep.analysis.rungs import rung_agreement


def test_completed_trials_are_compared_at_their_first_rung_and_at_their_end() -> None:
    agreement = rung_agreement(searched())
    assert agreement is not None
    assert agreement.trials == [0, 1, 2, 3, 4, 5]
    assert (agreement.step, agreement.place) == (10, 1)
    assert agreement.rho == pytest.approx(spearmanr(FIRST, LAST).statistic)
    assert agreement.low is not None
    assert agreement.high is not None
    assert -1 <= agreement.low < agreement.rho < agreement.high <= 1


def test_of_losses_the_lowest_is_best() -> None:
    points = [(0.9, 0.4), (0.7, 0.5), (0.8, 0.6)]
    trials = [
        trial_record(
            number,
            curve=[
                {"step": 50, "epochs": 1, "val_mae": a, "seconds": 1},
                {"step": 100, "epochs": 2, "val_mae": b, "seconds": 2},
            ],
        )
        for number, (a, b) in enumerate(points)
    ]
    agreement = rung_agreement(study_by(*trials))
    assert agreement is not None
    assert agreement.place == 3
    assert agreement.low is None


def test_what_can_not_be_ranked_has_no_correlation() -> None:
    assert rung_agreement(hand_made_study(trial_record(0), trial_record(1))) is None
    equal = rung_agreement(hand_made_study(*(searched_trial(number, 0.5, 0.9) for number in range(4))))
    assert equal is not None
    assert equal.rho is None
    same_order = rung_agreement(hand_made_study(*(searched_trial(n, n / 10, n / 10) for n in range(5))))
    assert same_order is not None
    assert (same_order.rho, same_order.low, same_order.high) == (pytest.approx(1),) * 3
