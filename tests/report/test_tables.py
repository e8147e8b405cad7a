"""The board as a table for a terminal."""

from __future__ import annotations

import pytest
from boards import printed, table_of
from builders import BASELINE, hand_made_study, scored, study_by, trial_record

from sweep.report.tables import board_table


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


def test_a_cost_that_is_an_objective_has_a_column_and_what_is_unknown_is_empty(
    capsys: pytest.CaptureFixture[str],
) -> None:
    goals = {
        "objective": ["val_accuracy", "parameters", "inference_us"],
        "direction": ["maximize", "minimize", "minimize"],
    }
    study = hand_made_study(trial_record(0), trial_record(1, "RUNNING"), **goals)
    table = board_table(study, study.trials, {0: 1})
    assert [column.header for column in table.columns][8:10] == ["parameters", "µs an image"]
    head, first, second = printed(capsys, table).splitlines()
    assert "1,234" in first
    assert "12.5" in first
    assert second.split() == ["1", "RUNNING", "0"]
    assert head.split()[-3:] == ["against", "the", "baseline"]


def test_only_the_trials_that_are_given_have_a_row_and_only_the_ranked_a_rank(
    capsys: pytest.CaptureFixture[str],
) -> None:
    study = hand_made_study(*(trial_record(number) for number in range(4)))
    lines = printed(capsys, board_table(study, [study.trials[3], study.trials[1]], {3: 7})).splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [["7", "3"], ["1", "COMPLETE"]]


def test_a_metric_of_the_users_is_in_its_own_unit(capsys: pytest.CaptureFixture[str]) -> None:
    goals = {"objective": ["val_mae", "inference_us"], "direction": ["minimize", "minimize"]}
    study = study_by(scored(0, 54.321), scored(1, 52.0, params={**BASELINE, "kernel_size": 2}), **goals)
    table = board_table(study, study.trials, {0: 1, 1: 1})
    assert [column.header for column in table.columns][3:6] == ["val mae", "test mae", "vs base"]
    assert table.columns[8].header == "µs an example"
    _, first, second = printed(capsys, table).splitlines()
    assert first.split()[3:6] == ["54.321", "55.321", "+0"]
    assert second.split()[3:6] == ["52", "53", "-2.32"]
