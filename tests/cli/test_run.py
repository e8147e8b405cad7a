"""`run`: what is refused before anything starts, and studies that are there."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from builders import fail
from commands import changed, finished, refusal, run, space_file, sweep

from sweep.data import sources
from sweep.data.sources import resolve
from sweep.space.loader import load_sweep
from sweep.study.definition import Definition
from sweep.study.opening import open_ledger
from sweep.study.storage.folder import JOURNAL, study_names

pytestmark = pytest.mark.usefixtures("signals_put_back", "no_training")


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
        ("trials=3", "trials=3, enqueue=[{}]", "enqueue[0] must give a value for filters_1"),
        (
            "trials=3",
            "trials=3, constraints={'parameters': 9}",
            "must keep the constraints, but the model has 83,491 parameters",
        ),
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
        ('"batch_size": 8}', '"dense_units": trial.suggest_int("batch_size", 1, 3)}'),
        ('{"filters_1": 16}', '{"filters_1": 16, "batch_size": 2}'),
    )
    assert "it suggested batch_size and did not return it" in refusal(run(file))


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
        (["--set", "filters_2=8"], "must name a parameter that the space suggests (filters_1), not 'filters_2'"),
        (["--set", "filters_1=64"], "where filters_1 is one of 8, 16, 32, but got '64'"),
        (["--set", "filters_1"], "--set must be NAME=VALUE, but got 'filters_1'"),
        (["--from", "nothing"], "there is no study 'nothing'"),
        (["--from", "my_space"], "--from must name another study than my_space"),
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


def test_a_finished_study_of_several_objectives_shows_its_front_and_the_cheapest_tied(tmp_path: Path) -> None:
    file = changed(tmp_path, ("data=data", 'data=data, objective=["val_accuracy", "parameters"]'))
    results = finished(file)
    text = run(file).stdout
    assert "nothing left to do" in text
    assert "parameters" in next(line for line in text.splitlines() if line.startswith("rank"))
    assert "worth about" not in text  # whose luck was best is not told of several
    assert "within the noise of the best by validation" in text
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
    assert "within the noise of the best by validation" in result.stdout
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


def test_a_finished_study_is_yet_to_be_confirmed_unless_told_not_to(tmp_path: Path) -> None:
    file = changed(tmp_path, ("confirm_seeds=0", "confirm_seeds=2"))
    finished(file)
    assert "its best is yet to be confirmed" in run(file).stdout
    assert "nothing left to do" in run(file, "--no-confirm").stdout


def test_a_torn_journal_is_told_and_a_damaged_run_json_is_not_in_the_way(tmp_path: Path) -> None:
    file = space_file(tmp_path)
    folder = finished(file) / "my_space"
    (folder / "run.json").write_text("{")
    with (folder / JOURNAL).open("ab") as journal:
        journal.write(b'{"op_code": 5, "wor')
    result = run(file)
    assert result.exit_code == 0
    assert "the last 19 bytes of the journal were an incomplete write" in result.stderr
    assert "nothing left to do" in result.stdout
