"""Whether the pruning can be trusted, in sentences."""

from __future__ import annotations

from builders import hand_made_study, is_multi_objective, trial_record
from searches import searched, searched_trial

from sweep.analysis.study_analysis import Analysis
from sweep.report.pruning import rule, trust

ENDED = [searched_trial(number, 0.5 + number / 100, 0.9 + number / 100) for number in range(8)]


def test_a_pruned_trial_that_stood_above_the_best_is_named_with_them() -> None:
    study = hand_made_study(*ENDED, searched_trial(8, 0.58, None), searched_trial(9, 0.565, None))
    assert trust(Analysis(study)) == (
        "Not fully: trial 8 was pruned at 58.00 % although trial 7 and trial 6, which stood lower there, ended as "
        "numbers 1 and 2. Trial 9 stood higher, too, than one of the best."
    )


def test_the_baseline_is_called_by_its_name() -> None:
    study = hand_made_study(searched_trial(0, 0.5, 0.9), searched_trial(1, 0.6, None))
    assert "although the baseline, which stood lower there, ended as number 1." in trust(Analysis(study))


def test_where_nothing_speaks_against_it_that_is_said_first() -> None:
    assert trust(Analysis(searched())).startswith("Nothing speaks against it: no pruned trial stood higher")
    assert trust(Analysis(hand_made_study(*ENDED))).startswith("No trial was pruned")
    assert trust(Analysis(hand_made_study(searched_trial(0, 0.5, None)))).startswith("That can't be told")


def test_the_rule_has_the_rungs_of_the_definition() -> None:
    text = rule(Analysis(hand_made_study(*ENDED, steps=[10, 30, 100])))
    assert text.startswith("The rule: after 10 and 30 % of its epochs a trial goes on if it is among the best 50 % of")
    assert rule(Analysis(hand_made_study(*ENDED, steps=[100]))) == ""
    assert rule(Analysis(is_multi_objective(trial_record(0)))) == ""
