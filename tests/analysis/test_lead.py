"""The best trial so far against the baseline, and how far that may be chance."""

from __future__ import annotations

import math

import pytest
from builders import completed, hand_made_study, is_multi_objective, scored, study_by, trial_record

from sweep.analysis.lead import Lead, lead_of
from sweep.study.records import StudyRecord


def lead(study: StudyRecord, *, maximizes: bool = True) -> Lead:
    result = lead_of(study, study.trials, maximizes=maximizes)
    assert result is not None
    return result


def test_the_best_is_ahead_by_the_difference_within_the_noise_of_two_accuracies() -> None:
    study = hand_made_study(completed(0, 0.9), completed(1, 0.92), completed(2, 0.91), validation_images=1000)
    result = lead(study)
    assert result.best.number == 1
    assert result.difference == pytest.approx(0.02)
    assert result.reach == pytest.approx(1.96 * math.sqrt((0.9 * 0.1 + 0.92 * 0.08) / 1000), rel=1e-4)
    assert result.may_be_chance
    many = lead(hand_made_study(*study.trials, validation_images=100_000))
    assert not many.may_be_chance


def test_before_the_baseline_has_ended_or_where_it_is_the_best_there_is_no_difference() -> None:
    assert lead(hand_made_study(trial_record(0, "RUNNING"), completed(1, 0.9))).difference is None
    best = lead(hand_made_study(completed(0, 0.95), completed(1, 0.9)))
    assert (best.best.number, best.difference, best.may_be_chance) == (0, None, False)


def test_of_an_error_the_smaller_leads_and_its_noise_is_known_once_it_was_confirmed() -> None:
    trials = (scored(0, 54.0), scored(1, 52.0))
    unknown = lead(study_by(*trials), maximizes=False)
    assert (unknown.best.number, unknown.difference, unknown.reach) == (1, -2.0, None)
    assert not unknown.may_be_chance
    confirmed = lead(study_by(*trials, runs={0: [54.0, 55.0, 56.0], 1: [52.0, 53.0, 54.0]}), maximizes=False)
    assert confirmed.reach == pytest.approx(2.776 * math.sqrt(2), rel=1e-3)  # sd 1, four degrees of freedom
    assert confirmed.may_be_chance


@pytest.mark.parametrize(
    "study",
    [
        hand_made_study(trial_record(0, "RUNNING"), trial_record(1, "FAIL")),
        is_multi_objective(completed(0, 0.9), trial_record(1, "RUNNING")),
    ],
)
def test_without_a_completed_trial_or_with_several_objectives_none_leads(study: StudyRecord) -> None:
    trials = [trial for trial in study.trials if trial.value is None or not study.definition.is_multi_objective]
    assert lead_of(study, trials, maximizes=True) is None


def test_a_score_that_is_no_number_has_no_noise() -> None:
    study = hand_made_study(completed(0, 0.5), completed(1, math.inf), validation_images=100)
    assert lead(study).reach is None
