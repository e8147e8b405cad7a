"""Figures and tables as a person reads them, on a terminal or in a file."""

from __future__ import annotations

import pytest
from builders import BASELINE, hand_made_study, trial_record
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table

from sweep.analysis.study_analysis import Analysis
from sweep.report.console import console
from sweep.report.format import changed, percent, points, seconds, short
from sweep.report.tables import board_table
from sweep.study.records import StudyRecord


def printed(capsys: pytest.CaptureFixture[str], table: Table) -> str:
    console().print(table)
    return capsys.readouterr().out


def table_of(study: StudyRecord) -> Table:
    return board_table(study, study.trials, Analysis(study).ranks)


@pytest.mark.parametrize(
    ("value", "text"), [(0.98912, "98.91"), (1.0, "100.00"), (0.0, "0.00"), (None, ""), (0.5, "50.00")]
)
def test_an_accuracy_is_in_percent(value: float | None, text: str) -> None:
    assert percent(value) == text


@pytest.mark.parametrize(("value", "text"), [(0.0123, "+1.23"), (-0.5, "-50.00"), (0.0, "+0.00"), (None, "")])
def test_a_difference_is_signed_and_in_points(value: float | None, text: str) -> None:
    assert points(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 s"),
        (8.4, "8 s"),
        (59.4, "59 s"),
        (59.6, "1:00"),
        (67, "1:07"),
        (3599.7, "1:00:00"),
        (7391, "2:03:11"),
        (360000, "100:00:00"),
        (None, ""),
    ],
)
def test_a_duration_is_short(value: float | None, text: str) -> None:
    assert seconds(value) == text


@given(st.integers(60, 10**7))
def test_a_duration_can_be_read_back(value: int) -> None:
    parts = [int(part) for part in seconds(value).split(":")]
    assert sum(part * 60**place for place, part in enumerate(reversed(parts))) == value
    assert all(part < 60 for part in parts[1:])


def test_a_configuration_is_told_by_what_it_changes() -> None:
    assert changed({**BASELINE}, BASELINE) == ""
    assert changed({**BASELINE, "kernel_size": 2, "momentum": 0.123456}, BASELINE) == "kernel_size=2 momentum=0.123"
    assert changed({"learning_rate": None}, {"learning_rate": 0.001}) == "learning_rate=None"


def test_a_value_is_short_but_tells_small_numbers_apart() -> None:
    assert short(0.00012345) == "0.000123"
    assert short(12) == "12"
    assert short("adam") == "adam"
    assert short(None) == "None"
    assert short(True) == "True"


def test_the_difference_is_to_the_baselines_test_accuracy() -> None:
    study = hand_made_study(trial_record(0), trial_record(1, test_accuracy=0.6), trial_record(2, "FAIL"))
    assert study.vs_baseline(study.trials[1]) == pytest.approx(0.11)
    assert study.vs_baseline(study.trials[0]) == 0
    assert study.vs_baseline(study.trials[2]) is None
    unmeasured = hand_made_study(trial_record(0, "RUNNING"), trial_record(1))
    assert unmeasured.vs_baseline(unmeasured.trials[1]) is None


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


@pytest.mark.parametrize("text", ["[bold]odd[/bold]", "[/]", "[red]", "Tensor[1, 2]", ":smile:", "[link=x]"])
def test_texts_that_look_like_markup_are_printed_as_they_are(capsys: pytest.CaptureFixture[str], text: str) -> None:
    study = hand_made_study(trial_record(0), trial_record(1, "FAIL", error=text))
    assert text in printed(capsys, table_of(study))
    study = hand_made_study(trial_record(0), trial_record(1, params={"x": text}))
    assert f"x={text}" in printed(capsys, table_of(study))


def test_without_a_terminal_nothing_is_coloured_wrapped_or_cut(capsys: pytest.CaptureFixture[str]) -> None:
    long = " ".join(f"word{index}" for index in range(60))
    console().print(long)
    assert capsys.readouterr().out == f"{long}\n"
    study = hand_made_study(trial_record(0), trial_record(1, "FAIL", error=long))
    text = printed(capsys, table_of(study))
    assert long in text
    assert "\x1b" not in text


def test_a_quiet_console_says_nothing_and_stderr_is_another_stream(capsys: pytest.CaptureFixture[str]) -> None:
    console(quiet=True).print("hello")
    assert capsys.readouterr() == ("", "")
    console(stderr=True).print("hello")
    assert capsys.readouterr() == ("", "hello\n")
