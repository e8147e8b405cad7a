"""A sweep run inside a Python process leaves that process as it was, whatever becomes of the sweep."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import program
import pytest

pytestmark = pytest.mark.sweep

MODEL = """
def model(params):
    raise FileNotFoundError("no such layer")
"""
HELPER = "CHOICES = [4, 8]\n"


def test_a_run_leaves_its_caller_as_it_was_and_another_run_works_in_the_same_process(tmp_path: Path) -> None:
    (tmp_path / "helper_of_the_space.py").write_text(HELPER)
    text = "import helper_of_the_space\n" + program.SPACE.replace("[4, 8]", "helper_of_the_space.CHOICES")
    failing = program.SPACE.replace("def space", MODEL + "\ndef space").replace(
        "SWEEP = Sweep(", "SWEEP = Sweep(model=model,"
    )
    files = [program.space_file(tmp_path, text), program.space_file(tmp_path, failing, "failing.py")]
    done = subprocess.run(
        [sys.executable, str(program.ROOT / "tests" / "helpers" / "caller.py"), *map(str, files)],
        cwd=tmp_path,
        env=program.environment(),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stderr.splitlines() if "Error" in line or "WARNING" in line] == []
    changes = json.loads(done.stdout.splitlines()[-1])
    assert changes["statuses"] == ["completed", "completed"]
    assert {run: changed for run, changed in changes["changes"].items() if changed} == {}
    assert len(changes["changes"]) == 7
    assert program.trials(tmp_path, "five")[0].state.name == "RUNNING"
    for name in ("one", "two", "four"):
        assert [trial.state.name for trial in program.trials(tmp_path, name)] == ["COMPLETE", "COMPLETE"]
    assert program.trials(tmp_path, "six")[0].state.name == "FAIL"


NOTEBOOK = """
import sweep, helper_beside, keras

def space(trial):
    return {"units": trial.suggest_int("units", 4, 16), "batch_size": 100}

def hidden(units):
    return keras.layers.Dense(units * helper_beside.TIMES, activation="relu")

def model(params):
    made = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), hidden(params["units"]),
                             keras.layers.Dense(10, activation="softmax")])
    made.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return made

def swept():
    return sweep.Sweep(space=space, baseline={"units": 8}, model=model, data="digits", epochs=1, trials=2)

study = sweep.run(swept(), name="cells", progress=False, confirm=False, jobs=1)
again = sweep.run(swept(), name="cells", progress=False, confirm=False, jobs=1)
assert again.leaderboard().equals(study.leaderboard())
verdicts = study.confirm(seeds=2, progress=False, jobs=1)
print(study.reproduce(1).verdict)
print(len(study.trials), study.model(1).count_params(), study.trials[1].params["units"], verdicts["runs"].tolist())

def hidden(units):
    return keras.layers.Dense(units, activation="tanh")

try:
    sweep.run(swept(), name="cells", trials=3, progress=False, confirm=False)
except sweep.InputError as error:
    print(error)
"""


def test_a_sweep_made_at_a_prompt_runs_is_confirmed_and_knows_its_own_code(tmp_path: Path) -> None:
    (tmp_path / "helper_beside.py").write_text("TIMES = 2\n")
    done = subprocess.run(
        [sys.executable, "-"],
        input=NOTEBOOK,
        cwd=tmp_path,
        env=program.environment(),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    reproduced, first, second = done.stdout.splitlines()
    assert reproduced == "identical"
    trials, parameters, units, runs = first.split(maxsplit=3)
    assert (trials, runs) == ("2", "[2, 2]")
    assert int(parameters) == 785 * 2 * int(units) + 10 * (2 * int(units) + 1)  # twice: the module beside it was there
    assert "its model function, or code of yours that it uses, has changed" in second

    status, _, err = program.sweep("reproduce", "cells", "1", cwd=tmp_path)
    assert status == 2
    assert "was run from Python with functions of its own" in err
