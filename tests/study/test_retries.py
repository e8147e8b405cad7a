"""Failed trials are tried again once each, as new trials that take their place in the budget."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import NAME, complete, drain, fail, opened, taken, tiny_sweep

from sweep.study.ledger import Ledger
from sweep.study.records import TrialRecord, read_study
from sweep.study.retries import retried_numbers


def begun(results: Path, trials: int = 4) -> Ledger:
    return opened(results, tiny_sweep(trials=trials))


def records(results: Path) -> list[TrialRecord]:
    return read_study(results, NAME).trials


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A study of four trials, of which 1 and 3 failed."""
    with begun(tmp_path) as ledger:
        for number in range(4):
            (fail if number % 2 else complete)(ledger, taken(ledger))
    return tmp_path


def test_a_failed_trial_is_tried_again_with_its_params_and_stays_as_it_is(results: Path) -> None:
    before = records(results)
    with begun(results) as ledger:
        assert ledger.retry_failed() == [1, 3]
        assert ledger.budget == 6
        specs = drain(ledger)
        assert not ledger.lacks_trials
    trials = records(results)
    assert trials[:4] == before
    assert [spec.number for spec in specs] == [4, 5]
    for trial, old in ((4, 1), (5, 3)):
        assert trials[trial].params == before[old].params
        assert trials[trial].seed != before[old].seed
        assert (trials[trial].retry_of, trials[trial].state) == (old, "COMPLETE")


def test_each_is_tried_again_once_and_what_fails_again_can_be_tried_again(results: Path) -> None:
    with begun(results) as ledger:
        assert ledger.retry_failed() == [1, 3]
        assert ledger.retry_failed() == []
        complete(ledger, taken(ledger))
        fail(ledger, taken(ledger))
    with begun(results) as ledger:
        assert ledger.retry_failed() == [5]
        drain(ledger)
    assert [trial.state for trial in records(results)][4:] == ["COMPLETE", "FAIL", "COMPLETE"]
    assert [trial.retry_of for trial in records(results)] == [None] * 4 + [1, 3, 5]


def test_what_was_enqueued_is_tried_again_without_being_asked_once_more(results: Path) -> None:
    with begun(results) as ledger:
        ledger.retry_failed()
    with begun(results) as ledger:
        assert len(drain(ledger)) == 2


def test_a_study_that_is_extended_counts_no_failed_trial_that_was_tried_again(results: Path) -> None:
    with begun(results, trials=6) as ledger:
        ledger.retry_failed()
        assert len(drain(ledger)) == 4
    with begun(results, trials=6) as ledger:
        assert not ledger.lacks_trials


def test_the_baseline_is_not_tried_again_as_another_trial(tmp_path: Path) -> None:
    with begun(tmp_path) as ledger:
        fail(ledger, taken(ledger))
        assert ledger.retry_failed() == []
    assert retried_numbers([]) == set()
