"""What the top of a module binds: names, what counts always, and nothing that only a program runs."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from sweep.space.bindings import ALWAYS, bindings_of, made_from
from sweep.space.code import function_sha256
from sweep.space.loader import load_sweep

FILE = """
import narrow
import wide
from kinds import Kind
from sweep import Sweep

class Base:
    known = {}
    def __init_subclass__(cls):
        Base.known[cls.__name__] = cls

class Small(Base):
    UNITS = 8

class Unused(ValueError):
    UNITS = 16

def make_model(params):
    return Base.known["Small"].UNITS, Kind.__subclasses__(Kind)

SWEEP = Sweep(space=lambda trial: {}, baseline={}, model=make_model)
"""
BESIDE = {
    "bindings_file.py": FILE,
    "kinds.py": "class Kind(type):\n    pass\n",
    "wide.py": "from kinds import *\n\nif True:\n    class Wide(metaclass=Kind):\n        UNITS = 32\n",
    "narrow.py": "import kinds\n\nclass Narrow(kinds.Kind):\n    UNITS = 4\n",
}


def changed(folder: Path, name: str = "", old: str = "", new: str = "") -> str:
    """The fingerprint of the model function of `FILE`, with one of the files changed."""
    for path, text in BESIDE.items():
        assert name != path or old in text
        (folder / path).write_text(text.replace(old, new) if name == path else text)
    model = load_sweep(folder / "bindings_file.py").model
    assert model is not None
    return function_sha256(model, folder)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("bindings_file.py", "UNITS = 8", "UNITS = 9"),
        ("wide.py", "UNITS = 32", "UNITS = 33"),
        ("narrow.py", "UNITS = 4", "UNITS = 5"),
    ],
    ids=["base in the same file", "metaclass by a star", "base in another module"],
)
def test_a_class_that_only_its_base_knows_counts(tmp_path: Path, name: str, old: str, new: str) -> None:
    assert changed(tmp_path, name, old, new) != changed(tmp_path)


def test_a_class_that_is_made_from_none_of_the_users_counts_where_it_is_used(tmp_path: Path) -> None:
    assert changed(tmp_path, "bindings_file.py", "UNITS = 16", "UNITS = 17") == changed(tmp_path)


@pytest.mark.parametrize(
    ("test", "factors"),
    [
        ("__name__ == '__main__'", ["F = 3"]),
        ('"__main__" == __name__', ["F = 3"]),
        ("__name__ != '__main__'", ["F = 1"]),
        ("len(__name__) > 3", ["if len(__name__) > 3:\n    F = 1\nelse:\n    F = 3"]),
    ],
)
def test_only_the_branch_that_no_search_space_file_takes_has_no_part(
    tmp_path: Path, test: str, factors: list[str]
) -> None:
    source = tmp_path / "branches.py"
    source.write_text(f"if {test}:\n    F = 1\nelse:\n    F = 3\n")
    assert [ast.unparse(statement) for statement in bindings_of(source)["F"]] == factors


def test_what_is_set_elsewhere_and_what_is_no_python_counts_always(tmp_path: Path) -> None:
    source = tmp_path / "effects.py"
    source.write_text("import other\nother.WIDTH = 1\n")
    assert set(bindings_of(source)) == {"other", ALWAYS}
    source.write_text("1 +")
    assert set(bindings_of(source)) == {ALWAYS}


def test_a_class_is_made_from_what_its_bases_and_its_keywords_name() -> None:
    statement = ast.parse("class A(b.C, D[E], metaclass=F): pass").body[0]
    assert isinstance(statement, ast.ClassDef)
    assert made_from(statement) == {"b", "D", "E", "F"}


STATE = """
import contextlib
import math
from effects_beside import put_there
from sweep import Sweep

STATE = {"n": 1}
SIZES = [16, 32]

def put(n):
    STATE["n"] = n

@contextlib.contextmanager
def placed(n):
    STATE["n"] = n
    yield

def make_model(params):
    return STATE["n"], SIZES, globals().get("UNITS")

%s

def make_units(params):
    return UNITS

SWEEP = Sweep(space=lambda trial: {}, baseline={}, model=%s)
"""


def with_statement(folder: Path, statement: str, model: str) -> str:
    """The fingerprint of the model function of a file with a statement at its top."""
    (folder / "effects_beside.py").write_text("def put_there(n):\n    return n\n")
    file = folder / "effects_file.py"
    file.write_text(STATE % (statement, model))
    function = load_sweep(file).model
    assert function is not None
    return function_sha256(function, folder)


@pytest.mark.parametrize(
    ("statement", "model"),
    [
        ("del SIZES[0]", "make_model"),
        ("assert put(0) is None", "make_model"),
        ("assert put_there(0) == 0", "make_model"),
        ("if put(0):\n    pass", "make_model"),
        ("with placed(0):\n    pass", "make_model"),
        ("for _ in [put(0)]:\n    pass", "make_model"),
        ("while put(0):\n    pass", "make_model"),
        ("match put(0):\n    case _:\n        pass", "make_model"),
        ("match 1:\n    case _ if put(0):\n        pass", "make_model"),
        ("try:\n    put(0)\nfinally:\n    pass", "make_model"),
        ("match 0:\n    case UNITS:\n        pass", "make_units"),
        ("match [0, 2]:\n    case [_, *UNITS]:\n        pass", "make_units"),
        ("match {0: 1}:\n    case {**UNITS}:\n        pass", "make_units"),
    ],
)
def test_a_statement_that_changes_something_and_binds_nothing_counts(
    tmp_path: Path, statement: str, model: str
) -> None:
    assert with_statement(tmp_path, statement, model) != with_statement(tmp_path, statement.replace("0", "1"), model)


@pytest.mark.parametrize(
    "statement",
    ["assert len(SIZES) > 0", "if math.sqrt(0) > 1:\n    pass", "for _ in range(3):\n    pass", "LAST = 1\ndel LAST"],
)
def test_a_statement_that_asks_what_python_and_packages_answer_has_no_part(tmp_path: Path, statement: str) -> None:
    assert with_statement(tmp_path, statement, "make_model") == with_statement(tmp_path, "", "make_model")
