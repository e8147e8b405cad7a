"""A hypermodel through a whole sweep: its hyperparameters on the board, its models on the workers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import program
import pytest

pytestmark = pytest.mark.sweep

SCRIPT = """
import keras
import sweep
import widths

class Hyper:
    def __init__(self, widest):
        self.widest = widest

    def build(self, hp):
        optimizer = hp.Choice("optimizer", ["adam", "sgd"])
        units = hp.Int("units", 8, self.widest, sampling="log")
        if units > 60:
            raise ValueError("too wide")
        model = keras.Sequential([
            keras.Input((28, 28, 1)),
            keras.layers.Flatten(),
            widths.dense(units),
            keras.layers.Dense(10, activation="softmax"),
        ])
        model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

def swept(widest):
    return sweep.from_hypermodel(
        Hyper(widest), {"units": 16}, batch_size=100, enqueue=[{"units": 64, "optimizer": "sgd"}], trials=3, epochs=1,
        data="digits", confirm_seeds=0,
    )

study = sweep.run(swept(64), name="ported", progress=False, jobs=1)
print(study.leaderboard().sort_values("trial")[["state", "units", "batch_size"]].values.tolist()[:2])
print(study.trials[1].error, [layer.units for layer in study.model(0).layers[1:]], study.reproduce(0).verdict)
try:
    sweep.run(swept(65), name="ported", trials=4, progress=False)
except sweep.InputError as error:
    print(error)
"""
WIDTHS = "import keras\n\ndef dense(units):\n    return keras.layers.Dense(units, activation='relu')\n"


def test_a_script_s_hypermodel_is_swept_over_and_its_attributes_belong_to_the_study(tmp_path: Path) -> None:
    (tmp_path / "widths.py").write_text(WIDTHS)
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "script.py"],
        cwd=tmp_path,
        env=program.environment(),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    board, trials, refused = done.stdout.splitlines()[-3:]
    assert board == "[['COMPLETE', 16, 100], ['FAIL', 64, 100]]"
    assert trials == "ValueError: too wide [16, 10] identical"
    assert "changed" in refused


def test_the_gallery_s_hypermodel_runs_from_the_shell(tmp_path: Path) -> None:
    file = program.ROOT / "search_spaces" / "hypermodel.py"
    status, out, err = program.sweep(
        "run", file, "--trials", "3", "--epochs", "1", "--no-confirm", "--jobs", "1", cwd=tmp_path
    )
    assert status == 0, (out, err)
    board = program.board(tmp_path).sort_values("trial")
    assert set(board["state"]) <= {"COMPLETE", "PRUNED"}
    assert board["kind"].iloc[0] == "dense"
    assert board.loc[board["kind"] == "dense", "filters"].isna().all()
    assert set(board["batch_size"]) == {32}
