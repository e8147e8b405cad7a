"""What the ledger says of its trials, as plain records."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from builders import (
    BASELINE,
    NAME,
    complete,
    fail,
    hand_made_study,
    mixed_study,
    opened,
    prune,
    scored,
    study_by,
    taken,
    tiny_sweep,
    trial_record,
)

from sweep.errors import InputError
from sweep.study.confirming_run import ConfirmingRun
from sweep.study.records import find_trial, read_study


def test_the_difference_is_to_the_baselines_test_accuracy() -> None:
    study = hand_made_study(trial_record(0), trial_record(1, test_accuracy=0.6), trial_record(2, "FAIL"))
    assert study.vs_baseline(study.trials[1]) == pytest.approx(0.11)
    assert study.vs_baseline(study.trials[0]) == 0
    assert study.vs_baseline(study.trials[2]) is None
    unmeasured = hand_made_study(trial_record(0, "RUNNING"), trial_record(1))
    assert unmeasured.vs_baseline(unmeasured.trials[1]) is None


def test_a_trial_that_is_not_there_is_told_the_range(tmp_path: Path) -> None:
    study = mixed_study(tmp_path)
    for number in (6, -1, 99):
        with pytest.raises(InputError, match=f"has trials 0 to 5, but no trial {number}"):
            find_trial(study, number)


def test_a_study_that_is_not_there_is_told_which_are(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none yet"):
        read_study(tmp_path / "nowhere", NAME)
    mixed_study(tmp_path)
    for name in ("other", "", "..", "tiny/journal.log"):
        with pytest.raises(InputError, match="there are: tiny"):
            read_study(tmp_path, name)


def test_a_records_state_says_whether_it_is_done_with() -> None:
    ended = {state: trial_record(1, state).ended for state in ("COMPLETE", "PRUNED", "FAIL", "RUNNING", "WAITING")}
    assert ended == {"COMPLETE": True, "PRUNED": True, "FAIL": True, "RUNNING": False, "WAITING": False}
    assert [trial_record(number).is_baseline for number in (0, 1)] == [True, False]


def test_an_objective_is_what_the_trial_measured_last() -> None:
    curve = [{"step": step, "val_accuracy": step / 200, "val_loss": 0.5, "seconds": 1.0} for step in (50, 100)]
    trial = trial_record(1, curve=curve, parameters=7, inference_us=2.5)
    names = ("val_accuracy", "val_loss", "seconds", "parameters", "inference_us", "test_accuracy")
    assert [trial.measured(name) for name in names] == [0.5, 0.5, 1.0, 7, 2.5, None]
    unmeasured = trial_record(1, "RUNNING")
    assert unmeasured.last == {}
    assert [unmeasured.measured(name) for name in names] == [None] * 6


def test_what_a_trial_is_not_there_for_is_none_or_empty(tmp_path: Path) -> None:
    with opened(tmp_path, tiny_sweep(trials=2)) as ledger:
        prune(ledger, taken(ledger))
        fail(ledger, taken(ledger), "ValueError: odd", "Traceback")
    first, second = read_study(tmp_path, NAME).trials
    assert (first.state, first.value, first.test.get("accuracy"), first.inference_us) == ("PRUNED", None, None, None)
    assert (first.error, first.details, first.worker_output) == ("", "", "")
    assert (second.error, second.details, second.curve, second.parameters) == ("ValueError: odd", "Traceback", [], None)


def test_params_are_those_that_were_trained_with_constants_included(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        complete(ledger, taken(ledger))
    trial = read_study(tmp_path, NAME).trials[0]
    assert trial.params == {**BASELINE, "batch_size": 32}
    assert datetime.fromisoformat(trial.started) <= datetime.now()


def test_a_study_that_is_not_there_and_a_journal_that_holds_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no study 'tiny' in .*; there are: none yet"):
        read_study(tmp_path, NAME)
    (tmp_path / NAME).mkdir()
    (tmp_path / NAME / "journal.log").touch()
    with pytest.raises(InputError, match=r"journal.log holds no study yet: .*; `run` begins it again"):
        read_study(tmp_path, NAME)


@pytest.mark.parametrize(
    ("objective", "direction", "metric", "higher"),
    [
        ("val_mae", "minimize", "mae", False),
        ("val_r2", "maximize", "r2", True),
        ("val_loss", "minimize", "loss", False),
        (["parameters", "val_loss"], ["minimize", "minimize"], "loss", False),
        (["val_loss", "val_mae", "val_auc"], ["minimize", "minimize", "maximize"], "mae", False),
        (["parameters", "seconds"], ["minimize", "minimize"], "mse", False),
    ],
)
def test_trials_are_compared_by_the_first_objective_that_is_a_metric_and_by_the_loss_last(
    objective: str | list[str], direction: str | list[str], metric: str, higher: bool
) -> None:
    trial = scored(0, 2.0, "mse", test_loss=2.5)
    study = study_by(trial, objective=objective, direction=direction)
    assert (study.metric, study.higher_is_better) == (metric, higher)


def test_where_all_objectives_are_costs_the_accuracy_counts_if_there_is_one() -> None:
    costs = {"objective": ["parameters", "seconds"], "direction": ["minimize", "minimize"]}
    assert study_by(scored(0, 2.0, test_accuracy=0.5), **costs).metric == "accuracy"
    assert study_by(**costs).metric == "accuracy"
    assert study_by(scored(0, 2.0, "loss"), **costs).metric == "loss"


def test_runs_that_kept_only_their_accuracy_are_compared_by_it_and_higher_is_better() -> None:
    study = study_by(scored(0, 2.0, "loss"), metric="loss", runs={0: [2.0]})
    assert (study.confirmed_metric, study.confirmed_higher_is_better) == ("loss", False)
    old = replace(study, confirming=[*study.confirming, ConfirmingRun(0, 1, 1, {"accuracy": 0.5})])
    assert (old.confirmed_metric, old.confirmed_higher_is_better) == ("accuracy", True)
    failed = replace(study, confirming=[*study.confirming, ConfirmingRun(0, 1, 1, error="odd")])
    assert failed.confirmed_metric == "loss"
