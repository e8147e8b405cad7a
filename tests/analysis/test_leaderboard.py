"""The board: its columns, its order, its types, and the file it is written to."""

from __future__ import annotations

import ast
import io
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from boards import branching_study, written
from builders import (
    BASELINE,
    by_two_codes,
    complete,
    completed,
    hand_made_study,
    measurement,
    mixed_study,
    opened,
    scored,
    study_by,
    tiny_space,
    tiny_sweep,
    trial_record,
)
from confirmed import BASELINE as BASELINE_SCORES
from confirmed import OURS, with_runs
from scipy import stats

from sweep.analysis.formats import as_csv
from sweep.analysis.leaderboard import OTHER_CODE, board, sorted_by
from sweep.analysis.study_analysis import Analysis
from sweep.study.records import TrialRecord

HEAD = ["rank", "trial", "is_baseline", "state", "val_accuracy", "test_accuracy", "vs_baseline"]
TAIL = ["epochs", "duration_seconds", "parameters", "seed", "precision", "dataset", "node", "error"]
COST = ["inference_us", "front"]


def test_the_columns_are_those_of_the_contract_in_its_order(tmp_path: Path) -> None:
    params = ["filters_1", "kernel_size", "learning_rate", "batch_size"]
    assert list(board(Analysis(mixed_study(tmp_path))).columns) == [*HEAD, *params, *TAIL, *COST]


def test_a_trials_own_epochs_are_in_the_column_of_those_that_it_trained() -> None:
    params = {"filters_1": 32, "epochs": 4}
    pruned = trial_record(1, "PRUNED", params=params, curve=[{**completed(1, 0.7).last, "step": 10, "epochs": 0.5}])
    frame = board(Analysis(hand_made_study(completed(0, 0.9), pruned)))
    assert list(frame.columns).count("epochs") == 1
    assert frame["epochs"].tolist() == [5.0, 0.5]


def test_completed_trials_come_by_rank_then_pruned_ones_by_how_good_they_were_then_failed_ones(tmp_path: Path) -> None:
    frame = board(Analysis(mixed_study(tmp_path)))
    assert frame["trial"].tolist() == [1, 0, 2, 5, 4, 3]
    assert frame["state"].tolist() == ["COMPLETE"] * 3 + ["PRUNED"] * 2 + ["FAIL"]
    assert frame["rank"].tolist()[:3] == [1, 2, 3]
    assert frame["rank"].isna().tolist() == [False] * 3 + [True] * 3
    assert frame["is_baseline"].tolist() == [False, True, False, False, False, False]


def test_pruned_trials_that_came_further_come_first() -> None:
    def pruned(number: int, step: int, accuracy: float) -> Any:
        point = {"step": step, "epochs": step / 20, "val_accuracy": accuracy, "val_loss": 1.0, "seconds": 1.0}
        return trial_record(number, "PRUNED", curve=[point])

    study = hand_made_study(
        completed(0, 0.9), pruned(1, 10, 0.99), pruned(2, 40, 0.1), pruned(3, 40, 0.2), trial_record(4, "PRUNED")
    )
    frame = board(Analysis(study))
    assert frame["trial"].tolist() == [0, 3, 2, 1, 4]
    assert frame["epochs"].tolist() == [5.0, 2.0, 2.0, 0.5, 0.0]


def test_only_completed_trials_have_a_test_accuracy_and_a_difference(tmp_path: Path) -> None:
    frame = board(Analysis(mixed_study(tmp_path))).set_index("trial")
    assert frame["test_accuracy"].dropna().to_dict() == pytest.approx({1: 0.94, 0: 0.89, 2: 0.79})
    assert frame.loc[[1, 0, 2], "vs_baseline"].tolist() == pytest.approx([0.05, 0.0, -0.1])
    assert frame.loc[[5, 4, 3], "vs_baseline"].isna().all()


def test_pruned_and_failed_rows_say_what_they_reached_and_why(tmp_path: Path) -> None:
    frame = board(Analysis(mixed_study(tmp_path))).set_index("trial")
    assert frame.loc[5, ["val_accuracy", "epochs", "duration_seconds"]].tolist() == [0.4, 2.5, 5.0]
    assert frame.loc[3, "error"] == 'ValueError: it said "no", twice'
    assert frame.loc[3, "epochs"] == 0.0
    assert pd.isna(frame.loc[3, "val_accuracy"])


