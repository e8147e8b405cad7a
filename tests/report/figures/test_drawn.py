"""Which trials are drawn, and how."""

from __future__ import annotations

from dataclasses import replace

from builders import hand_made_study
from searches import searched, searched_trial

from sweep.analysis.study_analysis import Analysis
from sweep.report.figures.drawn import Drawn
from sweep.report.figures.style import BASELINE, COMPLETED, FAILED, PRUNED


def test_baseline_and_contender_lie_above_all_others() -> None:
    drawn = Drawn(Analysis(searched()))
    looks = drawn.by_look()
    assert [look.name for look, _ in looks] == ["pruned", "failed", "completed", "the baseline", "trial 5"]
    assert [look for look, _ in looks[:4]] == [PRUNED, FAILED, COMPLETED, BASELINE]
    assert [trial.number for trial in looks[-1][1]] == [5]
    assert drawn.note == ""


def test_of_many_trials_the_best_and_an_even_choice_are_drawn_and_a_note_says_so() -> None:
    trials = [searched_trial(number, 0.5, 0.9 + number / 10_000) for number in range(100)]
    drawn = Drawn(Analysis(hand_made_study(*trials)), most=20)
    numbers = {trial.number for trial in drawn.trials}
    assert len(numbers) == 20
    assert {0, *range(90, 100)} <= numbers
    assert numbers & set(range(40, 60))
    assert drawn.note == " Of 100 trials 20 are drawn: the best, and an even choice of the others."


def test_what_is_shown_of_a_trial_is_harmless() -> None:
    study = searched()
    params = {**study.trials[1].params, "<b>name</b>": "<a href='x'>"}
    drawn = Drawn(Analysis(study))
    (text,) = drawn.hover([replace(study.trials[1], params=params, error="<i>no</i>")])
    assert text.startswith("<b>trial 1</b> · COMPLETE<br>val 92.00 % · test 91.00 %<br>")
    assert "&lt;b&gt;name&lt;/b&gt;=&lt;a" in text
    assert "&lt;i&gt;no" in text
    assert "1,234" not in text
    assert "2,000 parameters" in text
