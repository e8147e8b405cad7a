"""`export`: the board as a file, and models that plain Keras loads and that measure what the board says."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from builders import NAME as FAKE
from builders import measurement, mixed_study, opened, prune, taken
from click.testing import Result
from trained import NAME, OWN, own, rewrite, trained
from typer.testing import CliRunner

from sweep import load
from sweep.analysis.formats import as_csv
from sweep.analysis.leaderboard import board
from sweep.analysis.study_analysis import Analysis
from sweep.cli.app import app
from sweep.data.sources import digits
from sweep.errors import InputError
from sweep.study.records import read_study
from sweep.study.storage.artifacts import model_name
from sweep.training.messages import trial_stem
from sweep.training.worker import settle_devices

settle_devices(1)  # before any test's first operation
pytestmark = [
    pytest.mark.sweep,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # Keras's, when it saves
]

PLAIN_KERAS = """
import sys
sys.path = [place for place in sys.path if place not in ("", {root!r})]
import keras
import numpy as np
data = np.load({data!r})
model = keras.saving.load_model({model!r})
labels = model.predict(data["x"] / 255.0, verbose=0).argmax(-1)
assert "sweep" not in sys.modules
print(repr(float((labels == data["y"]).mean())))
"""


def export(results: Path, *words: object, name: str = NAME) -> Result:
    return CliRunner().invoke(app, [str(word) for word in ("export", name, *words, "--results", results)])


def refusal(result: Result) -> str:
    assert result.exit_code == 2, (result.output, result.exception)
    (line,) = result.stderr.splitlines()
    assert result.stdout == ""
    return line


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of the built-in model: 0 and 2 COMPLETE, 1 PRUNED."""
    return trained(tmp_path_factory.mktemp("builtin"))


@pytest.fixture
def fake(tmp_path: Path) -> Path:
    """A study of six trials that trained nothing."""
    mixed_study(tmp_path / "results")
    return tmp_path / "results"


