"""Confirming runs: which are lacking, what is kept of them, and what they say together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import optuna
import pytest
from builders import NAME, hand_made_study, mixed_study, trial_record
from confirmed import BASELINE, OURS, with_runs

from sweep.analysis.confirmation import confirmation_results
from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError
from sweep.execution.confirmation_plan import fixed_plan
from sweep.study.confirmations import missing, trial_spec
from sweep.study.confirming_run import ConfirmingRun
from sweep.study.opening import open_confirmations
from sweep.study.records import MODEL, read_study
from sweep.training.environment import MODEL_CODE
from sweep.training.messages import TrialSpec


def test_a_run_left_in_the_middle_comes_again_with_the_same_seed_and_files(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    with open_confirmations(tmp_path, NAME) as confirmations:
        first, second = missing(confirmations.record(), [1], 2)
        confirmations.add(replace(second, test={"accuracy": 0.9}))
    again = missing(read_study(tmp_path, NAME), [1], 2)
    assert again == [first]
    assert again[0].stem == "confirm-0001-00"


def test_a_plan_has_the_trials_params_and_the_runs_seed(tmp_path: Path) -> None:
    study = mixed_study(tmp_path)
    run = fixed_plan(Analysis(study), 1, 1).runs[1]
    assert trial_spec(study, run) == TrialSpec(run.number, study.trials[1].params, run.seed, "confirm-0001-00")


def test_a_run_is_given_no_ingredients() -> None:
    trial = trial_record(0, params={"width": 2, "filters_1": 16}, ingredients=["width"])
    study = hand_made_study(trial)
    assert trial_spec(study, ConfirmingRun(0, 0, 1)).model_params == {"filters_1": 16}


def test_confirming_writes_alone(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    with (
        open_confirmations(tmp_path, NAME),
        pytest.raises(InputError, match="one driver at a time"),
        open_confirmations(tmp_path, NAME),
    ):
        pass
    with pytest.raises(InputError, match="there is no study 'other'"), open_confirmations(tmp_path, "other"):
        pass
    assert not (tmp_path / "other").exists()


def test_the_trials_of_a_study_are_as_before(tmp_path: Path) -> None:
    before = mixed_study(tmp_path).trials
    study = with_runs(tmp_path / "other", t0=BASELINE, t1=OURS)
    assert [trial.value for trial in study.trials] == [trial.value for trial in before]
    journal = tmp_path / "other" / NAME / "journal.log"
    storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(journal)))
    assert len(optuna.load_study(study_name=None, storage=storage).trials) == 6


def test_runs_of_another_model_function_neither_count_nor_have_a_say(tmp_path: Path) -> None:
    study = with_runs(tmp_path, t0=BASELINE, t1=OURS)
    both = replace(study, code={MODEL: "1:b"}, environments=[{MODEL_CODE: "1:a"}, {MODEL_CODE: "1:b"}])
    old = [replace(run, environment=0) for run in study.confirming]
    outdated = replace(both, confirming=old)
    result = confirmation_results(outdated)[1]
    assert (result.made, result.outdated, result.verdict) == (0, 4, None)
    assert result.why_none.startswith("4 of its runs are of another version of the model function")
    assert [(run.trial, run.index) for run in missing(outdated, [0, 1], 2)] == [(0, 4), (1, 4), (0, 5), (1, 5)]

    half = replace(both, confirming=[replace(run, environment=run.trial) for run in study.confirming])
    assert confirmation_results(half)[1].verdict is None
    assert missing(half, [1], 4) == []

    new = [replace(run, index=run.index + 4, environment=1) for run in study.confirming]
    result = confirmation_results(replace(both, confirming=[*old, *new]))[1]
    assert (result.made, result.outdated) == (4, 4)
    assert result.verdict is not None


def test_more_runs_than_a_trial_may_have_are_refused(tmp_path: Path) -> None:
    study = with_runs(tmp_path, t1=OURS)
    changed = replace(study, code={MODEL: "1:b"}, environments=[{MODEL_CODE: "1:a"}])
    outdated = replace(changed, confirming=[replace(run, environment=0) for run in study.confirming])
    assert len(missing(outdated, [1], 995)) == 995
    with pytest.raises(InputError, match="must have 999 confirming runs at most"):
        missing(outdated, [1], 996)
