"""The head of the report, and what a notebook shows."""

from __future__ import annotations

from builders import hand_made_study, scored, study_by
from searches import BETTER, TIED, searched

from sweep.analysis.study_analysis import Analysis
from sweep.report.html.head import answer_section, notebook_head, verdicts_table
from sweep.report.html.plots import Plots


def test_the_answer_comes_first_then_the_forest_plot_then_the_verdicts() -> None:
    text = answer_section(Analysis(searched(BETTER)), Plots())
    places = [
        text.index(part) for part in ('class="answer better"', 'class="tiles"', 'role="img"', "fresh seeds and all")
    ]
    assert places == sorted(places)
    assert "about" in answer_section(Analysis(searched(TIED)), Plots())


def test_without_confirming_runs_there_is_no_forest_plot_and_no_table() -> None:
    text = answer_section(Analysis(searched()), Plots())
    assert 'role="img"' not in text
    assert verdicts_table(Analysis(searched())) == ""


def test_every_confirmed_trial_has_a_row() -> None:
    table = verdicts_table(Analysis(searched({**BETTER, 1: [0.9, 0.91, 0.92]})))
    assert table.count("<tr>") == 4
    assert "p (Holm)" in table
    assert "<td>the baseline</td>" in table
    assert "<td>better</td>" in table


def test_a_notebook_shows_the_answer_the_verdicts_and_the_board_without_a_script() -> None:
    text = notebook_head(Analysis(searched(BETTER)))
    assert text.startswith("<p><strong>Yes.</strong> Trial 5 is better")
    assert "script" not in text
    assert text.count("<table") == 2
    assert "No trial has ended" in notebook_head(Analysis(hand_made_study()))


def test_below_the_first_interval_stands_what_it_covers() -> None:
    text = answer_section(Analysis(searched(BETTER)), Plots())
    scope = text.index("are of seeds only, on these test images")
    assert text.index('class="tiles"') < scope < text.index('role="img"')
    assert "of seeds only" not in answer_section(Analysis(searched()), Plots())


def test_what_the_best_is_worth_by_validation_is_not_set_against_its_test_scores() -> None:
    trials = [scored(number, value) for number, value in enumerate((3.0, 2.0, 2.1))]
    runs = {0: [3.0, 3.1, 2.9], 2: [2.0, 2.1, 1.9]}
    assert "another scale" not in answer_section(Analysis(study_by(*trials, runs=runs)), Plots())
    runs[1] = runs[2]
    assert "there; test scores are another scale" in answer_section(Analysis(study_by(*trials, runs=runs)), Plots())