def in_plain_keras(model: Path, folder: Path) -> float:
    """The test accuracy of a file in a fresh process that can't import `sweep`."""
    data = folder / "digits.npz"
    test = digits("digits").test
    np.savez(data, x=test.x, y=test.y)
    root = str(Path(__file__).parents[2])
    code = PLAIN_KERAS.format(root=root, data=str(data), model=str(model))
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([sys.executable, "-P", "-c", code], env=environ, capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, done.stderr
    return float(done.stdout)


# models


def test_a_model_loads_in_plain_keras_and_has_the_boards_test_accuracy(results: Path, here: Path) -> None:
    result = export(results, 2)
    assert result.exit_code == 0, result.output
    (file,) = here.iterdir()
    assert file.name == "small-trial-0002.keras"
    share = read_study(results, NAME).trials[2].test.get("accuracy")
    assert share is not None
    lines = result.stdout.splitlines()
    assert lines[0] == (
        f"wrote {file.name}: trial 2 of study small, test accuracy {100 * share:.2f} % on 297 images, as on the board"
    )
    assert lines[1].strip() == "model = keras.saving.load_model('small-trial-0002.keras')"
    assert lines[2].strip() == (
        "labels = model.predict(x / 255.0).argmax(-1)  # x: pixels 0-255, shape (n, 28, 28, 1); outputs are logits"
    )
    assert in_plain_keras(file, here) == share


def test_without_a_trial_it_is_the_first_rank(results: Path, here: Path) -> None:
    best = next(iter(Analysis(read_study(results, NAME)).ranks))
    result = export(results)
    assert result.exit_code == 0, result.output
    (file,) = here.iterdir()
    assert file.name == f"small-trial-{best:04d}.keras"
    assert file.read_bytes() == (results / NAME / model_name(trial_stem(best))).read_bytes()


def test_without_its_data_a_model_is_written_and_said_not_to_be_measured(tmp_path: Path, here: Path) -> None:
    space = OWN.replace("FAILING", "0").replace("MIDDLE", "keras.layers.ReLU()")
    space = space.replace('data="digits"', "data=data").replace(
        "def space",
        "def data():\n    from sweep.data.sources import digits\n    made = digits('digits')\n"
        "    return (made.train.x, made.train.y), (made.test.x, made.test.y)\n\ndef space",
    )
    results = trained(tmp_path, space)
    result = export(results, 0, "--out", "measured.keras")
    assert result.exit_code == 0, result.output
    assert "as on the board" in result.stdout
    assert "outputs are one score a class" in result.stdout
    (tmp_path / f"{NAME}.py").unlink()
    result = export(results, 0, "--out", "unmeasured.keras")
    assert result.exit_code == 0, result.output
    assert "not measured again, as its data is not here" in result.stdout
    assert "model.predict(x)" in result.stdout
    assert (here / "unmeasured.keras").read_bytes() == (here / "measured.keras").read_bytes()


def test_a_model_with_classes_of_its_own_is_written_and_said_how_to_load(tmp_path: Path, here: Path) -> None:
    results = trained(tmp_path, own("keras.layers.Lambda(lambda x: 2 * x)"))
    result = export(results, 0)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "wrote small-trial-0000.keras: trial 0 of study small, not measured again"
    assert lines[1].startswith("Plain Keras can't load it by itself: ")
    assert "custom_objects=" in lines[3]
    assert "safe_mode=False" in lines[4]
    assert (here / "small-trial-0000.keras").is_file()


def test_a_file_that_is_another_model_is_not_written(results: Path, tmp_path: Path, here: Path) -> None:
    copy = tmp_path / "results"
    shutil.copytree(results, copy)
    accuracy = read_study(copy, NAME).trials[2].test.get("accuracy")
    rewrite(copy, {"test_accuracy": accuracy}, {"test_accuracy": 0.0421})
    result = export(copy, 2)
    assert result.exit_code == 1
    assert "must have the board's test accuracy, 4.21 %" in result.stderr
    assert list(here.iterdir()) == []


def test_an_image_that_is_rounded_otherwise_is_told_and_no_fault(results: Path, tmp_path: Path) -> None:
    copy = tmp_path / "results"
    shutil.copytree(results, copy)
    accuracy = read_study(copy, NAME).trials[2].test.get("accuracy")
    assert accuracy is not None
    rewrite(copy, {"test_accuracy": accuracy}, {"test_accuracy": accuracy - 1 / 297})
    result = export(copy, 2)
    assert result.exit_code == 0, result.output
    assert "1 of 297 images, as other machines round otherwise" in result.stdout


def test_a_file_that_is_there_is_replaced_only_by_force(results: Path, here: Path) -> None:
    (here / "mine.keras").write_text("precious")
    assert "mine.keras is there already; add --force" in refusal(export(results, 0, "--out", "mine.keras"))
    assert (here / "mine.keras").read_text() == "precious"
    assert export(results, 0, "--out", "mine.keras", "--force").exit_code == 0
    assert (here / "mine.keras").read_bytes()[:2] == b"PK"
    assert [path.name for path in here.iterdir()] == ["mine.keras"]


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (4, "a model is kept of a completed trial, but trial 4 is PRUNED"),
        (3, "trial 3 is FAIL"),
        (7, "no trial 7"),
        (0, "models/trial-0000.keras, but it is gone"),
    ],
)
def test_a_trial_without_a_model_is_refused(fake: Path, number: int, says: str) -> None:
    assert says in refusal(export(fake, number, name=FAKE))


