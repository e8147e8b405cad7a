"""The board: its columns, its order, its types, and the file it is written to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from builders import (
    BASELINE,
    NAME,
    branching_space,
    complete,
    drain,
    hand_made_study,
    measurement,
    mixed_study,
    opened,
    tiny_space,
    tiny_sweep,
    trial_record,
)

from sweep.analysis.formats import as_csv
from sweep.analysis.leaderboard import board
from sweep.analysis.study_analysis import Analysis
from sweep.execution.results import write_board
from sweep.study.records import StudyRecord, read_study
from sweep.study.storage.folder import StudyFolder

HEAD = ["rank", "trial", "is_baseline", "state", "val_accuracy", "test_accuracy", "vs_baseline"]
TAIL = ["epochs", "duration_seconds", "parameters", "seed", "precision", "dataset", "node", "error"]
COST = ["inference_us", "front"]


def completed(number: int, accuracy: float, **changes: Any) -> Any:
    curve = [{"step": 100, "epochs": 5.0, "val_accuracy": accuracy, "val_loss": 1 - accuracy, "seconds": 10.0}]
    return trial_record(number, curve=curve, value=accuracy, test_accuracy=round(accuracy - 0.01, 6), **changes)


def written(study: StudyRecord, results: Path) -> Path:
    """The file of a study's board."""
    (results / study.name).mkdir(parents=True, exist_ok=True)
    write_board(Analysis(study), StudyFolder(results, study.name))
    return results / study.name / "leaderboard.csv"


def branching_study(results: Path) -> StudyRecord:
    sweep = tiny_sweep(space=branching_space, baseline={"optimizer": "adam"}, trials=12)
    with opened(results, sweep) as ledger:
        drain(ledger)
    return read_study(results, NAME)


def test_the_columns_are_those_of_the_contract_in_its_order(tmp_path: Path) -> None:
    params = ["filters_1", "kernel_size", "learning_rate", "batch_size"]
    assert list(board(Analysis(mixed_study(tmp_path))).columns) == [*HEAD, *params, *TAIL, *COST]


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


def test_the_rank_follows_the_objective_and_not_the_test_set() -> None:
    better_tested = trial_record(1, test_accuracy=0.999, value=0.4, curve=completed(1, 0.4).curve)
    frame = board(Analysis(hand_made_study(completed(0, 0.5), better_tested)))
    assert frame["trial"].tolist() == [0, 1]


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


def is_multi_objective(*trials: Any, **changes: Any) -> StudyRecord:
    given = {"objective": ["val_accuracy", "parameters"], "direction": ["maximize", "minimize"], **changes}
    return hand_made_study(*trials, **given)


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


def test_it_reads_back_with_the_right_types(tmp_path: Path) -> None:
    frame = pd.read_csv(written(mixed_study(tmp_path), tmp_path))
    kinds = {name: frame[name].dtype.kind for name in frame.columns if frame[name].dtype.kind in "ifb"}
    assert {name: kinds[name] for name in ("trial", "seed", "filters_1", "kernel_size", "batch_size")} == dict.fromkeys(
        ("trial", "seed", "filters_1", "kernel_size", "batch_size"), "i"
    )
    assert kinds["is_baseline"] == "b"
    measured = ("val_accuracy", "test_accuracy", "vs_baseline", "epochs", "duration_seconds", "inference_us")
    for name in (*measured, "learning_rate"):
        assert kinds[name] == "f", name
    assert kinds["front"] == "b"
    assert frame["rank"].tolist()[:3] == [1, 2, 3]
    assert frame["error"].tolist()[-1] == 'ValueError: it said "no", twice'


def test_with_nullable_types_it_reads_back_as_it_was(tmp_path: Path) -> None:
    for study in (mixed_study(tmp_path / "mixed"), branching_study(tmp_path / "branching")):
        frame = board(Analysis(study))
        back = pd.read_csv(written(study, tmp_path), dtype_backend="numpy_nullable")
        assert back["rank"].dtype == "Int64"
        for name in frame.columns:
            for there, here in zip(back[name], frame[name], strict=True):
                assert (pd.isna(there) and (pd.isna(here) or here == "")) or there == here, name


