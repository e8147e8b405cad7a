"""What `check` promises of a sweep's time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import program
import pytest

from sweep.cli.check import duration_lines, what_pruning_saves
from sweep.execution.duration import Duration

ABOUT = Duration(baseline=25.0, search=310.0, unpruned=400.0, pruned=8, confirm=220.0, runs=14, slots=2, timed=9)


def test_a_sweeps_time_is_told_from_the_command_to_its_end() -> None:
    assert duration_lines(ABOUT, 24) == [
        "about 25 s to train the baseline, and 5:10 for the search: 24 trials, 2 side by side on this machine, "
        "if about 8 are pruned (6:40 if none is) (from 9 configurations, the baseline timed to its first rung)",
        "then about 3:40 to confirm the best: 14 runs on all examples; they find a difference of 1.6 seed-to-seed sd "
        "four times in five",
        "about 8:53 in all",
    ]
    assert len(duration_lines(replace(ABOUT, runs=0, confirm=0.0), 24)) == 2
    assert duration_lines(replace(ABOUT, runs=28, confirmed=3), 24)[1] == (
        "then about 3:40 to confirm the best 3: 28 runs on all examples; they find a difference of 2.0 seed-to-seed sd "
        "four times in five"
    )


def test_where_nothing_is_pruned_or_nobody_knows_nothing_is_promised() -> None:
    assert what_pruning_saves(replace(ABOUT, pruned=0)) == "all of them to their end"
    assert what_pruning_saves(replace(ABOUT, pruned=None)) == "if none is pruned"


OWN = """
import helper_of_the_model
from sweep import Sweep

def space(trial):
    return {"units": trial.suggest_int("units", 4, 8)}

def model(params):
    import keras

    layers = keras.layers
    made = keras.Sequential([keras.Input((28, 28)), layers.Flatten(), layers.Dense(helper_of_the_model.CLASSES)])
    made.compile("adam", LOSS)
    return made

SWEEP = Sweep(space=space, baseline={"units": 4}, model=model, data="digits", trials=3, epochs=1)
"""
"""A search-space file with a model function that uses a module beside it."""


@pytest.mark.sweep
@pytest.mark.parametrize(
    ("loss", "status", "says"),
    [
        ("'sparse_categorical_crossentropy'", 0, "about"),
        ("lambda labels, scores: scores.nothing", 2, "the baseline must be buildable, but AttributeError: "),
    ],
)
def test_an_own_model_is_built_and_trained_for_a_step_wherever_the_command_is_typed(
    tmp_path: Path, loss: str, status: int, says: str
) -> None:
    (tmp_path / "helper_of_the_model.py").write_text("CLASSES = 10\n")
    (tmp_path / "mine.py").write_text(OWN.replace("LOSS", loss))
    (tmp_path / "elsewhere").mkdir()
    words = ["check", tmp_path / "mine.py", "--samples", "3"]
    ended, out, err = program.sweep(*words, cwd=tmp_path / "elsewhere")
    assert ended == status, err
    assert says in (err if status else out)
    assert "WARNING: trials may be pruned after 10 % of their epochs" in out.splitlines()[1]
    assert "mine.py: the space has 1 parameter, and the baseline lies inside it" in out
    assert out.count("infeasible") == (4 if status else 0)  # the same fault in the baseline and all samples
