"""`sweep` from Python: its names, what a study tells, and that what is wrong is one error of our own."""

from __future__ import annotations

import inspect
import io
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from boards import written
from builders import NAME, mixed_study, opened, tiny_sweep

import sweep
from sweep import api
from sweep.errors import InputError
from sweep.execution.options import ConfirmOptions, RunOptions
from sweep.study.storage.folder import study_names

NAMES = {
    *("name", "folder", "analysis", "stop_reason", "record", "trials", "baseline", "best", "best_params"),
    *("leaderboard", "verdicts", "model", "export", "compare", "confirm", "reproduce", "sweep", "report", "plot"),
}


def test_the_names_are_these(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    study = sweep.load(NAME, tmp_path)
    assert {name for name in dir(study) if not name.startswith("_")} == NAMES
    assert set(sweep.__all__) == {
        *(
            "InputError",
            "Pruned",
            "Study",
            "Sweep",
            "SweepError",
            "SweepFailed",
            "build_model",
            "from_hypermodel",
            "load",
            "run",
        ),
    }
    assert isinstance(study, sweep.Study)
    for name in set(sweep.__all__) - {"build_model"}:  # that one takes TensorFlow
        assert getattr(sweep, name).__doc__


@pytest.mark.parametrize(
    ("function", "kind", "before", "without"),
    [
        (sweep.run, RunOptions, ["space", "progress"], []),
        (sweep.Study.confirm, ConfirmOptions, ["self", "progress"], ["results"]),
    ],
)
def test_the_keywords_are_the_flags_of_the_command(
    function: Any, kind: type, before: list[str], without: list[str]
) -> None:
    shown = inspect.signature(function).parameters
    flags = {item.name: item.default for item in fields(kind) if item.name not in without}
    assert list(shown) == [*before, *flags]
    assert {name: shown[name].default for name in flags} == flags


def test_a_study_tells_what_its_board_does(tmp_path: Path) -> None:
    record = mixed_study(tmp_path)
    study = sweep.load(NAME, str(tmp_path))
    board = pd.read_csv(written(record, tmp_path))
    assert list(study.leaderboard().columns) == list(board.columns)
    assert study.leaderboard()["trial"].tolist() == board["trial"].tolist()
    assert [trial.number for trial in study.trials] == list(range(len(record.trials)))
    assert study.baseline.is_baseline
    assert study.best.number == board.loc[board["rank"] == 1, "trial"].item()
    assert study.best_params == study.best.params
    study.best_params.clear()
    assert study.best_params
    assert repr(NAME) in repr(study)
    assert study._repr_html_().count("<tr") == len(board) + 1


def test_a_study_without_a_completed_trial_has_no_best_and_no_model(tmp_path: Path) -> None:
    opened(tmp_path).__exit__(None, None, None)
    study = sweep.load(NAME, tmp_path)
    with pytest.raises(InputError, match="has no completed trial yet"):
        _ = study.best
    with pytest.raises(InputError, match="has no completed trial yet"):
        study.model()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"trails": 3}, "keywords must be among .*trials.*, but got trails"),
        ({"trials": "3"}, "trials must be int or None, but got '3'"),
        ({"jobs": True}, "jobs must be int or None, but got True"),
        ({"confirm": 1}, "confirm must be bool, but got 1"),
        ({"data": Path("x")}, "data must be str, but got"),
        ({"timeout": -1}, "timeout must be above 0"),
        ({"trials": 0}, "trials must be a whole number >= 1"),
        ({"name": "a/b"}, "a study's name must be"),
    ],
)
def test_what_is_wrong_is_refused_before_anything_starts(tmp_path: Path, options: dict[str, Any], says: str) -> None:
    with pytest.raises(sweep.InputError, match=says):
        sweep.run(tiny_sweep(), **{"results": str(tmp_path / "results"), **options})
    assert not study_names(tmp_path / "results")


def test_what_is_no_study_and_no_space_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no study 'none'"):
        sweep.load("none", tmp_path)
    with pytest.raises(InputError, match="does not exist"):
        sweep.run(tmp_path / "nowhere.py")
    with pytest.raises(InputError, match="space must be the path of a search-space file or a Sweep, but got 3"):
        sweep.run(3)  # type: ignore[arg-type]


def test_a_study_is_confirmed_where_it_is(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    with pytest.raises(InputError, match="leave out results"):
        sweep.load(NAME, tmp_path).confirm(results="elsewhere")


def test_a_trial_is_not_compared_with_itself(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    with pytest.raises(InputError, match="got trial 1 twice"):
        sweep.load(NAME, tmp_path).compare(1, 1)


def test_without_progress_nothing_is_printed_but_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    with api.shown(RunOptions(), progress=False) as observer:
        observer.tick()
    heard = io.StringIO()
    with api.shown(RunOptions(), heard) as observer:  # type: ignore[arg-type]
        assert observer is heard
    assert capsys.readouterr() == ("", "")


def test_importing_the_package_imports_nothing_that_is_slow() -> None:
    code = "import sys, sweep; print(sorted({'optuna', 'pandas', 'ray', 'tensorflow', 'typer'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
