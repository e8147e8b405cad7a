"""A sweep over a train function of the user's: interrupted, gone on with, reproduced, exported, checked."""

from __future__ import annotations

import signal
from pathlib import Path

import program
import pytest

pytestmark = pytest.mark.sweep

SPACE = """
import pickle
import time
import numpy as np
from sweep import Sweep

def space(trial):
    return {"rate": trial.suggest_float("rate", 0.1, 1.0), "width": trial.suggest_categorical("width", [2, 4])}

def data():
    x, y = np.arange(36, dtype="float32").reshape(18, 2), np.arange(18) % 2
    return (x, y), (x[:4], y[:4])

def train(params, run):
    done, position, rng = (0, 0.0, np.random.default_rng(run.seed)) if run.saved is None else pickle.loads(run.saved)
    print(f"seed {run.seed} begins after epoch {done}")
    for epoch in range(done + 1, run.epochs + 1):
        with open("EPOCHS", "a") as file:
            file.write(f"{run.seed} {epoch}\\n")
        time.sleep(PAUSE)
        position += params["rate"] * rng.normal()
        run.report(epoch, val_score=position, parameters=params["width"])
        run.save(pickle.dumps((epoch, position, rng)))
    run.test(test_score=position + len(run.data.train))

SWEEP = Sweep(
    space=space, baseline={"rate": 0.5, "width": 2}, train=train, data=data, objective="val_score",
    direction="maximize", trials=4, epochs=20, rungs=(), confirm_seeds=0,
)
"""


def space_file(folder: Path, pause: float = 0.4) -> Path:
    text = SPACE.replace("PAUSE", str(pause)).replace("EPOCHS", str(folder / "epochs"))
    return program.space_file(folder, text, "walk.py")


def test_an_interrupted_sweep_goes_on_from_what_was_saved_and_has_the_same_numbers(tmp_path: Path) -> None:
    file = space_file(tmp_path)
    driver = program.start(["run", file], tmp_path)
    epochs = tmp_path / "epochs"
    program.wait_for(lambda: epochs.exists() and len(epochs.read_text().splitlines()) >= 12, driver)
    program.send(driver, signal.SIGINT)
    status, _, err = program.finish(driver, timeout=60)
    assert (status, "To go on, type:" in err) == (130, True)
    begun = epochs.read_text().splitlines()
    status, out, err = program.sweep("run", file, cwd=tmp_path)
    assert (status, err) == (0, ""), out
    trained = epochs.read_text().splitlines()
    assert len(trained) <= 4 * 20 + 2 * 2  # of each of the two trials an epoch that was under way, and one unsaved
    assert len(trained) > len(begun)
    board = program.board(tmp_path)
    assert set(board["state"]) == {"COMPLETE"}
    assert (board["parameters"] == board["width"]).all()
    assert (board["test_score"] - board["val_score"]).tolist() == pytest.approx([15] * 4)

    (tmp_path / "whole").mkdir()
    status, _, err = program.sweep("run", space_file(tmp_path / "whole", pause=0.05), cwd=tmp_path / "whole")
    assert (status, err) == (0, "")
    whole = program.board(tmp_path / "whole").set_index("trial")
    row = board.set_index("trial").loc[0]
    assert (row["val_score"], row["test_score"]) == (whole.loc[0, "val_score"], whole.loc[0, "test_score"])
    curves = [program.trials(folder, "walk")[0].user_attrs["curve"] for folder in (tmp_path, tmp_path / "whole")]
    assert [(point["step"], point["val_score"]) for point in curves[0]] == [
        (point["step"], point["val_score"]) for point in curves[1]
    ]
    assert [point["step"] for point in curves[0]] == list(range(5, 101, 5))


def test_a_trial_is_reproduced_confirmed_and_has_no_model_to_export(tmp_path: Path) -> None:
    file = space_file(tmp_path, pause=0)
    status, out, err = program.sweep("check", file, "--samples", "2", cwd=tmp_path)
    assert (status, err) == (0, "")
    assert "rate=0.5 width=2" in out
    assert len([line for line in out.splitlines() if line.startswith("  rate=")]) == 3
    assert "its train function is not called here" in out
    assert not (tmp_path / "epochs").exists()

    status, out, err = program.sweep("run", file, "--trials", "2", "--jobs", "1", cwd=tmp_path)
    assert (status, err) == (0, ""), out
    status, out, err = program.sweep("reproduce", "walk", "1", cwd=tmp_path)
    assert (status, err) == (0, ""), out
    assert "identical" in out
    status, out, err = program.sweep("confirm", "walk", "--seeds", "2", "--jobs", "1", cwd=tmp_path)
    assert (status, err) == (0, ""), out
    assert "0 of 2" not in out
    assert "4 runs on all 18 training examples" in out
    board = program.board(tmp_path).set_index("trial")
    assert board.loc[0, "confirmed_seeds"] == 2
    assert board.loc[0, "confirmed_mean"] > 13  # the 18 training examples of a confirming run, and a short walk

    status, out, err = program.sweep("export", "walk", "0", cwd=tmp_path)
    assert (status, out) == (2, "")
    assert "the model of trial 0 must be in" in err
    assert "its train function keeps none" in err


def test_a_function_that_never_reports_fails_the_baseline_with_what_to_do(tmp_path: Path) -> None:
    text = (
        SPACE.replace("run.report(epoch, ", "dict(").replace("PAUSE", "0").replace("EPOCHS", str(tmp_path / "epochs"))
    )
    status, _, err = program.sweep("run", program.space_file(tmp_path, text, "walk.py"), cwd=tmp_path)
    assert status == 3
    assert "train(params, run) must call run.report(epoch, val_score=...) at least once" in err
