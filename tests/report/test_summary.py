"""What a run says when it ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import completed, hand_made_study, is_multi_objective, scored, study_by, trial_record
from screens import screen

from sweep.analysis.study_analysis import Analysis
from sweep.report.summary import print_stop_reason, print_summary, reason_text
from sweep.study.events import StopReason
from sweep.study.records import StudyRecord
from sweep.study.storage.folder import StudyFolder


def summary(study: StudyRecord, results: Path = Path("results")) -> list[str]:
    """The lines that are printed."""
    out, text = screen(terminal=False)
    print_summary(out, Analysis(study), StudyFolder(results, study.name))
    return text.getvalue().splitlines()


def rows(lines: list[str]) -> list[int]:
    """The numbers of the trials that have a row."""
    head = next(index for index, line in enumerate(lines) if line.startswith("rank"))
    return [int(line.split()[1]) for line in lines[head + 1 : lines.index("", head)]]


def test_the_top_five_are_shown_and_the_baseline_wherever_it_is() -> None:
    study = hand_made_study(*(completed(number, 0.5 + number / 100) for number in range(8)))
    lines = summary(study)
    assert rows(lines) == [7, 6, 5, 4, 3, 0]
    assert lines[-3] == "8 trials: 8 COMPLETE, 0 PRUNED, 0 FAIL; 1:20 of training in all"
    assert lines[-1] == "next:  python -m sweep show tiny 7"


def test_of_several_objectives_the_front_is_shown() -> None:
    sizes = (300, 100, 200, 300)
    trials = [
        completed(n, accuracy, parameters=size)
        for n, (accuracy, size) in enumerate(zip((0.9, 0.5, 0.4, 0.95), sizes, strict=True))
    ]
    assert rows(summary(is_multi_objective(*trials))) == [3, 1, 0]  # 2 is behind 1; the baseline always


def test_states_and_time_are_counted_over_all_trials() -> None:
    study = hand_made_study(
        completed(0, 0.5),
        trial_record(1, "PRUNED", curve=completed(1, 0.1).curve),
        trial_record(2, "FAIL", error="odd"),
        trial_record(3, "RUNNING"),
    )
    assert summary(study)[-3] == "4 trials: 1 COMPLETE, 1 PRUNED, 1 FAIL; 20 s of training in all"


def test_where_no_trial_completed_there_is_no_table_and_the_first_is_to_be_shown() -> None:
    lines = summary(hand_made_study(trial_record(0, "FAIL", error="odd")))
    assert not [line for line in lines if line.startswith("rank")]
    assert lines[-1] == "next:  python -m sweep show tiny 0"


def test_files_are_named_and_a_results_folder_of_the_users_own_is_in_the_next_command() -> None:
    study = hand_made_study(completed(0, 0.5))
    lines = summary(study, Path("/data/mine"))
    assert lines[-2] == "board: /data/mine/leaderboard.csv   study: /data/mine/tiny/"
    assert lines[-1] == "next:  python -m sweep show tiny 0 --results /data/mine"


@pytest.mark.parametrize(
    ("reason", "line"),
    [
        (
            StopReason(),
            "stopped early: the time given with --timeout is up; what was running is saved, "
            "and the same command (without --new) goes on",
        ),
        (
            StopReason(trial=0),
            "stopped early: trial 0 reached the target given with --target; what was running is saved, "
            "and the same command without --target goes on",
        ),
    ],
)
def test_a_run_that_stopped_early_says_why_and_how_it_goes_on(reason: StopReason, line: str) -> None:
    out, text = screen(terminal=False)
    print_stop_reason(out, reason)
    assert text.getvalue() == f"{line}\n"
    assert reason_text(reason) in line


def test_a_run_that_did_all_there_was_says_nothing_of_that() -> None:
    out, text = screen(terminal=False)
    print_stop_reason(out, None)
    assert text.getvalue() == ""


def test_of_an_error_the_lowest_are_the_top() -> None:
    study = study_by(*(scored(number, 9.0 - number) for number in range(8)))
    lines = summary(study)
    assert rows(lines) == [7, 6, 5, 4, 3, 0]
    assert sum("can't be told of mae before `confirm`" in line for line in lines) == 1
