"""The commands as they are typed: what they print, and one message with exit status 2 for wrong input."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pandas as pd
import pytest
from builders import NAME, complete, drain, fail, mixed_study, opened, tiny_sweep
from click.testing import Result
from typer.testing import CliRunner

from sweep.analysis.leaderboard import board
from sweep.analysis.study_analysis import Analysis
from sweep.cli.app import app
from sweep.cli.export import model_to_export
from sweep.data import sources
from sweep.data.sources import resolve
from sweep.errors import InputError
from sweep.space.loader import load_sweep
from sweep.study.definition import Definition
from sweep.study.opening import open_confirmations, open_ledger
from sweep.study.origin import Origin
from sweep.study.provenance import count_test_evaluations
from sweep.study.records import ConfirmingRun, read_study
from sweep.study.storage.folder import JOURNAL, StudyFolder, study_names

GOOD = """
import numpy as np
from sweep import Sweep

def space(trial):
    return {"filters_1": trial.suggest_categorical("filters_1", [8, 16, 32]), "batch_size": 8}

def data():
    x = np.random.default_rng(0).integers(0, 256, (30, 28, 28), dtype=np.uint8)
    y = np.arange(30) % 3
    return (x[:24], y[:24]), (x[24:], y[24:])

SWEEP = Sweep(
    space=space, baseline={"filters_1": 16}, trials=3, epochs=1, rungs=(50,), data=data, confirm_seeds=0
)
"""

pytestmark = pytest.mark.usefixtures("signals_put_back", "no_training")


@pytest.fixture
def no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that wrongly gets as far as starting Ray fails at once."""
    monkeypatch.setitem(sys.modules, "sweep.execution.ray.cluster", None)