def test_the_front_is_of_the_objective_and_the_parameters_of_completed_trials() -> None:
    study = hand_made_study(
        completed(0, 0.9, parameters=300),
        completed(1, 0.95, parameters=400),
        completed(2, 0.8, parameters=300),
        completed(3, 0.7, parameters=100),
        completed(4, 0.7, parameters=100),
        trial_record(5, "PRUNED", parameters=1),
    )
    frame = board(Analysis(study)).set_index("trial")
    assert frame["front"].to_dict() == {1: True, 0: True, 2: False, 3: True, 4: True, 5: False}
    assert str(frame["front"].dtype) == "bool"
    assert frame["inference_us"].tolist()[:5] == [12.5] * 5
    assert pd.isna(frame.loc[5, "inference_us"])
    assert frame["rank"].tolist()[:5] == [1, 2, 3, 4, 5]


def test_the_front_follows_the_direction_of_the_objective_and_never_the_test_set() -> None:
    trials = [completed(number, 0.9 - number / 10, parameters=300) for number in range(3)]
    assert board(Analysis(hand_made_study(*trials))).set_index("trial")["front"].to_dict() == {
        0: True,
        1: False,
        2: False,
    }
    losses = hand_made_study(*trials, objective="val_loss", direction="maximize")
    assert board(Analysis(losses)).set_index("trial")["front"].to_dict() == {0: False, 1: False, 2: True}
    tested = [trial_record(0), trial_record(1, test_accuracy=0.99, parameters=2000)]
    assert board(Analysis(hand_made_study(*tested)))["front"].tolist() == [True, False]


