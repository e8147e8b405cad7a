"""What is said of runs that are made until it is decided."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import scored, study_by
from pairs import LIKE, OURS, THEIRS, planned

from sweep.analysis.study_analysis import Analysis
from sweep.report.console import console
from sweep.report.findings import print_verdicts
from sweep.report.format import written_as
from sweep.report.until_sure import footnotes_until_sure, margin_text, sentence_until_sure
from sweep.study.records import StudyRecord
from sweep.study.until_sure import UntilSure

ACCURACY = written_as("accuracy")


def said(study: StudyRecord, number: int = 5) -> str:
    return sentence_until_sure(Analysis(study).confirmations[number], ACCURACY)


@pytest.mark.parametrize(
    ("study", "words"),
    [
        (
            planned({0: THEIRS, 5: OURS}),
            "Trial 5 is better than the baseline on these test images, by +3.98 points: the difference lies between "
            "+3.87 and +4.09 points (95 %). This was decided after 5 pairs of runs.",
        ),
        (planned({0: OURS, 5: THEIRS}), "Trial 5 is worse than the baseline on these test images, by -3.98 points"),
        (
            planned({0: THEIRS, 5: LIKE}, margin=0.0025),
            "Trial 5 is equivalent to the baseline within 0.25 points on these test images: the difference lies",
        ),
        (
            planned({0: THEIRS, 5: LIKE}),
            "Trial 5 is tied with the baseline: after 10 pairs of runs it is not decided who is better. The",
        ),
        (planned({0: THEIRS, 5: LIKE}, margin=0.0001), ", nor whether they are equivalent within 0.01 points. The"),
        (planned({0: THEIRS, 5: LIKE}), "`confirm` with a larger --seeds goes on."),
        (
            planned({0: THEIRS[:6], 5: LIKE[:6]}),
            "Trial 5 has no verdict: it is not decided after 6 of up to 10 pairs of runs. So far the difference lies",
        ),
        (
            planned({0: THEIRS[:2], 5: LIKE[:2]}),
            "Trial 5 has no verdict: it is not decided after 2 of up to 10 pairs of runs.",
        ),
    ],
)  # fmt: skip
def test_a_sentence_has_the_outcome_the_interval_and_the_pairs(study: StudyRecord, words: str) -> None:
    assert words in said(study)


def test_who_left_a_race_is_said_to_have_left_it() -> None:
    runs = {0: THEIRS[:6], 5: LIKE[:6], 1: [0.1, 0.2]}
    study = replace(planned(runs, numbers=(5, 1)), until_sure=UntilSure(race=[5, 1]))
    assert said(study, 1) == "Trial 1 has no verdict: it was behind others after 2 pairs of runs."
    assert said(study).startswith(
        "Trial 5 is tied with the baseline: it is not decided who is better, and it was too little ahead of the "
        "baseline after 6 pairs of runs. The difference lies between"
    )


def test_a_margin_is_written_in_the_unit_of_differences() -> None:
    study = replace(study_by(scored(0, 3.0), scored(1, 2.0), runs={0: [3.0], 1: [2.0]}), until_sure=UntilSure(0.05))
    assert margin_text(Analysis(study).confirmations[1], written_as("mae")) == "within 0.05 mae"
    assert margin_text(Analysis(replace(study, until_sure=UntilSure())).confirmations[1], written_as("mae")) == ""


def test_how_far_the_verdicts_hold_is_said_and_that_there_were_others() -> None:
    alone = Analysis(planned({0: THEIRS, 5: OURS}))
    assert list(footnotes_until_sure(alone)) == [
        "Intervals, p and verdicts hold at whatever time one looks, and whenever one stops or goes on."
    ]
    both = planned({0: THEIRS, 1: LIKE, 5: OURS}, numbers=(1, 5))
    one, other = footnotes_until_sure(Analysis(replace(both, until_sure=UntilSure(0.0, 7))))
    assert "for the 2 trials together" in one
    assert "the first 7 runs a side had a verdict of their own" in other


def test_the_table_has_no_fixed_number_of_runs() -> None:
    out = console()
    with out.capture() as heard:
        print_verdicts(out, Analysis(planned({0: THEIRS, 1: LIKE, 5: OURS[:5]}, numbers=(1, 5))))
    text = heard.get()
    assert "p (all)" in text
    assert "10 of up to 10" in text
    assert "found four times in five" not in text