def test_a_file_has_whole_numbers_without_a_point(tmp_path: Path) -> None:
    frame = pd.read_csv(written(branching_study(tmp_path), tmp_path), dtype=str)
    for name in ("rank", "trial", "parameters", "seed", "warmup"):
        values = frame[name].dropna()
        assert len(values), name
        assert values.str.fullmatch(r"\d+").all(), name


@pytest.mark.parametrize("reason", ["a, b; c", 'he said "no"', "ünïcode ✓", "[bold]x[/bold]", "\\", "'", "1=1", "#"])
def test_a_reason_of_one_line_survives_the_file(tmp_path: Path, reason: str) -> None:
    study = hand_made_study(completed(0, 0.5), trial_record(1, "FAIL", error=reason))
    assert pd.read_csv(written(study, tmp_path))["error"].tolist()[1:] == [reason]


@pytest.mark.parametrize(
    ("reason", "cell"),
    [
        ("two\nlines", "two lines"),
        ("tab\there", "tab here"),
        ("\x1b[2J", r"\x1b[2J"),
        ("=1+1", "'=1+1"),
        (" @SUM(A1)", "' @SUM(A1)"),
    ],
)
def test_a_reason_is_one_line_and_no_formula_in_the_file(tmp_path: Path, reason: str, cell: str) -> None:
    study = hand_made_study(completed(0, 0.5), trial_record(1, "FAIL", error=reason))
    file = written(study, tmp_path)
    assert pd.read_csv(file)["error"].tolist()[1:] == [cell]
    assert len(file.read_bytes().splitlines()) == 3


def test_a_parameter_is_one_line_and_no_formula_in_the_file_either(tmp_path: Path) -> None:
    study = hand_made_study(completed(0, 0.5, params={"=A1\n": "+1\n"}), baseline={"=A1\n": "+1\n"})
    assert pd.read_csv(written(study, tmp_path), dtype=str)["'=A1 "].tolist() == ["'+1 "]


def test_texts_that_look_like_missing_values_stay_texts_on_the_board() -> None:
    study = hand_made_study(completed(0, 0.5, params={"padding": "valid"}), completed(1, 0.4, params={"padding": "NA"}))
    assert board(Analysis(study))["padding"].tolist() == ["valid", "NA"]


def test_params_of_mixed_kinds_keep_their_values() -> None:
    params = [{"rate": None}, {"rate": 0.5}, {"rate": "auto"}, {"rate": True}]
    study = hand_made_study(
        *(completed(number, 0.9 - number / 10, params=given) for number, given in enumerate(params))
    )
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


def test_the_board_is_written_whole_twice_and_leaves_nothing_beside(tmp_path: Path) -> None:
    study = mixed_study(tmp_path)
    for _ in range(2):
        write_board(Analysis(study), StudyFolder(tmp_path, study.name))
    own, last = tmp_path / NAME / "leaderboard.csv", tmp_path / "leaderboard.csv"
    assert own.read_text() == last.read_text() == as_csv(board(Analysis(study)))
    names = sorted(path.name for path in [*tmp_path.iterdir(), *(tmp_path / NAME).iterdir()])
    assert names == [".lock", "journal.log", "leaderboard.csv", "leaderboard.csv", NAME]


def test_the_board_of_the_results_folder_is_that_of_the_study_written_last(tmp_path: Path) -> None:
    for name, trials in (("one", 1), ("two", 2)):
        with opened(tmp_path, tiny_sweep(trials=trials), name=name) as ledger:
            drain(ledger)
        write_board(Analysis(read_study(tmp_path, name)), StudyFolder(tmp_path, read_study(tmp_path, name).name))
    assert len(pd.read_csv(tmp_path / "leaderboard.csv")) == 2
    assert len(pd.read_csv(tmp_path / "one" / "leaderboard.csv")) == 1


def test_the_whole_board_can_be_rebuilt_from_the_journal_alone(tmp_path: Path) -> None:
    study = mixed_study(tmp_path)
    write_board(Analysis(study), StudyFolder(tmp_path, study.name))
    text = (tmp_path / "leaderboard.csv").read_text()
    for path in tmp_path.rglob("leaderboard.csv"):
        path.unlink()
    write_board(Analysis(read_study(tmp_path, NAME)), StudyFolder(tmp_path, read_study(tmp_path, NAME).name))
    assert (tmp_path / "leaderboard.csv").read_text() == text


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