def test_running_trials_have_a_row_and_waiting_ones_none(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        assert len(board(Analysis(ledger.record()))) == 0
        specs = [spec for _ in range(2) if (spec := ledger.next_trial())]
        ledger.report(specs[1].number, measurement(50))
        frame = board(Analysis(ledger.record()))
    assert frame["state"].tolist() == ["RUNNING", "RUNNING"]
    assert frame["rank"].isna().all()
    assert sorted(frame["epochs"].tolist()) == [0.0, 2.5]


def test_failed_rows_come_after_running_ones() -> None:
    study = hand_made_study(completed(0, 0.5), trial_record(1, "FAIL"), trial_record(2, "RUNNING"))
    assert board(Analysis(study))["state"].tolist()[-1] == "FAIL"


def test_without_the_baselines_test_accuracy_there_is_no_difference() -> None:
    study = hand_made_study(trial_record(0, "RUNNING"), completed(1, 0.9))
    frame = board(Analysis(study))
    assert frame["trial"].tolist() == [1, 0]
    assert frame["vs_baseline"].isna().all()


def test_an_empty_study_has_an_empty_board_with_all_columns(tmp_path: Path) -> None:
    frame = board(Analysis(hand_made_study(trial_record(0, "WAITING"))))
    assert frame.empty
    assert list(frame.columns) == [*HEAD, *BASELINE, "batch_size", *TAIL, *COST]
    file = written(hand_made_study(trial_record(0, "WAITING")), tmp_path)
    assert list(pd.read_csv(file).columns) == list(frame.columns)


def test_conditional_params_are_columns_after_the_baselines_and_empty_where_they_do_not_apply(tmp_path: Path) -> None:
    study = branching_study(tmp_path)
    frame = board(Analysis(study))
    assert list(frame.columns) == [*HEAD, "optimizer", "momentum", "warmup", "nesterov", *TAIL, *COST]
    sgd = frame["optimizer"] == "sgd"
    assert sgd.any()
    assert not sgd.all()
    for name in ("momentum", "warmup", "nesterov"):
        assert (frame[name].isna() == ~sgd).all()
    assert str(frame["warmup"].dtype) == "Int64"
    assert str(frame["nesterov"].dtype) == "boolean"


def test_texts_that_look_like_missing_values_stay_texts_on_the_board() -> None:
    study = hand_made_study(completed(0, 0.5, params={"padding": "valid"}), completed(1, 0.4, params={"padding": "NA"}))
    assert board(Analysis(study))["padding"].tolist() == ["valid", "NA"]


def test_tuples_and_lists_are_texts_that_python_reads_back_and_none_is_empty() -> None:
    kernels = [(3, 3), [5, 5], None, ("a", 0.5)]
    trials = [trial_record(number, params={"kernel": kernel}) for number, kernel in enumerate(kernels)]
    frame = board(Analysis(hand_made_study(*trials))).sort_values("trial")
    assert list(frame["kernel"].dropna()) == ["(3, 3)", "[5, 5]", "('a', 0.5)"]
    back = pd.read_csv(io.StringIO(as_csv(frame)))["kernel"]
    assert [None if pd.isna(text) else ast.literal_eval(text) for text in back] == kernels


def test_params_of_mixed_kinds_keep_their_values() -> None:
    params = [{"rate": None}, {"rate": 0.5}, {"rate": "auto"}, {"rate": True}]
    study = hand_made_study(*(completed(number, 0.9 - number / 10, params=one) for number, one in enumerate(params)))
    values = board(Analysis(study))["rate"].tolist()
    assert pd.isna(values[0])
    assert values[1:] == [0.5, "auto", True]


@pytest.mark.parametrize("name", ["_order", "index", "loc", "0", "a b", "a,b", "Rank"])
def test_a_parameter_may_have_any_name_that_is_no_column(name: str) -> None:
    study = hand_made_study(
        completed(0, 0.5, params={name: 7}), completed(1, 0.6, params={name: 8}), baseline={name: 7}
    )
    frame = board(Analysis(study))
    assert list(frame.columns) == [*HEAD, name, *TAIL, *COST]
    assert frame["trial"].tolist() == [1, 0]
    assert frame[name].tolist() == [8, 7]


def test_a_value_that_optuna_has_and_the_board_shows_are_one(tmp_path: Path) -> None:
    with opened(tmp_path, tiny_sweep(space=tiny_space)) as ledger:
        for accuracy in (0.1, 0.7, 0.3):
            spec = ledger.next_trial()
            assert spec is not None
            complete(ledger, spec, accuracy)
        study = ledger.record()
    frame = board(Analysis(study)).set_index("trial")
    for trial in study.trials:
        assert frame.loc[trial.number, "val_accuracy"] == trial.value


def test_the_board_has_what_scipy_says_of_the_ledgers_values(tmp_path: Path) -> None:
    study = with_runs(tmp_path, t0=BASELINE_SCORES, t1=OURS, t2=[0.9901])
    frame = pd.read_csv(io.StringIO(as_csv(board(Analysis(study))))).set_index("trial")
    interval = stats.ttest_ind(OURS, BASELINE_SCORES, equal_var=False).confidence_interval(0.95)
    row = frame.loc[1]
    assert (row.diff_low, row.diff_high) == pytest.approx((interval.low, interval.high))
    assert row.confirmed_mean == pytest.approx(sum(OURS) / 4)
    assert row.confirmed_sd == pytest.approx(pd.Series(OURS).std())
    assert (row.confirmed_seeds, row.verdict) == (4, "better")
    assert frame.loc[0].confirmed_mean == pytest.approx(sum(BASELINE_SCORES) / 4)
    assert pd.isna(frame.loc[0].verdict)
    assert pd.isna(frame.loc[2].verdict)
    assert frame.loc[2].confirmed_seeds == 1
    assert pd.isna(frame.loc[3].confirmed_mean)
    assert list(frame.columns[-8:-2]) == [
        *("confirmed_mean", "confirmed_sd", "confirmed_seeds", "diff_low", "diff_high", "verdict")
    ]


def test_without_runs_the_board_has_no_such_columns(tmp_path: Path) -> None:
    assert not [name for name in board(Analysis(mixed_study(tmp_path))) if "confirm" in name or name == "verdict"]


def test_a_study_of_the_loss_shows_what_it_ranks_by_and_compares_by_it() -> None:
    def lost(number: int, val_loss: float, test_loss: float | None) -> TrialRecord:
        point = {"step": 100, "epochs": 5.0, "val_accuracy": 0.5, "val_loss": val_loss, "seconds": 10.0}
        return trial_record(number, curve=[point], test_loss=test_loss)

    trials = [lost(0, 0.4, 0.5), lost(1, 0.3, 0.35), lost(2, 0.6, None)]
    frame = board(Analysis(hand_made_study(*trials, objective="val_loss", direction="minimize")))
    assert list(frame.columns)[3:9] == [
        *("state", "val_loss", "test_loss", "val_accuracy", "test_accuracy", "vs_baseline"),
    ]
    assert frame["trial"].tolist() == [1, 0, 2]
    assert frame["val_loss"].tolist() == [0.3, 0.4, 0.6]
    assert frame["vs_baseline"].tolist()[:2] == [-0.15, 0.0]
    assert frame["vs_baseline"].isna().tolist() == [False, False, True]
    assert "val_loss" not in board(Analysis(hand_made_study(*trials))).columns


def test_the_best_comes_first_whether_scores_are_accuracies_or_losses() -> None:
    trials = [completed(number, accuracy, test_loss=1 - accuracy) for number, accuracy in enumerate((0.5, 0.9, 0.7))]
    by_loss = board(Analysis(hand_made_study(*trials, objective="val_loss", direction="minimize")))
    for column in ("val_loss", "test_loss", "vs_baseline", "val_accuracy"):
        assert sorted_by(by_loss, column)["trial"].tolist() == [1, 2, 0]
    by_accuracy = board(Analysis(hand_made_study(*trials))).assign(confirmed_mean=[0.7, 0.8, None])
    assert sorted_by(by_accuracy, "vs_baseline")["trial"].tolist() == [1, 2, 0]
    assert sorted_by(by_accuracy, "confirmed_mean")["confirmed_mean"].tolist()[:2] == [0.8, 0.7]
    named = by_accuracy.assign(my_accuracy=[3, 1, 2])  # a parameter of the user's
    assert sorted_by(named, "my_accuracy")["my_accuracy"].tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("metric", "direction", "order"),
    [("mae", "minimize", [1, 2, 0]), ("auc", "maximize", [0, 2, 1]), ("r2", "maximize", [0, 2, 1])],
)
def test_a_metric_of_the_users_has_the_columns_and_the_order_of_its_direction(
    metric: str, direction: str, order: list[int]
) -> None:
    trials = [scored(number, value, metric) for number, value in enumerate((3.0, 2.0, 2.5))]
    study = study_by(*trials, metric=metric, direction=direction, runs={0: [4.0, 4.5], 1: [3.0, 3.5]})
    frame = board(Analysis(study))
    assert list(frame.columns)[3:7] == ["state", f"val_{metric}", f"test_{metric}", "vs_baseline"]
    assert frame["trial"].tolist() == order
    assert frame["rank"].tolist() == [1, 2, 3]
    by_trial = frame.set_index("trial")
    assert by_trial["vs_baseline"].tolist() == [pytest.approx(trials[n].last[f"val_{metric}"] - 3.0) for n in order]
    for column in (f"val_{metric}", f"test_{metric}", "vs_baseline"):
        assert sorted_by(frame, column, study.definition.directions)["trial"].tolist() == order
    confirmed = [number for number in order if number != 2]
    assert sorted_by(frame, "confirmed_mean", study.definition.directions)["trial"].tolist()[:2] == confirmed
    assert sorted_by(frame, "confirmed_sd", study.definition.directions)["trial"].tolist()[-1] == 2


