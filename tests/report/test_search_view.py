"""The lines of a live view, from records."""

from __future__ import annotations

from typing import Any

from builders import BASELINE, completed, hand_made_study, measurement, trial_record

from sweep.report.search_view import FEWEST_PRUNED, MAX_PRUNED, SearchView
from sweep.study.records import TrialRecord

PARAMS = {**BASELINE, "batch_size": 32}


def pruned(number: int, accuracy: float = 0.3, **changes: Any) -> TrialRecord:
    return trial_record(number, "PRUNED", curve=[measurement(50, accuracy).point], **changes)


def lines(*trials: TrialRecord, width: int = 200, room: int = 20, running: tuple[int, ...] = ()) -> list[str]:
    view = SearchView(hand_made_study(*trials, baseline=PARAMS, validation_images=1000), maximizes=True)
    return [line.text for line in view.fitted(trials, running, width, room)]


def test_before_anything_happened_nothing_is_said() -> None:
    assert lines() == []


def test_the_latest_pruned_come_first_and_only_a_few_of_them() -> None:
    texts = lines(*(pruned(number, number / 10) for number in range(MAX_PRUNED + 3)))
    assert texts[0] == "so far: 8 PRUNED"
    assert texts[1] == "  pruned: trial   7 at 50 %, place 1 of 8, val 70.00 %"
    assert len(texts) == 1 + MAX_PRUNED


def test_a_trial_that_a_constraint_pruned_says_which() -> None:
    texts = lines(trial_record(3, "PRUNED", error="the model has 9,000 parameters, but at most 100 are allowed"))
    assert texts[-1] == "  pruned: trial   3  the model has 9,000 parameters, but at most 100 are allowed"


def test_where_there_is_little_room_what_was_pruned_goes_before_what_runs_is_cut() -> None:
    long = {**PARAMS, "optimizer": "rmsprop", "label_smoothing": 0.125, "learning_rate": 0.00754}
    running = [trial_record(number, "RUNNING", params=long) for number in (10, 11)]
    trials = [completed(0, 0.9), *(pruned(number) for number in range(1, 8)), *running]
    texts = lines(*trials, width=60, room=9, running=(10, 11))
    assert sum("pruned:" in text for text in texts) == 3
    assert sum("label_smoothing" in text for text in texts) == 2
    cut = lines(*trials, width=60, room=7, running=(10, 11))
    assert len(cut) <= 7
    assert sum("trial  1" in text for text in cut) == 2
    assert sum("pruned:" in text for text in cut) >= FEWEST_PRUNED


def test_curves_of_running_trials_have_one_scale() -> None:
    running = [
        trial_record(number, "RUNNING", curve=[measurement(50, accuracy).point])
        for number, accuracy in ((1, 0.5), (2, 0.9))
    ]
    first, second = lines(*running, running=(1, 2))
    assert "▁·" in first
    assert "█·" in second


def test_only_a_few_of_the_trials_that_lost_workers_are_named() -> None:
    texts = lines(*(pruned(number, workers_lost=number) for number in range(6)))
    assert texts[1] == (
        "lost workers: 15  trial 3, 3 times (PRUNED)  trial 4, 4 times (PRUNED)  trial 5, 5 times (PRUNED)  "
        "and of 2 trials before"
    )


def test_on_the_smallest_screen_there_are_no_more_lines_than_room() -> None:
    trials = [completed(0, 0.9), completed(1, 0.95), *(pruned(number, workers_lost=1) for number in range(2, 9))]
    running = [trial_record(number, "RUNNING") for number in range(10, 19)]
    for room in range(1, 12):
        for width in (20, 40, 60):
            texts = lines(*trials, *running, width=width, room=room, running=tuple(range(10, 19)))
            assert 0 < len(texts) <= room
