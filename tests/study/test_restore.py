"""From a ledger back to what trained its rows: own functions from their file, the same data by its hash."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import drain, tiny_arrays

from sweep.data import sources
from sweep.data.dataset import Dataset
from sweep.data.sources import resolve
from sweep.errors import InputError
from sweep.space.loader import load_sweep
from sweep.study import restore as restored
from sweep.study.definition import Definition
from sweep.study.opening import open_ledger
from sweep.study.origin import Origin
from sweep.study.records import read_study
from sweep.study.restore import restore_study

NAMED = """
from sweep import Sweep

def space(trial):
    return {"filters_1": trial.suggest_categorical("filters_1", [8, 16]), "batch_size": 8}

SWEEP = Sweep(space=space, baseline={"filters_1": 16}, trials=2, epochs=3, rungs=(50,), data="images.npz", seed=4)
"""
OWN_MODEL = NAMED.replace("SWEEP =", "def model(params):\n    return None\n\nSWEEP =").replace(
    "data=", "model=model, data="
)
OWN_DATA = (
    NAMED.replace("from sweep", "import numpy as np\nfrom sweep", 1)
    .replace("SWEEP =", "def data():\n    return dict(np.load(__file__[:-8] + 'images.npz'))\n\nSWEEP =")
    .replace('data="images.npz"', "data=data")
)


@pytest.fixture(autouse=True)
def images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An .npz in the folder where all is, on a machine that has no MNIST and gets none."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SWEEP_DATA", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(sources, "_download", lambda environ: None)
    path = tmp_path / "images.npz"
    np.savez(path, **tiny_arrays())
    return path


def ran(text: str, data: str = "auto", **changes: Any) -> Path:
    """A finished study, of a file's text, as `run` leaves it; returns its file."""
    file = Path("space.py")
    file.write_text(text)
    sweep = replace(load_sweep(file), **changes)
    dataset = resolve(sweep.data, data)
    with open_ledger(Path("results"), "mine", sweep, Definition.of(sweep, dataset)) as ledger:
        ledger.settle_precision("bfloat16", "bfloat16")
        ledger.note_origin(Origin.of(file, sweep, data, dataset))
        drain(ledger)
    return file


def loaded(*args: Any, **kwargs: Any) -> Any:
    return restore_study(Path("results"), "mine", *args, **kwargs)