def test_a_model_that_could_not_be_saved_is_refused_with_the_reason(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        number = taken(ledger).number
        for step in (50, 100):
            ledger.report(number, measurement(step))
        ledger.complete(number, measurement(100, note="model not saved: RuntimeError: this layer holds a lock"))
    assert "but model not saved: RuntimeError: this layer holds a lock" in refusal(export(tmp_path, 0, name=FAKE))


def archive(*names: str, encrypted: bool = False) -> bytes:
    """A zip archive of files of these names; or one that says that they are encrypted, which no password opens."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as whole:
        for name in names:
            whole.writestr(name, "{}")
    data = bytearray(buffer.getvalue())
    for signature, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = -1
        while encrypted and (at := data.find(signature, at + 1)) >= 0:
            data[at + flags] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    "content",
    [
        archive("metadata.json", "config.json", "model.weights.h5", encrypted=True),
        archive("metadata.json", "model.weights.h5"),
        archive("metadata.json", "config.json"),
        archive("config.json")[:-30],
        b"PK\3\4",
        b"",
    ],
    ids=["encrypted", "without a config", "without weights", "cut off", "beginning alone", "empty"],
)
def test_a_file_that_is_no_whole_model_is_refused_and_nothing_is_written(
    fake: Path, here: Path, content: bytes
) -> None:
    path = fake / FAKE / model_name(trial_stem(0))
    path.parent.mkdir()
    path.write_bytes(content)
    line = refusal(export(fake, 0, "--out", "model.keras", name=FAKE))
    assert line.startswith(f"sweep: a model must be a whole .keras file, but {path} is damaged; export another trial")
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("left", [0, 100, -1])
def test_a_model_whose_weights_are_cut_off_in_a_whole_archive_is_refused(
    results: Path, tmp_path: Path, here: Path, left: int
) -> None:
    copy = tmp_path / "results"
    shutil.copytree(results, copy)
    path = copy / NAME / model_name(trial_stem(2))
    with zipfile.ZipFile(path) as whole:
        contents = {name: whole.read(name) for name in whole.namelist()}
    with zipfile.ZipFile(path, "w") as cut:
        for name, content in contents.items():
            cut.writestr(name, content[:left] if name == "model.weights.h5" else content)
    assert f"{path} is damaged" in refusal(export(copy, 2))
    assert list(here.iterdir()) == []
    with pytest.raises(InputError, match="is damaged"):
        load(NAME, copy).model(2)


def test_a_study_without_a_completed_trial_has_no_winner(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        spec = ledger.next_trial()
        assert spec is not None
        prune(ledger, spec)
    assert "has no completed trial yet" in refusal(export(tmp_path, name=FAKE))


# boards


def test_the_csv_is_the_boards(fake: Path, here: Path) -> None:
    result = export(fake, "--out", "board.csv", name=FAKE)
    assert result.exit_code == 0, result.output
    assert result.stdout == "wrote board.csv: the board of study tiny, 6 rows\n"
    assert (here / "board.csv").read_text() == as_csv(board(Analysis(read_study(fake, FAKE))))


def test_the_json_is_that_of_leaderboard(fake: Path, here: Path) -> None:
    export(fake, "--out", "board.json", name=FAKE)
    printed = CliRunner().invoke(app, ["leaderboard", FAKE, "--results", str(fake), "--format", "json"]).stdout
    assert (here / "board.json").read_text() == printed
    assert len(json.loads(printed)) == 6


def test_parquet_reads_back_as_it_was(fake: Path, here: Path) -> None:
    assert export(fake, "--out", "board.PARQUET", name=FAKE).exit_code == 0
    frame = board(Analysis(read_study(fake, FAKE)))
    back = pd.read_parquet(here / "board.PARQUET")
    assert list(back.columns) == list(frame.columns)
    assert back["rank"].dtype == "Int64"
    for name in frame.columns:
        for cell, expected in zip(back[name], frame[name], strict=True):
            assert (pd.isna(cell) and pd.isna(expected)) or cell == expected, name


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--out", "board.txt"), ".keras for a model, or .parquet, .csv, .json for the board, not as board.txt"),
        (("--out", "board"), "not as board"),
        ((1, "--out", "board.csv"), "leave out trial 1"),
        (("--out", "nowhere/board.csv"), "into a folder that is there, but got nowhere/board.csv"),
        (("--out", "folder.csv"), "but got folder.csv"),
        (("--out", "taken.csv"), "taken.csv is there already"),
    ],
)
def test_what_can_not_be_written_is_refused(fake: Path, here: Path, words: tuple[object, ...], says: str) -> None:
    (here / "folder.csv").mkdir()
    (here / "taken.csv").write_text("mine")
    assert says in refusal(export(fake, *words, name=FAKE))
    assert (here / "taken.csv").read_text() == "mine"
    assert len(list(here.iterdir())) == 2


def test_an_unknown_study_is_refused(fake: Path) -> None:
    assert "there is no study 'nothing'" in refusal(export(fake, name="nothing"))
