"""The fingerprint of what a script or a prompt defines: it changes with what trains, and with nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from program import environment

from sweep.space.live_code import MAIN, members, own_text, subclasses, used_values

SCRIPT = '''
import math
import beside
from sweep.space.code import function_sha256
from sweep.space.own_modules import home_of

WIDTH = 3
UNUSED = 1

def scaled(x):
    return x * WIDTH

class Deep:
    depth = 2

    def __init__(self):
        self.kept = [1]

    def build(self, params):
        return scaled(self.depth) + math.floor(beside.half(2))

    @property
    def twice(self):
        return 2 * self.depth

def model(params):
    """A model."""
    return scaled(2) + Deep().build(params)  # as it should be

def unused():
    return UNUSED

print(*(function_sha256(item, home_of(item)) for item in (model, Deep(), lambda params: scaled(params))))
'''
BESIDE = "def half(x):\n    return x / 2\n"


def hashes(folder: Path, text: str = SCRIPT, beside: str = BESIDE, *, prompt: bool = False) -> list[str]:
    """The fingerprints of a function, an object and a lambda of a script; or of a prompt, which keeps no source."""
    folder.mkdir(exist_ok=True)
    (folder / "beside.py").write_text(beside)
    (folder / "script.py").write_text(text)
    words = ["-"] if prompt else [str(folder / "script.py")]
    done = subprocess.run(
        [sys.executable, *words], input=text, cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("prompt", [False, True])
def test_what_a_function_uses_has_part_in_its_fingerprint(tmp_path: Path, prompt: bool) -> None:
    before = hashes(tmp_path, prompt=prompt)
    assert len(set(before)) == 3
    variants = (
        ("WIDTH = 3", "WIDTH = 4", (True, True, True)),
        ("return x * WIDTH", "return x + WIDTH", (True, True, True)),
        ("depth = 2", "depth = 5", (True, True, False)),
        ("self.kept = [1]", "self.kept = [2]", (True, True, False)),
        ("return 2 * self.depth", "return 3 * self.depth", (True, True, False)),
        ("return UNUSED", "return 7", (False, False, False)),
        ("UNUSED = 1", "UNUSED = 2\nMORE = 3", (False, False, False)),
    )
    for old, new, changed in variants[::3] if prompt else variants:
        after = hashes(tmp_path, SCRIPT.replace(old, new), prompt=prompt)
        assert tuple(a != b for a, b in zip(before, after, strict=True)) == changed, old
    after = hashes(tmp_path, beside=BESIDE.replace("2", "3"), prompt=prompt)
    assert tuple(a != b for a, b in zip(before, after, strict=True)) == (True, True, False)


def test_comments_docstrings_and_the_scripts_folder_have_no_part_in_it(tmp_path: Path) -> None:
    text = (
        SCRIPT.replace("A model.", "The model.").replace("  # as it should be", "").replace("x * WIDTH", "(x *  WIDTH)")
    )
    assert hashes(tmp_path / "b", text) == hashes(tmp_path / "a")


def test_what_a_function_names_of_its_module_is_found_in_functions_inside_it_too() -> None:
    def outer() -> object:
        return lambda: (MAIN, absent)  # type: ignore[name-defined]  # noqa: F821

    assert used_values(outer) == {"MAIN": MAIN}


def test_a_lambda_is_told_by_what_it_was_compiled_to_not_by_its_line() -> None:
    first, second = (lambda x: x + 1), (lambda x: x + 2)
    assert own_text(first, str) != own_text(second, str)


def test_the_members_of_a_class_are_plain_functions_and_values_of_its_own() -> None:
    class Odd:
        """Odd."""

        size = 3

        @staticmethod
        def plain() -> None: ...

    assert set(members(Odd)) == {"size", "plain", *({"__annotations__"} & set(vars(Odd)))}
    assert members(Odd)["plain"] is Odd.plain


def test_the_subclasses_of_a_class_are_those_that_the_script_defines_the_last_of_each_name() -> None:
    base = type("Base", (), {})
    kinds = [type(name, (base,), {"__module__": MAIN}) for name in ("B", "A", "B")]
    elsewhere = type("C", (base,), {})
    assert subclasses(base) == [kinds[1], kinds[2]]
    assert elsewhere not in subclasses(base)
    assert subclasses(type("Kind", (type,), {})) == []