def test_of_several_objectives_the_front_is_that_of_low_errors_and_small_models() -> None:
    trials = [
        scored(0, 3.0, parameters=100),
        scored(1, 2.0, parameters=200),
        scored(2, 2.5, parameters=300),
        scored(3, 3.5, parameters=50),
        scored(4, 1.0, parameters=None),
    ]
    both = {"objective": ["val_mae", "parameters"], "direction": ["minimize", "minimize"]}
    frame = board(Analysis(study_by(*trials, **both))).set_index("trial")
    assert frame["front"].to_dict() == {0: True, 1: True, 2: False, 3: True, 4: True}
    assert frame["rank"].to_dict() == {0: 1, 1: 1, 2: 2, 3: 1, 4: 1}
    assert "vs_baseline" in frame
    assert frame.loc[1, "vs_baseline"] == pytest.approx(-1.0)


def test_with_one_objective_the_front_is_of_it_and_the_size_in_its_own_direction() -> None:
    trials = [scored(0, 0.5, "auc", parameters=10), scored(1, 0.9, "auc", parameters=20)]
    trials.append(scored(2, 0.4, "auc", parameters=20))
    upwards = board(Analysis(study_by(*trials, metric="auc", direction="maximize"))).set_index("trial")["front"]
    downwards = board(Analysis(study_by(*trials, metric="auc", direction="minimize"))).set_index("trial")["front"]
    assert upwards.to_dict() == {0: True, 1: True, 2: False}
    assert downwards.to_dict() == {0: True, 1: False, 2: True}


def test_the_loss_has_columns_only_where_nothing_else_is_measured() -> None:
    trials = [scored(number, 2.0 - number, "loss") for number in (0, 1)]
    frame = board(Analysis(study_by(*trials, metric="loss")))
    assert [name for name in frame if name.startswith(("val_", "test_"))] == ["val_loss", "test_loss"]
    several = [scored(0, 2.0, test_loss=2.5, test_mse=9.0)]
    names = [name for name in board(Analysis(study_by(*several))) if name.startswith(("val_", "test_"))]
    assert names == ["val_mae", "test_mae", "val_mse", "test_mse"]


def test_a_row_of_another_model_function_is_marked_also_where_it_has_an_error() -> None:
    study = hand_made_study(completed(0, 0.9), trial_record(1, "FAIL", error="ValueError: boom"))
    frame = board(Analysis(by_two_codes(study, 0, 1)))
    assert list(frame["error"]) == [OTHER_CODE, f"ValueError: boom; {OTHER_CODE}"]
