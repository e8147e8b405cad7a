"""The files in search_spaces/ that bring models, data or training of their own run as they stand, on small budgets."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import program
import pytest

import sweep
from sweep.space.loader import load_sweep

pytestmark = pytest.mark.sweep

FULL = os.environ.get("SWEEP_FAULTS") == "full"
"""Else only some of the files are run, as they take minutes."""
FOLDER = program.ROOT / "search_spaces"
METRICS = {
    "custom": ["accuracy"],
    "regression": ["mae"],
    "two_inputs": ["accuracy"],
    "timeseries": ["rmse"],
    "imbalanced": ["auc", "recall"],
    "own_training": ["accuracy"],
}
"""The metrics on the board of each file, in its order."""


def expect_plain_kerass_numbers(study: sweep.Study, board: pd.DataFrame) -> None:
    """The board's test metrics are those of plain Keras's `evaluate` of the baseline's model on the file's own data."""
    *_, (x, y) = load_sweep(FOLDER / f"{study.name}.py").data()  # type: ignore[operator]
    measured = study.model(0).evaluate(x, y, verbose=0, return_dict=True)
    row = board.set_index("trial").loc[0]
    for name in METRICS[study.name]:
        assert row[f"test_{name}"] == pytest.approx(measured[name], abs=1e-5)


@pytest.mark.parametrize("name", METRICS if FULL else ["regression", "imbalanced", "own_training"])
def test_each_file_runs_from_the_shell(tmp_path: Path, name: str) -> None:
    file, flags = FOLDER / f"{name}.py", ["--trials", "2", "--epochs", "2", "--no-confirm", "--jobs", "1"]
    status, out, err = program.sweep("run", file, *flags, cwd=tmp_path)
    assert (status, err) == (0, ""), out
    board = program.board(tmp_path)
    space = load_sweep(file)
    measured = [f"{part}_{metric}" for metric in METRICS[name] for part in ("val", "test")]
    assert list(board.columns)[: 4 + len(measured)] == ["rank", "trial", "is_baseline", "state", *measured]
    assert {*space.baseline, "epochs", "parameters"} <= set(board.columns)
    assert sorted(board["trial"]) == [0, 1]
    baseline = board[board["is_baseline"]].iloc[0]
    assert (baseline["trial"], baseline["state"], baseline["epochs"]) == (0, "COMPLETE", 2)
    assert set(board["state"]) <= {"COMPLETE", "PRUNED"}
    assert board.loc[board["state"] == "COMPLETE", measured].notna().all(axis=None)
    assert (board["parameters"] > 0).all()
    if name in ("regression", "imbalanced", "timeseries", "two_inputs"):
        expect_plain_kerass_numbers(sweep.load(name, tmp_path / "results"), board)


SCRIPT = """
import sys
import sweep

for file in sys.argv[1:]:
    study = sweep.run(file, trials=1, epochs=1, confirm=False, progress=False, jobs=1)
    (row,) = study.leaderboard().to_dict("records")
    print(study.name, row["state"], study.sweep)
print(round(sweep.load("regression").best.test["mae"], 6) == round(row["test_mae"], 6))
"""


def test_files_run_from_python_one_after_another(tmp_path: Path) -> None:
    files = [str(FOLDER / f"{name}.py") for name in ("own_training", "regression")]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *files],
        cwd=tmp_path,
        env=program.environment(),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["own_training COMPLETE None", "regression COMPLETE None", "True"]
