"""`leaderboard`: what it prints, and one message with exit status 2 for wrong input."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from builders import NAME, complete, drain, fail, mixed_study, opened, tiny_sweep
from commands import refusal, run, space_file, sweep

from sweep.analysis.leaderboard import board
from sweep.analysis.study_analysis import Analysis
from sweep.cli.leaderboard import _encodable
from sweep.data.sources import resolve
from sweep.space.loader import load_sweep
from sweep.study.definition import Definition
from sweep.study.opening import open_ledger
from sweep.study.records import read_study
from sweep.study.storage.folder import JOURNAL

pytestmark = pytest.mark.usefixtures("signals_put_back", "no_training")


def test_the_table_has_all_trials_by_rank_and_tells_study_and_data(results: Path) -> None:
    result = sweep("leaderboard", NAME, "--results", results)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "study tiny on tiny images, by val_accuracy"
    assert lines[1].split()[:3] == ["rank", "trial", "state"]
    assert [re.findall(r"\d+", line)[0] for line in lines[2:5]] == ["1", "2", "3"]
    assert "the baseline" in lines[3]
    assert "it said" in lines[7]
    assert lines[8] == ""
    assert lines[9].startswith("The best of 3 noisy scores is partly luck: 95.00 % by validation is worth at most")
    assert lines[10].startswith(
        "No smaller configuration is within the noise of the best by validation: trial 1, 95.00 %"
    )
    assert len(lines) == 11


def test_csv_is_the_file_that_run_writes(tmp_path: Path) -> None:
    file = space_file(tmp_path)
    loaded = load_sweep(file)
    definition = Definition.of(loaded, resolve(loaded.data, "auto", {}))
    with open_ledger(tmp_path / "results", "my_space", loaded, definition) as ledger:
        complete(ledger, ledger.next_trial())  # type: ignore[arg-type]
        fail(ledger, ledger.next_trial(), '=1+1, or "two"\nlines')  # type: ignore[arg-type]
        drain(ledger, 0.7)
    assert run(file).exit_code == 0
    result = sweep("leaderboard", "my_space", "--results", tmp_path / "results", "--format", "csv")
    assert result.stdout == (tmp_path / "results" / "my_space" / "leaderboard.csv").read_text()
    frame = pd.read_csv(io.StringIO(result.stdout))
    assert frame["trial"].tolist() == [2, 0, 1]
    assert frame["error"].tolist()[2] == '\'=1+1, or "two" lines'


def test_json_is_a_list_of_rows_with_null_for_what_is_missing(results: Path) -> None:
    rows = json.loads(sweep("leaderboard", NAME, "--results", results, "--format", "json").stdout)
    assert [row["trial"] for row in rows] == [1, 0, 2, 5, 4, 3]
    assert list(rows[0]) == list(board(Analysis(read_study(results, NAME))).columns)
    assert (rows[0]["rank"], rows[0]["is_baseline"], rows[0]["val_accuracy"]) == (1, False, 0.95)
    assert rows[5]["rank"] is None
    assert rows[5]["test_accuracy"] is None
    assert rows[0]["learning_rate"] == read_study(results, NAME).trials[1].params["learning_rate"]


def test_markdown_has_a_head_a_rule_and_equally_many_cells_a_row(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        complete(ledger, ledger.next_trial())  # type: ignore[arg-type]
        fail(ledger, ledger.next_trial(), "a | b")  # type: ignore[arg-type]
    lines = sweep("leaderboard", NAME, "--results", tmp_path, "--format", "md").stdout.splitlines()
    cells = [line.split("|") for line in lines]
    assert {len(row) for row in cells} == {len(cells[0])}
    assert set("".join(cells[1])) == {" ", "-"}
    assert "a &#124; b" in lines[3]
    assert "<NA>" not in lines[3]
    assert "nan" not in lines[3]


@pytest.mark.parametrize("form", ["table", "csv", "json", "md"])
def test_a_limit_keeps_the_first_rows_in_every_format(results: Path, form: str) -> None:
    result = sweep("leaderboard", NAME, "--results", results, "--format", form, "--limit", "2")
    whole = sweep("leaderboard", NAME, "--results", results, "--format", form)
    assert result.exit_code == whole.exit_code == 0
    assert 0 < len(result.stdout) < len(whole.stdout)
    if form == "json":
        assert [row["trial"] for row in json.loads(result.stdout)] == [1, 0]


@pytest.mark.parametrize(
    ("column", "trials"),
    [
        ("val_accuracy", [1, 0, 2, 5, 4, 3]),
        ("test_accuracy", [1, 0, 2, 5, 4, 3]),
        ("vs_baseline", [1, 0, 2, 5, 4, 3]),
        ("trial", [0, 1, 2, 3, 4, 5]),
        ("rank", [1, 0, 2, 5, 4, 3]),
        ("duration_seconds", [5, 4, 1, 0, 2, 3]),  # equals stay as they were
    ],
)
def test_the_board_can_be_sorted_by_a_column(results: Path, column: str, trials: list[int]) -> None:
    rows = json.loads(sweep("leaderboard", NAME, "--results", results, "--format", "json", "--sort-by", column).stdout)
    assert [row["trial"] for row in rows] == trials


def test_every_column_can_be_sorted_by_even_one_of_mixed_kinds(tmp_path: Path) -> None:
    def mixed(trial: Any) -> dict[str, Any]:
        return {"rate": trial.suggest_categorical("rate", [None, 0.5, "auto", True])}

    with opened(tmp_path, tiny_sweep(space=mixed, baseline={"rate": None}, trials=10)) as ledger:
        drain(ledger)
    for column in board(Analysis(read_study(tmp_path, NAME))).columns:
        result = sweep("leaderboard", NAME, "--results", tmp_path, "--sort-by", column, "--format", "csv")
        assert result.exit_code == 0, (column, result.exception)
        assert len(result.stdout.splitlines()) == 11


def test_without_a_name_it_is_the_study_that_ran_last(results: Path) -> None:
    with opened(results, name="later") as ledger:
        complete(ledger, ledger.next_trial())  # type: ignore[arg-type]
    assert "study later" in sweep("leaderboard", "--results", results).stdout


def test_a_running_study_has_a_board(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        ledger.next_trial()
        result = sweep("leaderboard", NAME, "--results", tmp_path)
    assert result.exit_code == 0
    assert "RUNNING" in result.stdout


def test_a_study_that_only_just_began_has_an_empty_board(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass
    for form in ("table", "csv", "json", "md"):
        result = sweep("leaderboard", NAME, "--results", tmp_path, "--format", form)
        assert result.exit_code == 0, result.exception


def test_a_data_set_named_like_markup_is_named_whole(tmp_path: Path) -> None:
    loaded = tiny_sweep()
    definition = Definition(
        **{**Definition.of(loaded, resolve("digits", "auto", {})).as_json(), "dataset": "shapes[v2]"}
    )
    with open_ledger(tmp_path, NAME, loaded, definition) as ledger:
        drain(ledger)
    assert "on shapes[v2], by" in sweep("leaderboard", NAME, "--results", tmp_path).stdout


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["other"], "there is no study 'other'"),
        (["--format", "xml"], "--format must be one of table, csv, json, md, but got 'xml'"),
        (["--limit", "0"], "--limit must be a whole number >= 1, but got 0"),
        (["--limit", "-3"], "--limit must be a whole number >= 1, but got -3"),
        (["--sort-by", "accuracy"], "--sort-by must be a column of the board (rank, trial"),
    ],
)
def test_wrong_words_to_leaderboard_are_told_the_right_ones(results: Path, flags: list[str], says: str) -> None:
    assert says in refusal(sweep("leaderboard", "--results", results, *flags))


def test_a_results_folder_without_a_study_says_how_to_begin_one(tmp_path: Path) -> None:
    for results in (tmp_path, tmp_path / "nowhere"):
        assert "python -m sweep run" in refusal(sweep("leaderboard", "--results", results))


def test_a_broken_journal_is_one_message(results: Path) -> None:
    (results / NAME / JOURNAL).write_bytes(b"not a journal\nat all\nreally\n")
    assert "must be an Optuna journal" in refusal(sweep("leaderboard", NAME, "--results", results))
    assert "must be an Optuna journal" in refusal(sweep("show", NAME, "0", "--results", results))


def test_a_board_without_runs_never_waits_for_scipy(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    code = (
        "import sys; from sweep.cli.app import app\n"
        f"app(['leaderboard', '--results', {str(tmp_path)!r}], standalone_mode=False)\n"
        "sys.exit('scipy.stats' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_names_that_the_output_can_not_encode_stay_different(monkeypatch: pytest.MonkeyPatch) -> None:
    output = io.TextIOWrapper(io.BytesIO(), encoding="latin-1", errors="replace")
    monkeypatch.setattr(sys, "stdout", output)
    assert _encodable("\u65e5,\u672c,\xe9") == "\\u65e5,\\u672c,\xe9"
