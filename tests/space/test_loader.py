"""A search-space file is run once, told apart from what is none, and travels without the file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import cloudpickle
import pytest

from sweep import Sweep
from sweep.errors import InputError
from sweep.space.loader import fingerprint, load_sweep, model_sha256
from sweep.space.own_modules import sent_by_value

ROOT = Path(__file__).parents[2]
GOOD = """
from sweep import Sweep

def space(trial):
    return {"filters_1": trial.suggest_categorical("filters_1", [8, 16])}

SWEEP = Sweep(space=space, baseline={"filters_1": 8})
"""


def written(folder: Path, text: str, name: str = "space_file.py") -> Path:
    path = folder / name
    path.write_text(dedent(text))
    return path


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        load_sweep(path)
    return str(caught.value)


def test_a_good_file_gives_its_sweep(tmp_path: Path) -> None:
    loaded = load_sweep(written(tmp_path, GOOD))
    assert isinstance(loaded, Sweep)
    assert loaded.baseline == {"filters_1": 8}


def test_a_path_may_be_a_string(tmp_path: Path) -> None:
    assert load_sweep(str(written(tmp_path, GOOD))).trials == 24


@pytest.mark.sweep
def test_the_shipped_files_load() -> None:
    files = sorted((ROOT / "search_spaces").glob("*.py"))
    assert files
    for file in files:
        assert isinstance(load_sweep(file), Sweep), file.name


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    message = refusal(tmp_path / "nowhere.py")
    assert "nowhere.py does not exist" in message


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    assert "is a folder" in refusal(tmp_path)


@pytest.mark.parametrize("text", ["", "# nothing yet\n", '"""Only words."""\n', "sweep = 1\n"])
def test_a_file_without_a_sweep_is_told_what_to_define(tmp_path: Path, text: str) -> None:
    assert "must define SWEEP = Sweep(" in refusal(written(tmp_path, text))


@pytest.mark.parametrize(("text", "kind"), [("SWEEP = {}\n", "dict"), ("SWEEP = None\n", "NoneType")])
def test_a_sweep_of_another_type_is_refused_with_its_type(tmp_path: Path, text: str, kind: str) -> None:
    assert refusal(written(tmp_path, text)).endswith(f"it is a {kind}")


def test_the_class_is_not_a_sweep(tmp_path: Path) -> None:
    assert "must be a sweep.Sweep" in refusal(written(tmp_path, "from sweep import Sweep\nSWEEP = Sweep\n"))


def test_a_syntax_error_names_its_line(tmp_path: Path) -> None:
    message = refusal(written(tmp_path, "x = 1\n\ndef space(trial)\n    return {}\n"))
    assert "space_file.py, line 3: " in message


def test_a_syntax_error_of_an_imported_module_names_that_file(tmp_path: Path) -> None:
    written(tmp_path, "x = = 1\n", "broken_helper_module.py")
    message = refusal(written(tmp_path, "import os\nimport broken_helper_module\n"))
    assert "broken_helper_module.py, line 1: " in message


def test_an_error_names_the_last_line_of_the_file_that_led_to_it(tmp_path: Path) -> None:
    message = refusal(written(tmp_path, "import math\n\n\ndef helper():\n    return math.sqrt(-1)\n\n\nhelper()\n"))
    assert "space_file.py, line 5: ValueError: " in message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("import no_such_package_at_all\n", "line 1: ModuleNotFoundError"),
        ("from sweep import Sweep\nSWEEP = Sweep(space=1, baseline={})\n", "line 2: InputError: space must be"),
        ("from sweep import Sweep\nSWEEP = Sweep(spase=1)\n", "line 2: TypeError"),
        ("import sys\nsys.exit(3)\n", "line 2: SystemExit: 3"),
        ("def f():\n    f()\nf()\n", "line 2: RecursionError"),
        ("\n\nraise ValueError\n", "line 3: ValueError"),
    ],
)
def test_whatever_a_file_raises_comes_as_one_line_with_where(tmp_path: Path, text: str, says: str) -> None:
    message = refusal(written(tmp_path, text))
    assert says in message
    assert "\n" not in message


@pytest.mark.parametrize("content", [b"\x00\x01\x02", b"# caf\xe9\n", b"\xff\xfe", b"PK\x03\x04\x00\x00"])
def test_a_file_that_is_no_text_is_refused_without_a_line_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "binary.py"
    path.write_bytes(content)
    message = refusal(path)
    assert "binary.py" in message
    assert "None" not in message


def test_ctrl_c_while_a_file_runs_is_not_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        load_sweep(written(tmp_path, "raise KeyboardInterrupt\n"))


def test_a_failed_load_leaves_the_import_path_as_it_was(tmp_path: Path) -> None:
    before = list(sys.path)
    refusal(written(tmp_path, "1 / 0\n"))
    assert sys.path == before


def test_a_file_may_define_classes_that_look_up_their_module(tmp_path: Path) -> None:
    text = (
        "from __future__ import annotations\nfrom dataclasses import dataclass\n@dataclass\nclass A:\n    x: int = 1\n"
    )
    assert load_sweep(written(tmp_path, text + GOOD)).trials == 24


def test_a_file_name_need_not_be_an_identifier(tmp_path: Path) -> None:
    assert load_sweep(written(tmp_path, GOOD, "my space-2.py")).trials == 24


def test_a_loaded_file_does_not_pass_for_an_installed_module_of_its_name(tmp_path: Path) -> None:
    load_sweep(written(tmp_path, GOOD, "json.py"))
    import json

    assert json.loads("1") == 1


def test_space_and_helpers_travel_without_their_files(tmp_path: Path) -> None:
    written(tmp_path, "def choices():\n    return [8, 16, 99]\n", "helper_that_travels.py")
    path = written(
        tmp_path,
        """
        from sweep import Sweep
        from helper_that_travels import choices
        WIDTH = 3

        def space(trial):
            return {"a": trial.suggest_categorical("a", choices()), "b": WIDTH}

        SWEEP = Sweep(space=space, baseline={"a": 8})
        """,
    )
    parcel = tmp_path / "parcel"
    loaded = load_sweep(path)
    with sent_by_value():
        parcel.write_bytes(cloudpickle.dumps(loaded))
    for file in tmp_path.glob("*.py"):
        file.unlink()
    code = (
        "import sys, pickle, optuna; sweep = pickle.load(open(sys.argv[1], 'rb'));"
        "print(sweep.space(optuna.trial.FixedTrial({'a': 99})))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(parcel)], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "{'a': 99, 'b': 3}"


def test_the_fingerprint_is_of_the_file_and_the_modules_of_its_folder(tmp_path: Path) -> None:
    helper = written(tmp_path, "WIDTH = 8\n", "fingerprinted_helper.py")
    file = written(tmp_path, "import fingerprinted_helper\n" + GOOD)
    first = fingerprint_of_loaded(file)
    assert fingerprint(str(file)) == first
    helper.write_text("WIDTH = 9\n")
    second = fingerprint_of_loaded(file)
    file.write_text(file.read_text() + "# more\n")
    assert len({first, second, fingerprint_of_loaded(file)}) == 3
    moved = file.rename(tmp_path / "moved.py")
    helper.write_text("WIDTH = 8\n")
    moved.write_text(moved.read_text().removesuffix("# more\n"))
    assert fingerprint_of_loaded(moved) == first


def fingerprint_of_loaded(file: Path) -> str:
    load_sweep(file)
    return fingerprint(file)


OWN_MODEL = """
from sweep import Sweep
from edited_width import WIDTH

