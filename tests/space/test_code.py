"""A function's fingerprint changes with what it does, wherever that is written, and with nothing else."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from sweep.space.code import function_sha256, same_code
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


def test_a_lambda_is_followed_as_a_function_is(tmp_path: Path) -> None:
    text = FILE.replace("model=make_model", "model=lambda params: make_model(params)")
    before = written(tmp_path, text)
    for old, new, same in (
        ("UNUSED = 1", "UNUSED = 2", True),
        ("TRIALS = 4", "TRIALS = 5", True),
        ("WIDTH = 64", "WIDTH = 65", False),
        ("make_model(params),", "1 + make_model(params),", False),
    ):
        assert old in text
        assert (written(tmp_path, text.replace(old, new)) == before) is same, old


PACKAGED = """
from sweep import Sweep
from everything import *
from pack import layers
from pack.blocks import block
import pack
import importing

WIDTHS = [8]
WIDTHS.append(16)

class Builder:
    def __init__(self, units):
        self.units = units

    def __call__(self, params):
        return helped(self.units) + layers.DEEP + block(WIDTHS) + pack.elsewhere.FAR

def factory(units):
    def build(params):
        return helped(units)
    return build

SWEEP = Sweep(space=lambda trial: {}, baseline={}, model=Builder(4))
"""
FILES = {
    "everything.py": "FACTOR = 2\ndef helped(x):\n    return FACTOR * x\n",
    "pack/__init__.py": "",
    "pack/layers.py": "DEEP = 3\n",
    "pack/blocks.py": "from .inner import size\ndef block(widths):\n    return size\n",
    "pack/inner.py": "size = 5\n",
    "pack/elsewhere.py": "FAR = 6\n",
    "importing.py": "import pack.elsewhere\n",
    "packaged.py": PACKAGED,
}


def packaged(folder: Path, name: str = "", old: str = "", new: str = "") -> str:
    """The fingerprint of the callable of `PACKAGED`, with one of the files changed."""
    for path, text in FILES.items():
        assert name != path or old in text
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text.replace(old, new) if name == path else text)
    model = load_sweep(folder / "packaged.py").model
    assert model is not None
    return function_sha256(model, folder)


@pytest.mark.parametrize(
    "change",
    [
        ("everything.py", "FACTOR = 2", "FACTOR = 3"),
        ("pack/layers.py", "DEEP = 3", "DEEP = 4"),
        ("pack/blocks.py", "return size", "return 2 * size"),
        ("pack/inner.py", "size = 5", "size = 6"),
        ("pack/elsewhere.py", "FAR = 6", "FAR = 7"),
        ("packaged.py", "model=Builder(4)", "model=Builder(5)"),
        ("packaged.py", "model=Builder(4)", "model=factory(4)"),
        ("packaged.py", "WIDTHS.append(16)", "WIDTHS.append(32)"),
    ],
    ids=[
        "star import",
        "submodule",
        "package",
        "relative import",
        "imported elsewhere",
        "object's state",
        "another",
        "changed in place",
    ],
)
def test_however_code_is_spread_what_is_used_is_followed(tmp_path: Path, change: tuple[str, str, str]) -> None:
    assert packaged(tmp_path, *change) != packaged(tmp_path) == packaged(tmp_path)


def test_what_a_closure_holds_is_part_of_it(tmp_path: Path) -> None:
    four, five = (packaged(tmp_path, "packaged.py", "Builder(4)", f"factory({units})") for units in (4, 5))
    assert four != five


REGISTERED = """
import json
from helper import half, unused
from sweep import Sweep

KINDS = {}
TRIALS = 4

def register(function):
    KINDS[function.__name__] = function
    return function

@register
def small(params):
    return half(2)

def make_model(params):
    return KINDS["small"](params), json

SWEEP = Sweep(space=lambda trial: {}, baseline={}, model=make_model, data=lambda: json.loads("1"), trials=TRIALS)
"""


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("return half(2)", "return half(3)", False),
        ("TRIALS = 4", "TRIALS = 5", True),
        ('json.loads("1")', 'json.loads("2")', True),
        ("import half, unused", "import half", True),
    ],
    ids=["registered by a decorator", "budget", "data", "import that is not used"],
)
def test_what_a_decorator_registers_is_used_and_what_the_sweep_is_made_with_is_not(
    tmp_path: Path, old: str, new: str, same: bool
) -> None:
    assert old in REGISTERED
    before = written(tmp_path, REGISTERED)
    assert (written(tmp_path, REGISTERED.replace(old, new)) == before) is same


EFFECTS = """
import importlib
import blocks
import registry
import tools
from sweep import Sweep

def make_model(params):
    late = importlib.import_module("late")
    kind = importlib.import_module(f"kinds.{params['kind']}")
    return registry.KINDS[params["kind"]](params), registry.WIDTH, late, kind

