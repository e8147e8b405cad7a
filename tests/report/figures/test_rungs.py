"""The first rung against the end, as a figure."""

from __future__ import annotations

import pytest
from builders import hand_made_study, trial_record
from searches import searched

from sweep.analysis.rungs import RungAgreement
from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError
from sweep.report.figures.rungs import in_words, rungs


def test_completed_trials_are_points_and_pruned_ones_ticks() -> None:
    drawing = rungs(Analysis(searched()))
    traces = {trace.name: trace for trace in drawing.figure.data}
    assert (traces["trial 5"].x, traces["trial 5"].y) == ((88.0,), (95.0,))
    assert traces["pruned there"].customdata == (6, 7)
    assert "(n = 6, 95 % interval" in drawing.description
    assert "number 1 of 6 at the first rung. 2 trials were pruned there" in drawing.description


@pytest.mark.parametrize(
    ("rho", "low", "high", "words"),
    [
        (0.9, 0.8, 0.95, "The first rung predicted the end well"),
        (0.5, 0.42, 0.6, "to some degree"),
        (0.1, -0.2, 0.4, "predicted little of the end"),
        (0.5, -0.2, 0.9, "can't be told from 8 trials"),
        (0.9, None, None, "can't be told from 8 trials"),
        (None, None, None, "can't be told apart"),
    ],
)
def test_the_words_follow_from_the_correlation_and_from_how_sure_it_is(
    rho: float | None, low: float | None, high: float | None, words: str
) -> None:
    assert words in in_words(RungAgreement(10, list(range(8)), [0.0] * 8, [0.0] * 8, rho, low, high, 2), 0)


def test_trials_that_were_measured_once_say_nothing() -> None:
    with pytest.raises(InputError, match="measured before their end"):
        rungs(Analysis(hand_made_study(trial_record(0), trial_record(1))))
