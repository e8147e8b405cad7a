"""Which parameter mattered, as a figure."""

from __future__ import annotations

import pytest
from searches import searched

from sweep.analysis.importance import Importance
from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError
from sweep.report.figures.importance import importance, in_words


def test_bars_have_their_intervals_and_the_most_important_is_on_top() -> None:
    drawing = importance(Analysis(searched()))
    (bars,) = drawing.figure.data
    assert bars.x[-1] == max(bars.x)
    assert sum(bars.x) == pytest.approx(100, abs=0.1)
    assert len(bars.error_x.array) == len(bars.x)
    assert "of 6 completed trials" in drawing.description


def test_an_order_that_is_not_sure_is_said_to_be_so() -> None:
    first, second = Importance("a", 0.6, 0.3, 0.8), Importance("b", 0.4, 0.2, 0.7)
    assert "intervals of a and b overlap; 24 trials rank little" in in_words([first, second], 24)
    assert in_words([first, second], 24).startswith("Which mattered most can't be told")
    assert "lies above all others" in in_words([Importance("a", 0.9, 0.8, 1.0), Importance("b", 0.1, 0.0, 0.2)], 24)


def test_what_is_too_little_is_an_error() -> None:
    study = searched()
    del study.trials[2:]
    with pytest.raises(InputError, match="needs 4 completed trials"):
        importance(Analysis(study))