def test_named_data_and_the_builtin_model_need_no_file(images: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran(NAMED, cpus_per_trial=3, gpus_per_trial=0.5, epochs=2).unlink()
    monkeypatch.chdir(images.parent / "results")  # the data's path was relative
    restored = restore_study(Path("."), "mine")
    assert restored.training_config.model is None
    assert (restored.training_config.epochs, restored.training_config.steps) == (2, (50, 100))
    assert (restored.training_config.threads, restored.training_config.gpu, restored.training_config.gpus) == (
        3,
        True,
        0.5,
    )
    assert restored.training_config.precision == "bfloat16"
    assert restored.dataset.sha256 == restored.study.definition.sha256
    assert [trial.number for trial in restored.study.trials] == [0, 1]


def test_data_given_by_a_flag_is_found_again_wherever_it_was(images: Path) -> None:
    elsewhere = images.rename(images.with_name("moved.npz"))
    ran(NAMED, data="moved.npz")
    assert read_study(Path("results"), "mine").origin == Origin(
        str(Path("space.py").resolve()), False, str(elsewhere), 1, 0
    )
    assert loaded().dataset.name == "moved"


def test_an_own_model_comes_from_the_recorded_file(tmp_path: Path) -> None:
    ran(OWN_MODEL)
    model = loaded().training_config.model
    assert model is not None
    assert model({}) is None


def test_an_own_data_function_is_called_again(images: Path) -> None:
    ran(OWN_DATA)
    restored = loaded()
    assert restored.dataset.name == "data"
    assert restored.training_config.model is None


def test_data_that_was_moved_is_given_by_its_path(images: Path) -> None:
    for text in (NAMED, OWN_DATA):
        shutil.rmtree("results", ignore_errors=True)
        ran(text)
        moved = images.rename("moved.npz")
        with pytest.raises(InputError, match=r"images\.npz"):
            loaded()
        assert loaded(data="moved.npz").dataset.name == read_study(Path("results"), "mine").definition.dataset
        moved.rename(images)


def test_other_data_is_refused_with_both_hashes(images: Path) -> None:
    ran(NAMED)
    then = resolve(str(images), "auto").sha256
    np.savez(images, **tiny_arrays(y_test=np.array([0, 1, 2, 0, 1, 1])))
    now = resolve(str(images), "auto").sha256
    with pytest.raises(InputError, match=f"images.*sha256 {then[:16]}.*but images has sha256 {now[:16]}.*--data"):
        loaded()


def test_a_study_that_fell_back_to_digits_finds_them_again_under_the_same_name() -> None:
    ran(NAMED.replace("images.npz", "mnist"))
    assert loaded().dataset.name == sources.FALLBACK_NAME


def test_mnist_that_is_gone_is_never_replaced_by_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWEEP_DATA", "images.npz")
    ran(NAMED.replace("images.npz", "mnist"))
    assert loaded().dataset.name == "images"
    monkeypatch.delenv("SWEEP_DATA")
    with pytest.raises(InputError, match="MNIST is not on this machine"):
        loaded()


@pytest.mark.parametrize("text", [OWN_MODEL, OWN_DATA])
def test_a_file_that_is_gone_is_named_and_can_be_given(text: str) -> None:
    moved = ran(text).rename("space.py.moved")
    with pytest.raises(InputError, match=r"space\.py, but that file is gone; give it with --space FILE"):
        loaded()
    moved.rename("my_other.py")
    if text == OWN_MODEL:
        assert loaded(Path("my_other.py")).training_config.model is not None


def test_a_file_in_the_results_folder_is_not_run_unless_it_is_named() -> None:
    file = ran(OWN_MODEL)
    inside = Path("results") / "mine" / "space.py"
    journal = inside.with_name("journal.log")
    journal.write_text(journal.read_text().replace(str(file.resolve()), str(inside.resolve())))
    inside.write_text("raise SystemExit('this must not run')")
    with pytest.raises(InputError, match=r"only when it is named.*--space .*results/mine/space\.py"):
        loaded()
    inside.write_text(OWN_MODEL)
    assert loaded(inside).training_config.model is not None


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("16}", "8}", "baseline filters_1 was 16, now 8"),
        ("[8, 16]", "[8, 16, 32]", "filters_1 was suggested from"),
        ("(50,)", "(20,)", "steps was"),
        ("model=model, ", "", "it had a function of its own that trains"),
    ],
)
def test_a_file_that_became_another_search_is_refused(old: str, new: str, says: str) -> None:
    file = ran(OWN_MODEL)
    file.write_text(OWN_MODEL.replace(old, new))
    with pytest.raises(InputError, match=f"space.py must be what study 'mine' was run with, but .*{says}.*--space"):
        loaded(file)


def test_a_larger_budget_and_what_flags_gave_is_no_other_search() -> None:
    file = ran(OWN_MODEL, epochs=2, seed=9)
    file.write_text(OWN_MODEL.replace("trials=2", "trials=20"))
    assert loaded().training_config.epochs == 2


def test_a_study_of_an_earlier_version_opens_and_needs_its_file_named() -> None:
    file = Path("space.py")
    file.write_text(OWN_MODEL.replace("seed=4", "cpus_per_trial=2"))
    sweep = load_sweep(file)
    with open_ledger(Path("results"), "mine", sweep, Definition.of(sweep, resolve(sweep.data, "auto"))) as ledger:
        drain(ledger)
    assert read_study(Path("results"), "mine").origin is None
    with pytest.raises(InputError, match="earlier version; give its search-space file with --space FILE"):
        loaded()
    restored = loaded(file)
    assert restored.training_config.model is not None
    assert (restored.training_config.threads, restored.training_config.precision) == (2, "float32")


def test_what_is_loaded_is_the_whole_data_set(images: Path) -> None:
    ran(NAMED)
    dataset: Dataset = loaded().dataset
    assert dataset.training().train.x.shape == (20, 8, 8)


@pytest.mark.parametrize("named", ["space.py", "/proc/self/cwd/space.py"])
def test_a_file_that_no_run_would_record_like_this_is_not_run(named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = ran(OWN_MODEL)
    origin = replace(Origin.of(file, load_sweep(file), "auto", resolve("images.npz", "auto")), file=named)
    study = replace(read_study(Path("results"), "mine"), origin=origin)
    monkeypatch.setattr(restored, "read_study", lambda results, name: study)
    with pytest.raises(InputError, match=f"recorded as {named}; if you trust it, add --space"):
        loaded()
    assert loaded(space=file).training_config.model is not None
