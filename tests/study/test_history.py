"""What a trial measured over each epoch: kept by rungs, read as one list."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from builders import NAME, measurement, opened, taken, trial_record

from sweep.errors import InputError
from sweep.study import history
from sweep.study.records import read_study


def epochs(first: int, last: int, **more: float) -> list[dict[str, float]]:
    return [{"epoch": epoch, "loss": 1 / epoch, **more} for epoch in range(first, last + 1)]


def test_each_rung_adds_its_epochs_and_all_are_read_in_order(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        number = taken(ledger).number
        ledger.report(number, measurement(50, 0.4, history=epochs(1, 2)))
        ledger.report(number, measurement(100, 0.5, history=epochs(1, 5)))
        ledger.complete(number, measurement(100, 0.5))
    journal = (tmp_path / NAME / "journal.log").read_text()
    assert journal.count('"epoch":1,') == 1
    [trial, *_] = read_study(tmp_path, NAME).trials
    assert [point["epoch"] for point in trial.history] == [1, 2, 3, 4, 5]
    assert trial.history[2]["loss"] == 0.333333
    assert trial.history[4]["val_accuracy"] == 0.5
    assert "val_accuracy" not in trial.history[3]


def test_a_trial_that_was_taken_up_again_adds_nothing_twice(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        ledger.report(taken(ledger).number, measurement(50, history=epochs(1, 2)))
    with opened(tmp_path) as ledger:
        number = taken(ledger).number
        ledger.report(number, measurement(50, history=epochs(1, 2)))
        ledger.report(number, measurement(100, history=epochs(1, 5)))
    assert [point["epoch"] for point in read_study(tmp_path, NAME).trials[0].history] == [1, 2, 3, 4, 5]


def test_trials_of_versions_that_kept_none_have_none(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        ledger.report(taken(ledger).number, measurement(50))
    assert read_study(tmp_path, NAME).trials[0].history == []
    assert trial_record(1).history == []


def test_a_rung_after_very_many_epochs_keeps_some_evenly_and_the_last() -> None:
    [(name, points)] = history.history_attrs({}, measurement(100, history=epochs(1, 1001))).items()
    assert name == "history:100"
    assert len(points) <= history.MAX_POINTS
    assert points[-1]["epoch"] == 1001
    assert {later["epoch"] - earlier["epoch"] for earlier, later in pairwise(points)} == {5}


def test_what_is_no_number_is_left_out() -> None:
    [points] = history.history_attrs({}, measurement(50, history=epochs(1, 1, val_auc=float("nan")))).values()
    assert points == [{"epoch": 1, "loss": 1.0}]


@pytest.mark.parametrize("edited", [[{"loss": 1.0}], [{"epoch": -1}], [{"epoch": "1"}], 3])
def test_an_edited_history_is_one_message(tmp_path: Path, edited: object) -> None:
    with opened(tmp_path) as ledger:
        ledger.report(taken(ledger).number, measurement(50, history=epochs(1, 1)))
    path = tmp_path / NAME / "journal.log"
    before = json.dumps([{"epoch": 1, "loss": 1.0}], separators=(",", ":"))
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, json.dumps(edited)))
    with pytest.raises(InputError, match="edited by hand"):
        read_study(tmp_path, NAME)
