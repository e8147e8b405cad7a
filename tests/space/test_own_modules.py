"""A search-space file's own modules travel by value, whoever imported them first, and leave no trace."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import cloudpickle
import pytest

from sweep.space import late_imports
from sweep.space.loader import fingerprint, load_sweep, model_sha256
from sweep.space.own_modules import is_own, named_by_call, named_modules, sent_by_value, source_in

ROOT = Path(__file__).parents[2]
GOOD = """
from sweep import Sweep

def space(trial):
    return {"filters_1": trial.suggest_categorical("filters_1", [8, 16])}

SWEEP = Sweep(space=space, baseline={"filters_1": 8})
"""
HELPED = GOOD.replace("[8, 16]", "edited_helper.CHOICES")


def written(folder: Path, text: str, name: str = "space_file.py") -> Path:
    path = folder / name
    path.write_text(dedent(text))
    return path


def spaces_choices(parcel: bytes) -> str:
    """What a process without the files finds in a packed sweep."""
    code = (
        "import sys, pickle, optuna; sweep = pickle.loads(sys.stdin.buffer.read());"
        "study = optuna.create_study(); trial = study.ask(); sweep.space(trial);"
        "print(trial.distributions['filters_1'].choices)"
    )
    done = subprocess.run([sys.executable, "-c", code], input=parcel, capture_output=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


def test_a_file_that_is_loaded_again_travels_again_with_its_modules_as_they_are_now(tmp_path: Path) -> None:
    helper = written(tmp_path, "CHOICES = [8, 16]\n", "edited_helper.py")
    file = written(tmp_path, "import edited_helper\n" + HELPED)
    before = fingerprint_after_loading(file)
    helper.write_text("CHOICES = [8, 16, 32]\n")
    assert fingerprint_after_loading(file) != before
    loaded = load_sweep(file)
    with sent_by_value():
        parcel = cloudpickle.dumps(loaded)
    assert spaces_choices(parcel) == "(8, 16, 32)"


def fingerprint_after_loading(file: Path) -> str:
    load_sweep(file)
    return fingerprint(file)


@pytest.mark.parametrize(
    ("statement", "name"),
    [("import {}", "{}"), ("from {} import CHOICES", "CHOICES"), ("from {}_inside import wrapped", "wrapped()")],
    ids=["module", "value", "through another module"],
)
def test_modules_that_the_caller_imported_before_travel_too_but_not_those_that_the_file_does_not_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statement: str, name: str
) -> None:
    helper = f"callers_{tmp_path.name.replace('-', '_')}"
    choices = name.format(f"{helper}.CHOICES")
    other = written(tmp_path, "WIDTH = 8\n", f"{helper}_unused.py")
    used = written(tmp_path, "CHOICES = [8, 16, 99]\n", f"{helper}.py")
    inside = f"import {helper}\n\ndef wrapped():\n    return {helper}.CHOICES\n"
    written(tmp_path, inside, f"{helper}_inside.py")
    monkeypatch.syspath_prepend(tmp_path)
    for module in (helper, f"{helper}_inside", f"{helper}_unused"):
        importlib.import_module(module)
    file = written(tmp_path, statement.format(helper) + "\n" + GOOD.replace("[8, 16]", choices))
    loaded = load_sweep(file)
    with sent_by_value():
        parcel = cloudpickle.dumps(loaded)
    assert spaces_choices(parcel) == "(8, 16, 99)"
    before = fingerprint(file)
    other.write_text("WIDTH = 9\n")
    assert fingerprint_after_loading(file) == before
    used.write_text("CHOICES = [8]\n")
    assert fingerprint_after_loading(file) != before


def test_the_registry_of_what_travels_by_value_is_as_before(tmp_path: Path) -> None:
    before = cloudpickle.list_registry_pickle_by_value()
    loaded = load_sweep(written(tmp_path, GOOD))
    assert cloudpickle.list_registry_pickle_by_value() == before
    with pytest.raises(TypeError), sent_by_value():
        cloudpickle.dumps((loaded, (number for number in ())))  # a generator can't be packed
    assert cloudpickle.list_registry_pickle_by_value() == before


@pytest.mark.parametrize(
    ("call", "module"),
    [
        ('importlib.import_module("helper")', "helper"),
        ('import_module(name="helper")', "helper"),
        ('__import__("models.small")', "models.small"),
        ('importlib.import_module(".small", __package__)', "pack.small"),
        ('importlib.import_module(f"models.{kind}")', "models.*"),
        ('importlib.import_module("models." + kind)', "models.*"),
        ("importlib.import_module(kind)", "*"),
        ("importlib.import_module(f'{kind}.a')", "*"),
        ("importlib.import_module(f'')", "*"),
        ('importlib.import_module("....too.far", __package__)', "*"),
        ("importlib.import_module()", "*"),
        ("importlib.reload(helper)", ""),
        ("helper.half(3)", ""),
        ("helper", ""),
    ],
)
def test_a_call_that_imports_names_its_module_or_how_the_name_begins(call: str, module: str) -> None:
    assert named_by_call(ast.parse(call, mode="eval").body, "pack") == module


def test_a_pattern_is_for_all_modules_beside_the_file_that_fit_but_not_for_the_file(tmp_path: Path) -> None:
    (tmp_path / "models" / "deep").mkdir(parents=True)
    (tmp_path / "no_package").mkdir()
    for path in ("one.py", "models/__init__.py", "models/small.py", "models/deep/__init__.py", "no_package/x.py"):
        (tmp_path / path).write_text("")
    load_sweep(written(tmp_path, GOOD))
    assert set(named_modules(["json", "*"], tmp_path)) == {"json", "one", "models", "models.small", "models.deep"}
    assert set(named_modules(["models.s*"], tmp_path)) == {"models.small"}


def test_a_module_in_a_folder_is_found_as_a_file_or_as_a_package_which_goes_first(tmp_path: Path) -> None:
    assert source_in(tmp_path, "net.blocks") is None
    (tmp_path / "net" / "blocks").mkdir(parents=True)
    assert source_in(tmp_path, "net.blocks") is None  # Python's namespace packages have no source
    module = written(tmp_path / "net", "", "blocks.py")
    assert source_in(tmp_path, "net.blocks") == module
    package = written(tmp_path / "net" / "blocks", "", "__init__.py")
    assert source_in(tmp_path, "net.blocks") == package


def test_the_program_that_loads_a_file_beside_it_is_no_module_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path, "import sys\nsys.modules['__mp_main__'] = sys.modules['__main__']\n" + GOOD)
    alone = fingerprint_after_loading(file)
    program = written(tmp_path, "", "program.py")
    main = ModuleType("__main__")
    main.__file__ = str(program)
    monkeypatch.setitem(sys.modules, "__main__", main)
    monkeypatch.delitem(sys.modules, "__mp_main__", raising=False)
    assert fingerprint_after_loading(file) == alone


@pytest.mark.parametrize("linked", ["linked_single.py", "linked_pack"], ids=["module", "package"])
def test_a_module_that_is_a_link_beside_the_file_is_its_own(tmp_path: Path, linked: str) -> None:
    name = linked.removesuffix(".py")
    shared, folder = tmp_path / "shared", tmp_path / "spaces"
    (shared / "linked_pack").mkdir(parents=True)
    folder.mkdir()
    helper = written(shared, "CHOICES = [8, 16]\n", "linked_pack/__init__.py" if name == linked else linked)
    (folder / linked).symlink_to(Path("..", "shared", linked))
    text = f"import {name}\n" + HELPED.replace("edited_helper", name)
    file = written(folder, text.replace("baseline=", "model=lambda params: " + name + ".CHOICES, baseline="))
    before, code_before = fingerprint_after_loading(file), model_sha256(load_sweep(file), file)
    helper.write_text("CHOICES = [8, 16, 32]\n")
    assert fingerprint_after_loading(file) != before
    loaded = load_sweep(file)
    assert model_sha256(loaded, file) != code_before
    assert name in late_imports.offered()
    with sent_by_value():
        parcel = cloudpickle.dumps(loaded)
    assert spaces_choices(parcel) == "(8, 16, 32)"


def test_a_link_to_an_installed_package_is_not_the_files_own(tmp_path: Path) -> None:
    spaces, shared = tmp_path / "spaces", tmp_path / "shared"
    assert is_own("helper", spaces / "helper.py", spaces)
    assert not is_own("helper", shared / "helper.py", spaces)
    installed = Path(pytest.__file__)
    spaces.mkdir()
    (spaces / "pytest").symlink_to(installed.parent)
    assert not is_own("pytest", spaces / "pytest" / "__init__.py", spaces)