def sweep(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def space_file(folder: Path, text: str = GOOD, name: str = "my_space.py") -> Path:
    path = folder / name
    path.write_text(dedent(text))
    return path


def changed(folder: Path, *pairs: tuple[str, str]) -> Path:
    text = GOOD
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return space_file(folder, text)


def run(file: Path, *flags: object) -> Result:
    return sweep("run", file, "--results", file.parent / "results", *flags)


def refusal(result: Result) -> str:
    """The one message of a command that was given wrong input."""
    assert result.exit_code == 2, (result.exit_code, result.output, result.exception)
    assert "Traceback" not in result.output
    lines = result.stderr.splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("sweep: ")
    assert result.stdout == ""
    return lines[0]


def finished(file: Path, name: str = "my_space") -> Path:
    """The study of a file, brought up to its budget without any training; returns the results folder."""
    results = file.parent / "results"
    loaded = load_sweep(file)
    dataset = resolve(loaded.data, "auto", {})
    with open_ledger(results, name, loaded, Definition.of(loaded, dataset)) as ledger:
        ledger.note_origin(Origin.of(file, loaded, "auto", dataset))
        drain(ledger)
    return results


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A results folder with one study of six trials."""
    mixed_study(tmp_path)
    return tmp_path


# confirm


def test_confirm_says_what_the_runs_say_and_makes_none_that_are_there(tmp_path: Path) -> None:
    results = finished(space_file(tmp_path))
    with open_confirmations(results, "my_space") as confirmations:
        for number, score in ((0, 0.9), (1, 0.95)):
            for index in range(8):
                confirmations.add(ConfirmingRun(number, index, index, score + index / 1000))
    result = sweep("confirm", "my_space", "--results", results)
    assert result.exit_code == 0, result.output
    assert "Trial 1 is better than the baseline on these test images, by +5.00 points." in result.stdout
    board_there = pd.read_csv(results / "my_space" / "leaderboard.csv").set_index("trial")
    assert board_there.loc[1].verdict == "better"
    assert board_there.loc[1].diff_low < 0.05 < board_there.loc[1].diff_high


def test_what_was_confirmed_is_shown_counted_and_exported_by_its_first_run(tmp_path: Path) -> None:
    results = finished(space_file(tmp_path))
    folder = results / "my_space"
    (folder / "run.json").write_text("{}")
    with open_confirmations(results, "my_space") as confirmations:
        for number, index, score in ((0, 0, 0.70), (0, 1, 0.71), (1, 0, 0.91), (1, 1, 0.95)):
            confirmations.add(ConfirmingRun(number, index, 1, score))
        confirmations.add(ConfirmingRun(2, 0, 4, error="ValueError: no luck"))
        count_test_evaluations(StudyFolder(results, "my_space"), confirmations.record())
    shown = sweep("show", "my_space", "1", "--results", results).stdout
    assert "91.00" in shown
    assert "95.00" in shown
    assert "no luck" in sweep("show", "my_space", "2", "--results", results).stdout
    counted = json.loads((folder / "run.json").read_text())["test_evaluations"]
    assert counted == {"completed_trials": 3, "confirming_runs": 4, "total": 7}
    model = folder / "models" / "confirm-0001-00.keras"
    with pytest.raises(InputError, match=r"confirm-0001-00\.keras, but it is gone"):
        model_to_export(Analysis(read_study(results, "my_space")), StudyFolder(results, "my_space"))
    model.parent.mkdir()
    model.write_bytes(b"a model")
    found = model_to_export(Analysis(read_study(results, "my_space")), StudyFolder(results, "my_space"))
    assert (found.path, found.test_accuracy) == (model, 0.91)


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (("--seeds", "1"), "--seeds must be 2 to 999"),
        (("--seeds", "1000"), "--seeds must be 2 to 999"),
        (("--top", "0"), "--top must be"),
        (("--jobs", "0"), "--jobs must be"),
        (("--max-failures", "-1"), "--max-failures must be"),
        (("--timeout", "0"), "--timeout must be"),
        (("--space", "no.py"), "no.py"),
        (("--data", "digits"), "must be trained on the data it began with"),
    ],
)
def test_confirm_refuses_wrong_flags(tmp_path: Path, flags: tuple[str, str], says: str) -> None:
    results = finished(space_file(tmp_path))
    assert says in refusal(sweep("confirm", "my_space", "--results", results, *flags))


def test_confirm_refuses_a_study_without_a_rival(results: Path, tmp_path: Path) -> None:
    assert "there is no study 'nothing'" in refusal(sweep("confirm", "nothing", "--results", results))
    file = changed(tmp_path, ("trials=3", "trials=1"))
    assert "besides the baseline" in refusal(sweep("confirm", "my_space", "--results", finished(file)))


def test_a_finished_study_is_yet_to_be_confirmed_unless_told_not_to(tmp_path: Path) -> None:
    file = changed(tmp_path, ("confirm_seeds=0", "confirm_seeds=2"))
    finished(file)
    assert "its best is yet to be confirmed" in run(file).stdout
    assert "nothing left to do" in run(file, "--no-confirm").stdout


# leaderboard


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
    assert lines[10].startswith("No cheaper configuration is tied with the best by validation: trial 1, 95.00 %")
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


# show


def test_show_tells_everything_about_a_trial(results: Path) -> None:
    trial = read_study(results, NAME).trials[1]
    text = sweep("show", NAME, "1", "--results", results).stdout
    lines = {line.split()[0]: line for line in text.splitlines() if line.strip()}
    assert text.startswith("trial 1 of study tiny: COMPLETE\n")
    assert lines["rank"].split() == ["rank", "1"]
    assert "94.00 % (+5.00 points against the baseline)" in text
    assert lines["seed"].split()[1] == str(trial.seed)
    assert lines["node"].split()[1] == "node-a"
    assert "1,234" in text
    assert str(trial.params["learning_rate"]) in lines["learning_rate"]
    assert "(baseline: 0.001)" in lines["learning_rate"]
    assert lines["batch_size"].split() == ["batch_size", "32"]
    assert lines["50"].split()[1:4] == ["2.5", "95.00", "0.0500"]
    assert lines["100"].split()[1:4] == ["5", "95.00", "0.0500"]


def test_show_tells_why_a_trial_failed_with_its_traceback(results: Path) -> None:
    text = sweep("show", NAME, "3", "--results", results).stdout
    assert "FAIL" in text
    assert 'ValueError: it said "no", twice' in text
    assert "Traceback:\n  line 1" in text


def test_show_of_the_baseline_compares_it_with_nothing(results: Path) -> None:
    text = sweep("show", NAME, "0", "--results", results).stdout
    assert re.search(r"baseline +yes", text)
    assert "against the baseline" not in text


def test_show_of_a_pruned_and_of_a_running_trial(results: Path) -> None:
    text = sweep("show", NAME, "4", "--results", results).stdout
    assert "PRUNED" in text
    assert "test accuracy" not in text
    with opened(results, name="running") as ledger:
        ledger.next_trial()
        result = sweep("show", "running", "0", "--results", results)
    assert result.exit_code == 0
    assert "RUNNING" in result.stdout


@pytest.mark.parametrize("number", ["6", "99"])
def test_show_of_a_trial_that_is_not_there_tells_the_range(results: Path, number: str) -> None:
    assert "has trials 0 to 5" in refusal(sweep("show", NAME, number, "--results", results))


def test_show_of_a_study_that_is_not_there_tells_which_are(results: Path) -> None:
    assert "there are: tiny" in refusal(sweep("show", "other", "0", "--results", results))


# run: what is refused before anything starts


def test_a_missing_file(tmp_path: Path) -> None:
    assert "nothing.py does not exist" in refusal(run(tmp_path / "nothing.py"))
    assert "is a folder" in refusal(sweep("run", tmp_path))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "must define SWEEP = Sweep("),
        ("x = 1\ny = (\n", "my_space.py, line 2: "),
        ("def space(trial)\n    pass\n", "my_space.py, line 1: "),
        ("SWEEP = 3\n", "must be a sweep.Sweep, but it is a int"),
        ("import nothing_of_this_name\n", "my_space.py, line 1: ModuleNotFoundError"),
        ("from sweep import Sweep\nSWEEP = Sweep(space=len, baseline={}, trials=0)\n", "line 2: InputError: trials"),
    ],
)
def test_a_file_that_defines_no_sweep(tmp_path: Path, text: str, says: str) -> None:
    assert says in refusal(run(space_file(tmp_path, text)))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            'return {"filters_1"',
            'raise RuntimeError("no idea")\n    return {"filters_1"',
            "raised RuntimeError: no idea",
        ),
        ("return {", "return [1]\n    return {", "must return a dict of params, but it returned list"),
        ('"batch_size": 8}', '"batch_size": 8} if trial.suggest_int("depth", 1, 3) else 0', "value for depth"),
        ('{"filters_1": 16}', '{"filters_1": 17}', "filters_1=17 is not in"),
        ('{"filters_1": 16}', "{}", "must give a value for filters_1"),
        ('{"filters_1": 16}', '{"filters_1": 16, "filters_2": 8}', "also has filters_2"),
        ('{"filters_1": 16}', '{"filters_1": 16, "batch_size": 4}', "returns batch_size=8, not 4"),
        ('"batch_size": 8', '"optimizer": "adm"', "optimizer must be one of rmsprop, adam"),
        ('"batch_size": 8', '"filter_2": 8', "build_model does not know filter_2"),
        ('"batch_size": 8', '"batch_size": 0', "batch_size must be a whole number >= 1"),
        ('"batch_size": 8', '"rank": 8', "params can't be named like a column of the board"),
        ("[8, 16, 32]", "[8, 16, -32]", "filters_1 must be a whole number >= 1, but got -32"),
        ("(x[24:], y[24:])", "None", "the data function data must return"),
        ("data=data", 'data="nowhere.npz"', "there is no file nowhere.npz"),
    ],
)
def test_a_sweep_that_no_trial_could_run(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert says in refusal(run(changed(tmp_path, (old, new))))
    assert not (tmp_path / "results").exists()


def test_a_space_that_forgets_what_it_suggests(tmp_path: Path) -> None:
    file = changed(
        tmp_path,
        ('"batch_size": 8}', '"batch_size": trial.suggest_int("depth", 1, 3)}'),
        ('{"filters_1": 16}', '{"filters_1": 16, "depth": 2}'),
    )
    assert "must return every parameter it suggests, but it forgot depth" in refusal(run(file))


def test_a_space_that_fails_only_on_some_configurations_is_found_before_the_first_trial(tmp_path: Path) -> None:
    file = changed(tmp_path, ('"batch_size": 8}', '"batch_size": 8 // (trial.params["filters_1"] != 32)}'))
    message = refusal(run(file))
    assert "ZeroDivisionError" in message


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--trials", "0"], "trials must be a whole number >= 1, but got 0"),
        (["--trials", "-5"], "trials must be a whole number >= 1, but got -5"),
        (["--epochs", "-1"], "epochs must be a whole number >= 1, but got -1"),
        (["--seed", "-1"], "seed must be a whole number >= 0, but got -1"),
        (["--jobs", "0"], "--jobs must be a whole number >= 1, but got 0"),
        (["--jobs", "-2"], "--jobs must be a whole number >= 1, but got -2"),
        (["--cpus-per-trial", "0"], "cpus_per_trial must be a whole number >= 1, but got 0"),
        (["--gpus-per-trial", "-0.5"], "gpus_per_trial must be a number >= 0, but got -0.5"),
        (["--gpus-per-trial", "nan"], "gpus_per_trial must be a number >= 0, but got nan"),
        (["--gpus-per-trial", "1.5"], "gpus_per_trial above 1 must be whole"),
        (["--target", "nan"], "--target must be a number"),
        (["--data", "nowhere.npz"], "there is no file nowhere.npz"),
        (["--name", "a/b"], "a study's name must be"),
        (["--name", ".."], "a study's name must be"),
        (["--name", ".hidden"], "a study's name must be"),
        (["--name", "two words"], "a study's name must be"),
        (["--name", "new\nline"], "a study's name must be"),
        (["--name=-x"], "a study's name must be"),
        (["--name", "\udcff"], "a study's name must be"),
        (["--name", ""], "a study's name must be"),
        (["--name", "leaderboard.csv"], "a study's name must be"),
        (["--name", "x" * 201], "at most 200 bytes"),
        (["--name", "ä" * 101], "at most 200 bytes"),
    ],
)
def test_flags_that_cannot_be_meant(tmp_path: Path, flags: list[str], says: str) -> None:
    file = space_file(tmp_path)
    assert says in refusal(run(file, *flags))


@pytest.mark.parametrize("flags", [["--trials", "many"], ["--epochs", "1.5"], ["--sampler", "tpe"], ["--jobs"]])
def test_words_that_are_no_flags_or_no_numbers_end_with_status_2(tmp_path: Path, flags: list[str]) -> None:
    result = run(space_file(tmp_path), *flags)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert flags[0] in result.stderr


def test_a_file_whose_name_is_no_study_name_is_told_to_give_one(tmp_path: Path) -> None:
    message = refusal(run(space_file(tmp_path, name="my space.py")))
    assert "give a --name" in message


def test_results_that_are_a_file(tmp_path: Path) -> None:
    file = space_file(tmp_path)
    (tmp_path / "results").write_text("in the way")
    assert "the results folder must be writable" in refusal(run(file))


def test_a_file_where_the_study_should_be(tmp_path: Path) -> None:
    file = space_file(tmp_path)
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "my_space").write_text("in the way")
    assert "the results folder must be writable" in refusal(run(file))


def test_a_folder_where_the_board_should_be_is_no_traceback(tmp_path: Path) -> None:
    file = space_file(tmp_path)
    (finished(file) / "leaderboard.csv").mkdir()
    result = run(file)
    assert result.exit_code == 1
    assert "Is a directory" in result.stderr
    assert "leaderboard.csv" in result.stderr
    assert isinstance(result.exception, SystemExit)


def test_mnist_that_cannot_be_had_is_refused_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_download", lambda environ: None)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SWEEP_DATA", raising=False)
    monkeypatch.delenv("KERAS_HOME", raising=False)
    assert "--data PATH/mnist.npz" in refusal(run(space_file(tmp_path), "--data", "mnist"))


def test_a_target_needs_a_single_objective(tmp_path: Path) -> None:
    file = changed(tmp_path, ("data=data", 'data=data, objective=["val_accuracy", "parameters"]'))
    message = refusal(run(file, "--target", "0.9"))
    assert "--target must have a single objective to look at, but the file has val_accuracy, parameters" in message


# run: studies that are there


def test_a_finished_study_of_several_objectives_shows_its_front_and_the_cheapest_tied(tmp_path: Path) -> None:
    file = changed(tmp_path, ("data=data", 'data=data, objective=["val_accuracy", "parameters"]'))
    results = finished(file)
    text = run(file).stdout
    assert "nothing left to do" in text
    assert "parameters" in next(line for line in text.splitlines() if line.startswith("rank"))
    assert "worth about" not in text  # whose luck was best is not told of several
    assert "tied with the best by validation" in text
    frame = pd.read_csv(results / "leaderboard.csv")
    assert frame["rank"].tolist() == [1, 1, 1]  # all are alike
    assert frame["front"].all()
    board = sweep("leaderboard", "--results", results).stdout
    assert board.splitlines()[0].endswith("by val_accuracy and parameters; rank 1 is the Pareto front")


def test_a_finished_study_has_nothing_left_to_do_and_shows_its_board(tmp_path: Path) -> None:
    file = space_file(tmp_path)
    results = finished(file)
    before = (results / "my_space" / JOURNAL).read_bytes()
    result = run(file)
    assert result.exit_code == 0, result.output
    assert "already has its 3 trials: nothing left to do" in result.stdout
    assert "3 COMPLETE, 0 PRUNED, 0 FAIL" in result.stdout
    assert "tied with the best by validation" in result.stdout
    assert "the baseline" in result.stdout
    assert len(pd.read_csv(results / "leaderboard.csv")) == 3
    assert (results / "my_space" / JOURNAL).read_bytes() == before
    assert run(file).stdout == result.stdout


def test_a_smaller_budget_than_there_is_has_nothing_left_to_do_either(tmp_path: Path) -> None:
    file = space_file(tmp_path)
    finished(file)
    result = run(file, "--trials", "2")
    assert result.exit_code == 0
    assert "already has its 3 trials" in result.stdout


def test_a_target_that_a_trial_has_reached_leaves_nothing_to_do_whatever_the_budget(tmp_path: Path) -> None:
    file = space_file(tmp_path)
    before = (finished(file) / "my_space" / JOURNAL).read_bytes()
    result = run(file, "--trials", "9", "--target", "0.001")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("trial 0 reached the target given with --target: nothing left to do")
    assert "the same command without --target goes on" in result.stdout
    assert (tmp_path / "results" / "my_space" / JOURNAL).read_bytes() == before


def test_quiet_says_nothing(tmp_path: Path) -> None:
    file = space_file(tmp_path)
    finished(file)
    result = run(file, "--quiet")
    assert (result.exit_code, result.output) == (0, "")


def test_the_next_command_that_is_named_works(tmp_path: Path) -> None:
    file = space_file(tmp_path)
    finished(file)
    line = run(file).stdout.splitlines()[-1]
    words = line.partition("python -m sweep ")[2].split()
    assert words[0] == "show"
    assert sweep(*words).exit_code == 0


def test_another_sweep_under_the_same_name_names_the_difference_and_new(tmp_path: Path) -> None:
    file = space_file(tmp_path)
    results = finished(file)
    message = refusal(run(file, "--epochs", "4"))
    assert "epochs was 1, now 4" in message
    assert "--new" in message
    assert study_names(results) == ["my_space"]


def test_a_study_whose_baseline_failed_ends_with_status_3_and_the_reason(tmp_path: Path) -> None:
    file = space_file(tmp_path)
    loaded = load_sweep(file)
    definition = Definition.of(loaded, resolve(loaded.data, "auto", {}))
    with open_ledger(tmp_path / "results", "my_space", loaded, definition) as ledger:
        fail(ledger, ledger.next_trial(), "ValueError: it is broken")  # type: ignore[arg-type]
    result = run(file)
    assert result.exit_code == 3
    assert "the baseline (trial 0) failed" in result.stderr
    assert "ValueError: it is broken" in result.stderr
    assert "--new" in result.stderr


def test_a_study_that_another_driver_has_open_is_refused(tmp_path: Path) -> None:
    file = space_file(tmp_path)
    loaded = load_sweep(file)
    definition = Definition.of(loaded, resolve(loaded.data, "auto", {}))
    with open_ledger(tmp_path / "results", "my_space", loaded, definition):
        assert "one driver at a time" in refusal(run(file))


# the program


@pytest.mark.parametrize(
    "words", [["--help"], ["run", "--help"], ["leaderboard", "-h"], ["show", "-h"], ["check", "-h"], ["compare", "-h"]]
)
def test_help_is_there_and_ends_well(words: list[str]) -> None:
    result = sweep(*words)
    assert result.exit_code == 0
    assert "Usage: " in result.stdout


@pytest.mark.parametrize("words", [["trane"], ["leaderbord"], ["--no-such-flag"]])
def test_an_unknown_command_or_flag_ends_with_status_2(words: list[str]) -> None:
    assert sweep(*words).exit_code == 2


def test_an_incomplete_last_write_is_reported_and_a_damaged_run_json_is_not_in_the_way(tmp_path: Path) -> None:
    file = space_file(tmp_path)
    folder = finished(file) / "my_space"
    (folder / "run.json").write_text("{")
    with (folder / JOURNAL).open("ab") as journal:
        journal.write(b'{"op_code": 5, "wor')
    result = run(file)
    assert result.exit_code == 0
    assert "the last 19 bytes of the journal were an incomplete write" in result.stderr
    assert "nothing left to do" in result.stdout
