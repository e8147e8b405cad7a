"""What the ledger needs of Optuna and Optuna does not document: each test says what breaks when Optuna changes it."""

from __future__ import annotations

import json
from pathlib import Path

import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from sweep.study.private import SETS_STATE, means_exhausted, means_no_grid_cell, resumed


def opened(path: Path) -> optuna.Study:
    """A study in a journal, as another process opens it."""
    storage = JournalStorage(JournalFileBackend(str(path)))
    return optuna.create_study(study_name="tiny", storage=storage, load_if_exists=True)


def test_a_running_trial_is_taken_up_under_its_own_number_with_what_it_drew_and_reported(tmp_path: Path) -> None:
    begun = opened(tmp_path / "journal.log").ask()
    drawn = begun.suggest_float("x", 0.0, 1.0)
    begun.report(0.25, 10)
    study = opened(tmp_path / "journal.log")
    (unfinished,) = study.get_trials(states=[TrialState.RUNNING])
    trial = resumed(study, unfinished)
    broken = "what a killed driver had begun is lost: optuna.Trial(study, trial._trial_id) takes no trial up"
    assert trial.number == begun.number, broken
    assert trial.suggest_float("x", 0.0, 1.0) == drawn, broken
    study.tell(trial, 0.5)
    (ended,) = opened(tmp_path / "journal.log").trials
    assert (ended.state, ended.value, ended.intermediate_values) == (TrialState.COMPLETE, 0.5, {10: 0.25}), broken


def test_a_trial_begins_and_ends_with_one_known_operation_in_the_journal(tmp_path: Path) -> None:
    study = opened(tmp_path / "journal.log")
    study.enqueue_trial({"x": 0.5})
    trial = study.ask()
    trial.suggest_float("x", 0.0, 1.0)
    trial.set_user_attr("seed", 7)
    study.tell(trial, 0.5)
    logs = map(json.loads, (tmp_path / "journal.log").read_text().splitlines())
    lines = [json.dumps(log, separators=(",", ":")).encode() for log in logs]
    states = [json.loads(line)["state"] for line in lines if SETS_STATE in line]
    assert states == [TrialState.RUNNING, TrialState.COMPLETE], (
        "a journal that a power cut left with a hole may be cut too far: SET_TRIAL_STATE_VALUES has another code"
    )


def test_a_sampler_with_nothing_left_is_told_from_one_that_fails() -> None:
    study = optuna.create_study(sampler=optuna.samplers.GridSampler({"x": [1]}))
    trial = study.ask()
    trial.suggest_int("x", 1, 1)
    with pytest.raises(RuntimeError) as caught:
        study.tell(trial, 1.0)
    assert means_exhausted(caught.value), "a grid that is used up ends a sweep as a failure of its sampler"
    assert study.trials[0].state == TrialState.COMPLETE, "a grid's last trial is not told any more"
    assert not means_exhausted(RuntimeError("out of luck"))


def test_a_trial_outside_the_grid_that_ends_with_one_cell_left_is_told_from_a_fault() -> None:
    study = optuna.create_study(sampler=optuna.samplers.GridSampler({"x": [1]}))
    study.enqueue_trial({"x": 1})
    trial = study.ask()
    trial.suggest_int("x", 1, 1)
    with pytest.raises(KeyError) as caught:
        study.tell(trial, 1.0)
    assert means_no_grid_cell(caught.value), "a baseline that ends last in a grid ends the sweep"
    assert study.trials[0].state == TrialState.COMPLETE, "such a trial is not told any more"
    assert not means_no_grid_cell(KeyError("x"))
