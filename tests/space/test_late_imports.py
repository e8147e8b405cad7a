"""What a search-space file's functions import when they are called is there, wherever they are called."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sweep.space import late_imports
from sweep.space.loader import load_sweep
from sweep.training.messages import TrainingConfig, pickled

ROOT = Path(__file__).parents[2]
FILE = """
import importlib
from sweep import Sweep

def model(params):
    {statement}
    return {value}

SWEEP = Sweep(space=lambda trial: {{}}, baseline={{}}, model=model, data=lambda: model({{"kind": "small"}}))
"""
MODULES = {
    "late_helper.py": "import late_inside\nVALUE = late_inside.VALUE\nNAME = __file__.rpartition('/')[2]\n",
    "late_inside.py": "VALUE = 42\n",
    "late_pack/__init__.py": "",
    "late_pack/small.py": "from .sizes import VALUE\n",
    "late_pack/sizes.py": "VALUE = 42\n",
    "late_folder/small.py": "from late_folder.sizes import VALUE\n",
    "late_folder/sizes.py": "VALUE = 42\n",
    "late_broken.py": "VALUE = = 42\n",
    "wave.py": "VALUE = 'not the one of Python'\n",
}


def written(folder: Path, statement: str, value: str = "late_helper.VALUE") -> Path:
    """A file whose model function imports something, beside the modules."""
    for path, text in MODULES.items():
        (folder / path).parent.mkdir(exist_ok=True, parents=True)
        (folder / path).write_text(text)
    file = folder / "late_file.py"
    file.write_text(FILE.format(statement=statement, value=value))
    return file


def on_a_worker(parcel: bytes) -> tuple[int, str]:
    """What the model function returns in a process that has only the parcel; or the end of its traceback."""
    code = (
        "import sys; from sweep.training.messages import unpickled;"
        "print(unpickled(sys.stdin.buffer.read()).model({'kind': 'small'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], input=parcel, capture_output=True, cwd=ROOT, check=False)
    return done.returncode, (done.stdout if done.returncode == 0 else done.stderr).decode().strip()


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("import late_helper", "late_helper.VALUE"),
        ("from late_helper import VALUE", "VALUE"),
        ("late_helper = importlib.import_module('late_helper')", "late_helper.VALUE"),
        ("small = importlib.import_module('late_pack.' + params['kind'])", "small.VALUE"),
        ("small = importlib.import_module(params['kind'].replace('small', 'late_helper'))", "small.VALUE"),
        ("import late_folder.small", "late_folder.small.VALUE"),
    ],
    ids=["import", "from", "by name", "computed in a package", "computed", "folder that is no package"],
)
def test_it_travels_and_is_there_where_the_files_folder_is_on_no_path(
    tmp_path: Path, statement: str, value: str
) -> None:
    sweep = load_sweep(written(tmp_path, statement, value))
    assert callable(sweep.data)
    assert sweep.data() == 42
    parcel = pickled(TrainingConfig(sweep.model, 1, (100,)))
    for path in MODULES:
        (tmp_path / path).unlink()
    assert on_a_worker(parcel) == (0, "42")


def test_it_knows_the_name_of_its_file(tmp_path: Path) -> None:
    sweep = load_sweep(written(tmp_path, "import late_helper", "late_helper.NAME"))
    assert on_a_worker(pickled(TrainingConfig(sweep.model, 1, (100,)))) == (0, "late_helper.py")


def test_what_python_finds_otherwise_is_not_hidden(tmp_path: Path) -> None:
    sweep = load_sweep(written(tmp_path, "import wave", "wave.Wave_read.__name__"))
    assert on_a_worker(pickled(TrainingConfig(sweep.model, 1, (100,)))) == (0, "Wave_read")


def test_a_module_that_is_no_python_is_told_when_it_is_imported(tmp_path: Path) -> None:
    sweep = load_sweep(written(tmp_path, "import late_broken", "late_broken.VALUE"))
    status, error = on_a_worker(pickled(TrainingConfig(sweep.model, 1, (100,))))
    assert status == 1
    assert "late_broken.py" in error
    assert error.splitlines()[-1].startswith("SyntaxError")


def test_a_file_that_is_loaded_again_gets_its_modules_as_they_are_now(tmp_path: Path) -> None:
    file = written(tmp_path, "import late_helper")
    for value in (42, 43):
        (tmp_path / "late_inside.py").write_text(f"VALUE = {value}\n")
        sweep = load_sweep(file)
        assert callable(sweep.data)
        assert sweep.data() == value


def test_another_file_does_not_see_them_while_it_is_loaded(tmp_path: Path) -> None:
    load_sweep(written(tmp_path / "one", "import late_helper"))
    assert "late_helper" in late_imports.offered()
    (tmp_path / "two.py").write_text("import late_helper\n")
    with pytest.raises(ValueError, match="No module named 'late_helper'"):
        load_sweep(tmp_path / "two.py")
