"""The board as a table for a terminal."""

from __future__ import annotations

import pytest
from boards import printed, table_of
from builders import BASELINE, hand_made_study, trial_record


def test_the_board_has_a_row_per_trial_in_the_order_given(capsys: pytest.CaptureFixture[str]) -> None:
    study = hand_made_study(
        trial_record(0),
        trial_record(1, params={**BASELINE, "kernel_size": 2}, test_accuracy=0.6),
        trial_record(2, "FAIL", error="ValueError: no luck"),
        trial_record(3, "PRUNED"),
    )
    lines = printed(capsys, table_of(study)).splitlines()
    assert lines[0].split() == "rank trial state val % test % vs base epochs time against the baseline".split()
    assert [line.split()[0] for line in lines[1:3]] == ["1", "2"]
    assert "the baseline" in lines[1]
    assert "kernel_size=2" in lines[2]
    assert "+11.00" in lines[2]
    assert "ValueError: no luck" in lines[3]
    assert "PRUNED" in lines[4]
    assert len(lines) == 5


def test_a_failed_baseline_says_why_it_failed(capsys: pytest.CaptureFixture[str]) -> None:
    study = hand_made_study(trial_record(0, "FAIL", error="out of memory"))
    assert "out of memory" in printed(capsys, table_of(study))
