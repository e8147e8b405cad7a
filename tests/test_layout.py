"""Every module has a test of its name, or it is said here where it is tested; and the folders are those of the code."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE, TESTS = ROOT / "sweep", ROOT / "tests"
MOST_AT_THE_TOP = 6
FOLDERS = ["analysis", "cli", "data", "execution", "report", "space", "study", "training"]
BESIDE = {"benchmarks", "end_to_end", "faults", "helpers"}
"""What lies beside the folders that mirror the code."""

ELSEWHERE = {
    "__main__.py": "end_to_end/test_run.py",
    "execution/confirm.py": "end_to_end/test_confirm.py",
    "execution/comparison.py": "cli/test_compare.py",
    "execution/export.py": "cli/test_export.py",
    "execution/models.py": "cli/test_export.py",
    "execution/reproduction.py": "cli/test_reproduce.py",
    "execution/run.py": "end_to_end/test_run.py",
    "execution/ray/artifacts.py": "faults/test_full_disk.py",
    "execution/ray/scheduler.py": "end_to_end/test_run.py",
    "execution/ray/searcher.py": "end_to_end/test_run.py",
    "report/figures/drawing.py": "report/figures/test_gallery.py",
    "report/html/mistakes.py": "report/html/test_predictions.py",
    "report/html/plots.py": "report/html/test_page.py",
    "report/html/sections.py": "report/html/test_page.py",
    "study/until_sure_started.py": "report/test_progress.py",
    "training/local.py": "cli/test_reproduce.py",
    "training/saved_model.py": "cli/test_export.py",
}
"""Modules without a test of their name, and the file that tests them: they are tested by what they do in a whole
sweep, or together with another module that does the training."""

OFFERED = {"sweep.Sweep": "sweep.space.sweep", "sweep.build_model": "sweep.training.model"}
"""Names that a search-space file imports from the package itself."""

RUNS = {"program", "commands"}
"""Helpers that run the program; a file that imports one, or typer's runner, runs whatever is behind a command."""


def modules() -> list[Path]:
    """All modules of the package, relative to it."""
    return sorted(path.relative_to(CODE) for path in CODE.rglob("*.py") if path.name != "__init__.py")


def file_of(module: Path) -> Path:
    """The test of a module's name."""
    return TESTS / module.parent / f"test_{module.stem}.py"


def imported(file: Path) -> set[str]:
    """What a file imports, by dotted names."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {item.name for item in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{item.name}" for item in node.names)}
    return names


@pytest.mark.parametrize("module", modules(), ids=str)
def test_every_module_has_a_test_of_its_name_or_says_where_it_is_tested(module: Path) -> None:
    named = ELSEWHERE.get(module.as_posix())
    assert file_of(module).is_file() != (named is not None)
    file = TESTS / named if named else file_of(module)
    assert file.is_file()
    dotted = ".".join(["sweep", *module.with_suffix("").parts])
    names = imported(file)
    names |= {OFFERED[name] for name in names & set(OFFERED)}
    assert dotted in names or names & RUNS or "typer.testing" in names


def test_no_module_that_is_gone_is_said_to_be_tested() -> None:
    assert set(ELSEWHERE) <= {module.as_posix() for module in modules()}


def test_every_test_lies_in_a_folder_of_the_code_or_beside_them() -> None:
    for file in TESTS.rglob("test_*.py"):
        folder = file.parent.relative_to(TESTS)
        assert folder.parts[:1] in {(name,) for name in BESIDE} or (CODE / folder).is_dir(), file
    assert {path.name for path in TESTS.iterdir() if path.is_dir() and path.name != "__pycache__"} <= {
        *FOLDERS,
        *BESIDE,
    }


def test_the_package_is_eight_folders_and_a_few_modules() -> None:
    folders = sorted(path.name for path in CODE.iterdir() if path.is_dir() and path.name != "__pycache__")
    assert folders == FOLDERS
    assert len(list(CODE.glob("*.py"))) <= MOST_AT_THE_TOP


def test_every_folder_of_the_code_says_in_a_few_sentences_what_it_is() -> None:
    for folder in {path.parent for path in CODE.rglob("*.py")}:
        story = ast.get_docstring(ast.parse((folder / "__init__.py").read_text()))
        assert story, folder


def test_no_test_is_defined_twice_in_a_file_so_that_one_hides_the_other() -> None:
    for file in TESTS.rglob("test_*.py"):
        tree = ast.parse(file.read_text())
        for body in [tree.body, *(node.body for node in tree.body if isinstance(node, ast.ClassDef))]:
            names = [node.name for node in body if isinstance(node, ast.FunctionDef)]
            assert len(names) == len(set(names)), file
