"""Spaces as people write them, through a whole sweep: what the model is given is what the space wrote."""

from __future__ import annotations

import ast
from pathlib import Path

import program
import pytest

pytestmark = pytest.mark.sweep

SPACE = """
import numpy as np
from sweep import Sweep

def space(trial):
    width = trial.suggest_int("width", 1, 3)
    depth = trial.suggest_categorical("depth", np.array([1, 2]))
    kernel = trial.suggest_categorical("kernel", [(3, 3), (5, 3), [2, 2], None])
    return {"units": [8 * width] * depth, "kernel": kernel, "pool": (4, 4), "batch_size": 64}

def model(params):
    import keras

    assert set(params) == {"units", "kernel", "pool", "batch_size"}, params
    assert params["kernel"] in ((3, 3), (5, 3), [2, 2], None), params
    assert type(params["pool"]) is tuple, params
    layers = keras.layers
    made = keras.Sequential([
        keras.Input((28, 28, 1)),
        layers.MaxPooling2D(params["pool"]),
        layers.Conv2D(4, params["kernel"] or 1),
        layers.Flatten(),
        *(layers.Dense(units, activation="relu") for units in params["units"]),
        layers.Dense(10),
    ])
    made.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return made

SWEEP = Sweep(
    space=space,
    baseline={"width": np.int64(1), "depth": 1, "kernel": (3, 3)},
    enqueue=[{"width": 1, "depth": 2, "kernel": [2, 2]}, {"width": 3, "depth": 2, "kernel": None}],
    constraints={"parameters": 3000},
    model=model,
    data="digits",
    trials=4,
    epochs=1,
    rungs=(),
    confirm_seeds=0,
)
"""


def test_all_that_a_space_may_say_reaches_the_model_and_the_board(tmp_path: Path) -> None:
    file = program.space_file(tmp_path, SPACE)
    status, out, err = program.sweep(
        "run", file, "--set", "kernel=(5,3)", "--set", "width=1", "--jobs", "1", cwd=tmp_path
    )
    assert (status, err) == (0, "")
    assert "new ones all with kernel=(5, 3) width=1" in out
    board = program.board(tmp_path).sort_values("trial")
    assert list(board["state"]) == ["COMPLETE", "COMPLETE", "PRUNED", "COMPLETE"]
    assert [None if text != text else ast.literal_eval(text) for text in board["kernel"]] == [
        (3, 3),
        [2, 2],
        None,
        (5, 3),
    ]
    assert list(board["width"]) == [1, 1, 3, 1]
    excluded = board[board["trial"] == 2].iloc[0]
    assert "more than the 3,000 that constraints allow" in excluded["error"]
    assert excluded["parameters"] > 3000
    assert excluded["duration_seconds"] != excluded["duration_seconds"]  # missing: it was not trained
