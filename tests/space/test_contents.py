"""What objects hold has a part in the fingerprint, also where no source tells it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sweep.space.code import function_sha256
from sweep.space.contents import own_name, slots
from sweep.space.loader import load_sweep

HEAD = "import enum, functools\nfrom typing import NamedTuple\nfrom sweep import Sweep\n"
TAIL = "\nSWEEP = Sweep(space=lambda trial: {}, baseline={}, model=MODEL)\n"
NET = "def net(held, params):\n    return held\n"
FACTORY = f"def factory(n):\n    def made(params%s):\n        return params\n%s    return made\nMODEL = factory({16})\n"
WRAPPER = """
class Wrapper:
    def __init__(self, function, n):
        functools.update_wrapper(self, function)
        self.n = n
    def __call__(self, params):
        return self.__wrapped__(self.n + 1)
def make(n):
    return n
MODEL = Wrapper(make, 16)
"""
KINDS = {
    "default": FACTORY % (", k=n", ""),
    "keyword default": FACTORY % (", *, k=n", ""),
    "attribute": FACTORY % ("", "    made.n = n\n"),
    "lambda's default": "def factory(n):\n    return lambda params, k=n: k\nMODEL = factory(16)\n",
    "wrapped in a cache": "def factory(n):\n    return functools.cache(lambda params, k=n: k)\nMODEL = factory(16)\n",
    "NamedTuple": "class M(NamedTuple):\n    n: int\n    def __call__(self, p):\n        return 16\nMODEL = M(1)\n",
    "dict": "class M(dict):\n    def __call__(self, params):\n        return 16\nMODEL = M(n=1)\n",
    "list's attribute": (
        "class M(list):\n    def __call__(self, params):\n        return self.n\nMODEL = M()\n"
        "def give(m, n):\n    m.n = n\ngive(MODEL, 16)\n"
    ),
    "partial": (
        f"{NET}class P(functools.partial):\n    def __call__(self, params):\n        return 16\nMODEL = P(net, 1)\n"
    ),
    "enum of texts": (
        f"{NET}class Size(str, enum.Enum):\n    A = 'a'\n    @property\n    def units(self):\n        return 16\n"
        "MODEL = functools.partial(net, Size.A)\n"
    ),
    "wrapper's state": WRAPPER,
    "wrapper's code": WRAPPER.replace("16", "1").replace("+ 1", "+ 16"),
    "inherited slots": (
        "class Base:\n    __slots__ = ('n',)\n    def __init__(self, n):\n        self.n = n\nclass M(Base):\n"
        "    __slots__ = ()\n    def build(self, params):\n        return self.n\nMODEL = M(16).build\n"
    ),
    "answers anything": (
        "class M:\n    def __getattr__(self, name):\n        return 16\n    def __call__(self, params):\n"
        "        return self.n\nMODEL = M()\n"
    ),
    "fails to answer": (
        "class M:\n    def __getattr__(self, name):\n        return {'n': 16}[name]\n    def __call__(self, params):\n"
        "        return self.n\nMODEL = M()\n"
    ),
}


def fingerprint(folder: Path, code: str) -> str:
    file = folder / "contents_file.py"
    file.write_text(f"{HEAD}{code}{TAIL}")
    model = load_sweep(file).model
    assert model is not None
    return function_sha256(model, folder)


@pytest.mark.parametrize("kind", KINDS)
def test_what_an_object_is_and_holds_counts(tmp_path: Path, kind: str) -> None:
    code = KINDS[kind]
    before = fingerprint(tmp_path, code)
    assert fingerprint(tmp_path, f"# nothing\n{code}") == before
    assert fingerprint(tmp_path, code.replace("16", "32")) != before


ORDINARY = {
    "function": "WIDTH = 2\ndef MODEL(params, *, k=WIDTH):\n    return k\n",
    "closure": "def factory(n):\n    def made(params):\n        return n\n    return made\nMODEL = factory(16)\n",
    "object": "class M:\n    n = 16\n    def __call__(self, params):\n        return self.n\nMODEL = M()\n",
    "partial": f"{NET}MODEL = functools.partial(net, {{'n': [1, (2.5, None)]}})\n",
    "decorated": (
        "def twice(f):\n    @functools.wraps(f)\n    def g(params):\n        return f(params)\n    return g\n"
        "@twice\ndef MODEL(params):\n    return 1\n"
    ),
}
"""Kinds of code that were hashed before what other kinds hold was seen."""
BEGINNINGS = {
    "function": "1:134b89b23f25",
    "closure": "1:1ca7bb6b50fa",
    "object": "1:1fd385f19dbd",
    "partial": "1:cc5b1055fd15",
    "decorated": "1:20f37349c061",
}


@pytest.mark.parametrize("kind", ORDINARY)
def test_ordinary_code_keeps_the_hash_that_studies_began_with(tmp_path: Path, kind: str) -> None:
    assert fingerprint(tmp_path, ORDINARY[kind])[:14] == BEGINNINGS[kind]


def test_slots_are_those_of_all_bases_by_the_names_that_they_are_written_with() -> None:
    class Base:
        __slots__ = ("__hidden", "late")

        def __init__(self) -> None:
            self.__hidden = 1

    class Named(Base):
        __slots__ = "name"

    named = Named()
    named.name = "a"  # type: ignore[attr-defined]
    assert slots(named) == {"name": "a", "__hidden": 1, "late": None}


def test_only_a_text_is_a_name() -> None:
    class Answers:
        def __getattr__(self, name: str) -> int:
            return 16

    assert own_name(Answers()) == ""
    assert own_name(own_name) == "own_name"
