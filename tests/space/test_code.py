"""A function's fingerprint changes with what it does, wherever that is written, and with nothing else."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from sweep.space.code import function_sha256
from sweep.space.loader import load_sweep

FILE = '''
import math
import helper
from helper import half
from sweep import Sweep

WIDTH = 64
UNUSED = 1
TRIALS = 4

def space(trial):
    return {"units": trial.suggest_int("units", 8, 16)}

def shared(x):
    """Twice."""
    return 2 * x  # as much again

def make_model(params):
    import inside
    return shared(WIDTH) + half(4) + math.floor(inside.DEPTH)

def other(params):
    return UNUSED

SWEEP = Sweep(space=space, baseline={"units": 8}, model=make_model, trials=TRIALS)
'''
HELPER = "FACTOR = 2\n\ndef half(x):\n    return x / FACTOR\n\ndef unused():\n    return 1\n"
INSIDE = "DEPTH = 3\n"


def written(folder: Path, text: str = FILE, helper: str = HELPER, inside: str = INSIDE) -> str:
    """The fingerprint of the model function of such files."""
    (folder / "helper.py").write_text(helper)
    (folder / "inside.py").write_text(inside)
    file = folder / "my_space.py"
    file.write_text(text)
    model = load_sweep(file).model
    assert model is not None
    return function_sha256(model, folder)


@pytest.mark.parametrize(
    "pair",
    [
        ("# as much again", "# twice as much"),
        ('"""Twice."""', '"""Two times."""'),
        ("UNUSED = 1", "UNUSED = 2"),
        ("TRIALS = 4", "TRIALS = 40"),
        ("    return 2 * x", "\n    return (2 *   x)"),
        ("return UNUSED", "return 7"),
        ('"units", 8, 16', '"units", 8, 32'),
    ],
    ids=["comment", "docstring", "unused constant", "budget", "formatting", "unused function", "space"],
)
def test_what_has_no_part_in_training_changes_nothing(tmp_path: Path, pair: tuple[str, str]) -> None:
    assert FILE.replace(*pair) != FILE
    assert written(tmp_path, FILE.replace(*pair)) == written(tmp_path)


@pytest.mark.parametrize(
    "pair",
    [
        ("WIDTH = 64", "WIDTH = 65"),
        ("return 2 * x", "return 3 * x"),
        ("math.floor", "math.ceil"),
        ("half(4)", "half(5)"),
    ],
    ids=["constant", "function used", "own body", "argument"],
)
def test_what_trains_changes_it(tmp_path: Path, pair: tuple[str, str]) -> None:
    assert written(tmp_path, FILE.replace(*pair)) != written(tmp_path)


def test_modules_beside_the_file_are_followed_as_far_as_they_are_used(tmp_path: Path) -> None:
    before = written(tmp_path)
    assert written(tmp_path, helper=HELPER.replace("FACTOR = 2", "FACTOR = 4")) != before
    assert written(tmp_path, inside="DEPTH = 4\n") != before
    narrow = FILE.replace("import helper\n", "")
    assert written(tmp_path, narrow, HELPER.replace("return 1", "return 2")) == written(tmp_path, narrow)


def test_what_is_fixed_by_partial_is_part_of_it(tmp_path: Path) -> None:
    def build(width: int, params: object) -> int:
        return width

    one, same, two = (function_sha256(partial(build, width), Path(__file__).parent) for width in (1, 1, 2))
    assert one == same != two


def test_a_function_that_cannot_be_followed_by_name_stands_for_its_whole_module(tmp_path: Path) -> None:
    text = FILE.replace("model=make_model", "model=lambda params: make_model(params)")
    before = written(tmp_path, text)
    assert written(tmp_path, text) == before
    assert written(tmp_path, text.replace("UNUSED = 1", "UNUSED = 2")) != before
