"""The answer in one sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import by_two_codes, hand_made_study, is_multi_objective, scored, study_by, trial_record
from pairs import LIKE, OURS, THEIRS, planned
from searches import BETTER, TIED, searched

from sweep.analysis.study_analysis import Analysis
from sweep.report.html.answer import answer_of
from sweep.study.records import StudyRecord

WORSE = {0: BETTER[5], 5: BETTER[0]}
ONE_RUN = {0: [0.9], 5: [0.91]}


@pytest.mark.parametrize(
    ("runs", "outcome", "word", "words"),
    [
        (BETTER, "better", "Yes.", "Trial 5 is better than the baseline by +4.00 points (95 % interval "),
        (BETTER, "better", "Yes.", "mean test accuracy 94.00 % against 90.00 %, on 3 fresh seeds each"),
        (TIED, "tied", "Not shown.", "Trial 5, the best of the search, is tied with the baseline"),
        (WORSE, "worse", "No.", "is worse than the baseline by -4.00 points"),
        (ONE_RUN, "open", "Not known yet.", "has no verdict: only 1"),
        ({}, "open", "Not known yet.", "on one run each its test accuracy differs from the baseline's by +5.00 points"),
        ({}, "open", "Not known yet.", "`sweep confirm tiny` trains both again"),
    ],
)  # fmt: skip
def test_the_answer_has_its_difference_its_interval_and_its_runs(
    runs: dict[int, list[float]], outcome: str, word: str, words: str
) -> None:
    answer = answer_of(Analysis(searched(runs)))
    assert (answer.outcome, answer.word) == (outcome, word)
    assert words in answer.sentence


@pytest.mark.parametrize(
    ("study", "outcome", "word", "words"),
    [
        (planned({0: THEIRS, 5: OURS}), "better", "Yes.", "Trial 5 is better than the baseline by +3.98 points"),
        (planned({0: THEIRS, 5: LIKE}, margin=0.005), "equivalent", "No.", "equivalent to the baseline within 0.5"),
        (planned({0: THEIRS, 5: LIKE}), "tied", "Not shown.", "is tied with the baseline"),
        (planned({0: THEIRS[:6], 5: LIKE[:6]}), "open", "Not known yet.", "after 6 of up to 10 pairs of runs. So far"),
    ],
)  # fmt: skip
def test_runs_until_it_is_decided_answer_too(study: StudyRecord, outcome: str, word: str, words: str) -> None:
    answer = answer_of(Analysis(study))
    assert (answer.outcome, answer.word) == (outcome, word)
    assert words in answer.sentence
    assert ("pairs until decided" in answer.facts) == (outcome in ("better", "equivalent"))


def test_an_error_has_its_own_unit_and_direction() -> None:
    study = study_by(scored(0, 3.0), scored(1, 2.0, params={"x": 1}), runs={0: [3.0, 3.1, 3.2], 1: [2.0, 2.1, 2.2]})
    answer = answer_of(Analysis(study))
    assert answer.outcome == "better"
    assert "by -1 mae" in answer.sentence


@pytest.mark.parametrize(
    ("study", "words"),
    [
        (hand_made_study(), "No trial has ended."),
        (hand_made_study(trial_record(0, "RUNNING")), "No trial has ended."),
        (hand_made_study(trial_record(0)), "Only the baseline has completed"),
        (hand_made_study(trial_record(0, "FAIL", error="no GPU")), "has completed; 1 failed. Trial 0: no GPU"),
        (hand_made_study(trial_record(0, "FAIL"), trial_record(1)), "The baseline is FAIL"),
    ],
)  # fmt: skip
def test_a_study_that_has_no_answer_says_what_there_is(study: StudyRecord, words: str) -> None:
    answer = answer_of(Analysis(study))
    assert answer.outcome == "open"
    assert words in answer.sentence


def test_holm_is_named_where_several_trials_are_confirmed() -> None:
    assert "p (Holm)" in answer_of(Analysis(searched({**BETTER, 1: [0.9, 0.91, 0.92]}))).facts
    assert "p" in answer_of(Analysis(searched(BETTER))).facts


def test_with_several_objectives_the_most_accurate_of_the_front_answers() -> None:
    trials = searched().trials
    study = is_multi_objective(*(replace(trial, value=None) for trial in trials))
    assert "Trial 5 is the best of the search" in answer_of(Analysis(study)).sentence


def test_versions_of_the_model_function_are_not_compared_in_silence() -> None:
    study = searched(BETTER)
    for others in ((0,), (5,)):
        answer = answer_of(Analysis(by_two_codes(study, *others)))
        assert (answer.outcome, answer.word) == ("open", "Not known.")
        assert "trial 5 and the baseline were trained by different versions of the model function" in answer.sentence
    for others in ((), (0, 5)):
        assert answer_of(Analysis(by_two_codes(study, *others))) == answer_of(Analysis(study))