def model(params):
    return WIDTH

def data():
    with open(__file__, "a") as file:
        file.write("def model(params):\\n    return -1\\n")
    return {}

SWEEP = Sweep(space=lambda trial: {"batch_size": 8}, baseline={"batch_size": 8}, model=model, data=data)
"""


def test_what_is_edited_after_it_was_loaded_has_the_hashes_of_what_was_run(tmp_path: Path) -> None:
    helper = written(tmp_path, "WIDTH = 8\n", "edited_width.py")
    file = written(tmp_path, OWN_MODEL)
    loaded = load_sweep(file)
    before = fingerprint(file), model_sha256(loaded, file)
    loaded.data()  # as an editor would save the file while a run loads its data
    helper.write_text("WIDTH = 9\n")
    assert (fingerprint(file), model_sha256(loaded, file)) == before
    again = load_sweep(file)
    after = fingerprint(file), model_sha256(again, file)
    assert after[0] != before[0]
    assert after[1] != before[1]


def test_a_helper_of_the_same_name_in_another_folder_is_another_helper(tmp_path: Path) -> None:
    text = "import namesake\nfrom sweep import Sweep\n\ndef space(trial):\n    return {}\n\n"
    text += "SWEEP = Sweep(space=space, baseline={}, trials=namesake.TRIALS)\n"
    for folder, trials in (("one", 3), ("two", 5), ("one", 3)):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "namesake.py").write_text(f"TRIALS = {trials}\n")
        (tmp_path / folder / "mine.py").write_text(text)
        assert load_sweep(tmp_path / folder / "mine.py").trials == trials
