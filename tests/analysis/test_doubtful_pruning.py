"""Pruned trials that stood higher than what ended among the best."""

from __future__ import annotations

from builders import hand_made_study, is_multi_objective, study_by, trial_record
from searches import searched, searched_trial

from sweep.analysis.doubtful_pruning import doubtful_prunings
from sweep.analysis.study_analysis import Analysis
from sweep.study.records import StudyRecord


def doubts_of(study: StudyRecord) -> list[tuple[int, float, dict[int, int]]]:
    doubts = doubtful_prunings(study, Analysis(study).ranks)
    return [(doubt.trial, doubt.score, doubt.passed) for doubt in doubts]


def test_a_pruned_trial_is_compared_where_it_was_pruned_with_the_best_quarter_alone() -> None:
    trials = [searched_trial(number, 0.5 + number / 100, 0.9 + number / 100) for number in range(8)]
    above, between, below = (searched_trial(8 + n, first, None) for n, first in enumerate((0.58, 0.565, 0.555)))
    assert doubts_of(hand_made_study(*trials, above, between, below)) == [(8, 0.58, {7: 1, 6: 2}), (9, 0.565, {6: 2})]


def test_what_stood_below_all_of_the_best_raises_no_doubt() -> None:
    assert doubts_of(searched()) == []
    assert doubts_of(hand_made_study(searched_trial(0, 0.5, None))) == []
    assert doubts_of(is_multi_objective(trial_record(0), trial_record(1, "PRUNED"))) == []


def test_of_an_error_the_lower_stands_higher() -> None:
    def curve(*errors: float) -> list[dict[str, float]]:
        return [
            {"step": step, "epochs": step / 20, "val_mae": error, "seconds": 1.0}
            for step, error in zip((50, 100), errors, strict=False)
        ]

    trials = (
        trial_record(0, curve=curve(3.0, 2.0), value=2.0),
        trial_record(1, "PRUNED", curve=curve(2.5)),
        trial_record(2, "PRUNED", curve=curve(3.5)),
    )
    assert doubts_of(study_by(*trials)) == [(1, 2.5, {0: 1})]