SWEEP = Sweep(space=lambda trial: {}, baseline={}, model=make_model)
"""
BESIDE = {
    "registry.py": "KINDS = {}\nWIDTH = 1\ndef register(function):\n    KINDS[function.__name__] = function\n"
    "    return function\ndef widen():\n    global WIDTH\n    WIDTH = 2\n",
    "blocks.py": "import registry\nDEPTH = 3\n@registry.register\ndef small(params):\n    return DEPTH\n"
    "for name in ['a', 'b']:\n    registry.KINDS.update({name: small})\nregistry.LIMIT = 4\n"
    "try:\n    import more\nexcept ImportError:\n    pass\n",
    "more.py": "import registry\nregistry.KINDS['x'] = None\n",
    "tools.py": "SPARE = 5\ndef spare():\n    return SPARE\nif __name__ == '__main__':\n    print(SPARE)\n",
    "late.py": "import later\n",
    "later.py": "LATER = 6\n",
    "kinds/wide.py": "UNITS = 7\n",
    "kinds/__init__.py": "",
    "other.py": "OTHER = 8\n",
    "effects.py": EFFECTS,
}


def effects(folder: Path, name: str = "", old: str = "", new: str = "") -> str:
    """The fingerprint of the model function of `EFFECTS`, with one of the files changed."""
    for path, text in BESIDE.items():
        assert name != path or old in text
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text.replace(old, new) if name == path else text)
    model = load_sweep(folder / "effects.py").model
    assert model is not None
    return function_sha256(model, folder)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("blocks.py", "DEPTH = 3", "DEPTH = 4"),
        ("blocks.py", "'b'", "'c'"),
        ("blocks.py", "LIMIT = 4", "LIMIT = 5"),
        ("registry.py", "WIDTH = 2", "WIDTH = 3"),
        ("more.py", "None", "0"),
        ("later.py", "6", "7"),
        ("kinds/wide.py", "7", "8"),
    ],
    ids=["registered elsewhere", "in a loop", "set elsewhere", "global", "import in a try", "by name", "computed name"],
)
def test_what_other_modules_do_when_they_are_imported_and_what_is_imported_by_its_name_counts(
    tmp_path: Path, name: str, old: str, new: str
) -> None:
    assert effects(tmp_path, name, old, new) != effects(tmp_path)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("tools.py", "5", "6"),
        ("tools.py", "print(SPARE)", "pass"),
        ("other.py", "8", "9"),
        ("effects.py", "import tools", ""),
    ],
    ids=["not used", "program", "not imported", "import without effects"],
)
def test_a_module_that_is_imported_and_not_used_has_no_part_unless_it_does_something(
    tmp_path: Path, name: str, old: str, new: str
) -> None:
    assert effects(tmp_path, name, old, new) == effects(tmp_path)


def test_a_renamed_file_is_the_same_code(tmp_path: Path) -> None:
    before = written(tmp_path)
    renamed = (tmp_path / "my_space.py").rename(tmp_path / "another_name.py")
    model = load_sweep(renamed).model
    assert model is not None
    assert function_sha256(model, tmp_path) == before


def build(params: object, *held: object) -> object:
    return held


class Slotted:
    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([64, 32, 32], [64, 64, 32]),
        ([[1, 2], [3]], [[1], [2, 3]]),
        ({"a": max, "b": min}, {"a": min, "b": max}),
        (np.float32(1), np.float32(2)),
        (np.array([1]), np.array([2])),
        (Path("a"), Path("b")),
        (np.floor, np.ceil),
        (Slotted(1), Slotted(2)),
        ("x".join, "y".join),
        (1, 1.0),
        (None, 0),
    ],
)
def test_what_is_held_is_told_apart(one: object, other: object) -> None:
    here = Path(__file__).parent
    first, again, second = (function_sha256(partial(build, held=held), here) for held in (one, one, other))
    assert first == again != second


def test_hashes_of_two_ways_of_hashing_say_nothing_about_each_other() -> None:
    assert same_code("1:a", "1:a")
    assert not same_code("1:a", "1:b")
    assert same_code("0:a", "1:b")


def test_a_long_chain_of_functions_and_a_module_that_is_no_python_are_hashed(tmp_path: Path) -> None:
    chain = "".join(f"def f{i}():\n    return f{i + 1}()\n" for i in range(2000)) + "def f2000():\n    return 1\n"
    assert written(tmp_path, helper=HELPER.replace("x / FACTOR", "x / FACTOR + f0()") + chain)
    text = FILE.replace("    import inside\n", "    import broken\n    import inside\n")
    (tmp_path / "broken.py").write_text("print 'two'\n")
    before = written(tmp_path, text)
    (tmp_path / "broken.py").write_text("print 'three'\n")
    assert written(tmp_path, text) != before
