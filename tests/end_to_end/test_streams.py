"""Data in batches and cross-validation through whole sweeps: searched, confirmed, repeated, compared, refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import keras
import program
import pytest

import sweep

pytestmark = pytest.mark.sweep

PIPELINE = program.ROOT / "search_spaces" / "pipeline.py"
FLAGS = ("--trials", "2", "--epochs", "2", "--no-confirm", "--jobs", "1")


def test_the_gallery_s_pipeline_runs_is_repeated_to_the_digit_and_keeps_to_its_data(tmp_path: Path) -> None:
    file = program.space_file(tmp_path, PIPELINE.read_text(), "pipeline.py")
    status, out, err = program.sweep("run", file, *FLAGS, cwd=tmp_path)
    assert (status, err) == (0, ""), out
    board = program.board(tmp_path)
    assert set(board["state"]) <= {"COMPLETE", "PRUNED"}
    assert board.loc[board["state"] == "COMPLETE", ["val_accuracy", "test_accuracy"]].notna().all(axis=None)
    assert set(board["dataset"]) == {"make_data"}

    status, out, err = program.sweep("reproduce", "pipeline", "0", cwd=tmp_path)
    assert (status, err) == (0, "")
    assert "\nidentical: " in out

    status, out, _ = program.sweep("export", "pipeline", "0", "--out", "kept.keras", cwd=tmp_path)
    assert status == 0
    assert "comes in batches" in out
    assert keras.saving.load_model(tmp_path / "kept.keras").input_shape == (None, 8, 8, 1)

    more = (*FLAGS, "--trials", "3")
    file.write_text(file.read_text().replace("RandomTranslation(0.1, 0.1)", "RandomTranslation(0.2, 0.1)"))
    status, _, err = program.sweep("run", file, *more, cwd=tmp_path)
    assert status == 2
    assert "--accept-changes" in err
    assert program.sweep("run", file, *more, "--accept-changes", cwd=tmp_path)[0] == 0
    assert program.ended(tmp_path, "pipeline") == 3
    file.write_text(file.read_text().replace("test_size=400", "test_size=401"))
    status, _, err = program.sweep("run", file, *FLAGS, "--trials", "4", "--accept-changes", cwd=tmp_path)
    assert status == 2
    assert "data was make_data (" in err


SCRIPT = """
import keras
import numpy as np
import sweep

def rows(count, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, 4)).astype(np.float32)
    return x, (x.sum(axis=1) > 0).astype(np.int32)

class Rows(keras.utils.PyDataset):
    def __init__(self, count, seed):
        super().__init__()
        self.x, self.y = rows(count, seed)

    def __len__(self):
        return -(-len(self.x) // 16)

    def __getitem__(self, index):
        chosen = slice(16 * index, 16 * index + 16)
        return self.x[chosen], self.y[chosen]

def batches():
    return Rows(100, 1), Rows(30, 2), Rows(40, 3)

def arrays():
    return rows(90, 1), rows(40, 3)

def space(trial):
    return {"units": trial.suggest_int("units", 2, 8)}

def model(params):
    made = keras.Sequential([
        keras.Input((4,)),
        keras.layers.Dense(params["units"], activation="relu"),
        keras.layers.Dense(2, activation="softmax"),
    ])
    made.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return made

def swept(name, **arguments):
    given = {"space": space, "baseline": {"units": 4}, "model": model, "trials": 2, "epochs": 2, "confirm_seeds": 2}
    study = sweep.run(sweep.Sweep(**{**given, **arguments}), name=name, progress=False, jobs=1)
    print(study.trials[0].state, study.trials[0].last["epochs"], study.reproduce(0).verdict)
    return study

study = swept("batches", data=batches, rungs=())
_, test = study.compare(0, 1)
print(type(test).__name__, len(study.verdicts()))
swept("folded", data=arrays, folds=3, confirm_seeds=0)
try:
    swept("folded", data=arrays, folds=4, confirm_seeds=0)
except sweep.InputError as error:
    print(error)


def other_elsewhere():
    import sys
    if "sweep.training.worker" in sys.modules:
        return Rows(100, 1), Rows(31, 2), Rows(40, 3)
    return batches()

try:
    swept("other", data=other_elsewhere, rungs=())
except sweep.SweepFailed as error:
    print("failed")
print(sweep.load("other").trials[0].error)
"""


def test_pydatasets_and_folds_are_swept_over_from_a_script(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "script.py"],
        cwd=tmp_path,
        env=program.environment(),
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    batches, compared, folded, refused, failed, reason = done.stdout.splitlines()
    assert batches == "COMPLETE 2.0 identical"
    assert compared == "PairedTest 2"
    assert folded == "COMPLETE 8.0 identical"
    assert "folds was 3, now 4" in refused
    assert failed == "failed"
    assert "must give the same val part each time it is called, 30 examples, but on a worker it gave 31" in reason
    assert sweep.load("folded", tmp_path / "results").record.definition.folds == 3
