"""Ranks: by the objective, and by Pareto layer where there are several."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from builders import completed, hand_made_study, is_multi_objective, mixed_study, scored, study_by, trial_record

from sweep.analysis.leaderboard import board
from sweep.analysis.ranking import STATE_ORDER, layers_of, ranks_of, sort_key
from sweep.analysis.study_analysis import Analysis


def test_with_several_objectives_the_rank_is_the_pareto_layer() -> None:
    study = is_multi_objective(
        completed(0, 0.9, parameters=300),
        completed(1, 0.95, parameters=400),
        completed(2, 0.85, parameters=310),
        completed(3, 0.8, parameters=320),
        trial_record(4, "FAIL"),
        completed(5, 0.7, parameters=100),
    )
    frame = board(Analysis(study))
    assert frame["trial"].tolist() == [1, 0, 5, 2, 3, 4]
    assert frame["rank"].tolist()[:5] == [1, 1, 1, 2, 3]
    assert frame["front"].tolist() == [True, True, True, False, False, False]
    assert Analysis(study).ranks == {1: 1, 0: 1, 5: 1, 2: 2, 3: 3}


@pytest.mark.parametrize("cost", ["seconds", "inference_us"])
def test_any_cost_can_be_an_objective(cost: str) -> None:
    def costing(number: int, accuracy: float, value: float) -> Any:
        point = {**completed(number, accuracy).last, "seconds": value}
        return trial_record(number, curve=[point], inference_us=value)

    trials = [costing(0, 0.9, 5.0), costing(1, 0.95, 7.0), costing(2, 0.8, 6.0)]
    assert Analysis(is_multi_objective(*trials, objective=["val_accuracy", cost])).ranks == {1: 1, 0: 1, 2: 2}
    upwards = is_multi_objective(*trials, objective=["val_accuracy", cost], direction=["maximize", "maximize"])
    assert Analysis(upwards).ranks == {1: 1, 0: 2, 2: 2}


def test_a_loss_ranks_upwards() -> None:
    study = hand_made_study(
        completed(0, 0.5), completed(1, 0.9), completed(2, 0.7), objective="val_loss", direction="minimize"
    )
    assert board(Analysis(study))["trial"].tolist() == [1, 2, 0]
    assert Analysis(study).ranks == {1: 1, 2: 2, 0: 3}


def test_equal_trials_keep_the_order_of_their_numbers() -> None:
    study = hand_made_study(*(completed(number, 0.5) for number in range(5)))
    assert board(Analysis(study))["trial"].tolist() == [0, 1, 2, 3, 4]
    assert list(Analysis(study).ranks) == [0, 1, 2, 3, 4]


def test_ranks_are_the_same_on_the_board_and_in_the_dict(tmp_path: Path) -> None:
    study = mixed_study(tmp_path)
    frame = board(Analysis(study)).dropna(subset=["rank"])
    assert dict(zip(frame["trial"].tolist(), frame["rank"].tolist(), strict=True)) == Analysis(study).ranks


def test_the_rank_follows_the_objective_and_not_the_test_set() -> None:
    better_tested = trial_record(1, test_accuracy=0.999, value=0.4, curve=completed(1, 0.4).curve)
    frame = board(Analysis(hand_made_study(completed(0, 0.5), better_tested)))
    assert frame["trial"].tolist() == [0, 1]


def test_rows_are_in_the_order_of_their_states_then_of_how_far_they_got() -> None:
    point = completed(0, 0.1).last
    study = hand_made_study(
        trial_record(0, "FAIL"),
        trial_record(1, "RUNNING"),
        trial_record(2, "PRUNED", curve=[{**point, "step": 10, "val_accuracy": 0.9}]),
        trial_record(3, "PRUNED", curve=[{**point, "step": 50, "val_accuracy": 0.1}]),
        completed(4, 0.2),
        trial_record(5, "FAIL"),
    )
    ordered = sorted(study.trials, key=lambda trial: sort_key(study, trial, layers_of(study)))
    assert [trial.number for trial in ordered] == [4, 3, 2, 1, 0, 5]
    assert list(STATE_ORDER) == ["COMPLETE", "PRUNED", "RUNNING", "FAIL"]
    assert ranks_of(study, layers_of(study)) == {4: 1}


def test_what_a_trial_did_not_measure_is_the_worst_it_could_be() -> None:
    study = hand_made_study(completed(0, 0.5, parameters=100), completed(1, 0.9, parameters=None))
    assert layers_of(study) == {0: 1, 1: 1}
    study = hand_made_study(completed(0, 0.9, parameters=100), completed(1, 0.5, parameters=None))
    assert layers_of(study) == {0: 1, 1: 2}


def test_what_was_not_measured_is_last_also_where_higher_is_better_and_scores_are_below_0() -> None:
    trials = [scored(0, -0.5, "r2"), scored(1, -3.0, "r2"), scored(2, float("nan"), "r2"), scored(3, 0.1, "mse")]
    study = study_by(*trials, metric="r2", direction="maximize")
    assert list(ranks_of(study, layers_of(study))) == [0, 1, 2, 3]
    lower = study_by(*trials[:3], metric="r2", direction="minimize")
    assert list(ranks_of(lower, layers_of(lower))) == [1, 0, 2]
