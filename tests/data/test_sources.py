"""Where data comes from, in which order, and what is said of data that cannot be used."""

from __future__ import annotations

import os
import random
import subprocess
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import tiny_arrays

from sweep.data import sources
from sweep.data.dataset import KEYS, checked
from sweep.data.sources import FALLBACK_NAME, digits, mnist_path, read_npz, resolve
from sweep.errors import InputError
from sweep.space.loader import load_sweep
from sweep.study.origin import Origin


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, str]]:
    """Keras's download does nothing; returns what it was called with."""
    calls: list[Mapping[str, str]] = []
    monkeypatch.setattr(sources, "_download", calls.append)
    return calls


def npz(path: Path, **changes: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **tiny_arrays(**changes))
    return path


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_npz(path)
    message = str(caught.value)
    assert path.name in message
    return message


def test_an_npz_is_named_after_its_file(tmp_path: Path) -> None:
    dataset = read_npz(npz(tmp_path / "shapes.npz"))
    assert dataset.name == "shapes"
    assert (dataset.train.x == tiny_arrays()["x_train"]).all()


def test_more_arrays_than_needed_are_left_alone(tmp_path: Path) -> None:
    np.savez(tmp_path / "more.npz", **tiny_arrays(), notes=np.array(["hello"]))
    assert read_npz(tmp_path / "more.npz").name == "more"


def test_compressed_and_plain_files_are_the_same_data(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "small.npz", **tiny_arrays())
    assert read_npz(tmp_path / "small.npz").sha256 == read_npz(npz(tmp_path / "large.npz")).sha256


def test_a_missing_file_is_told_with_what_data_may_be(tmp_path: Path) -> None:
    assert "mnist, digits or the path of an .npz file" in refusal(tmp_path / "nothing.npz")


def test_a_folder_is_no_npz(tmp_path: Path) -> None:
    assert "there is no file" in refusal(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello\n",
        b"PK",
        b"PK\x03\x04" + b"\0" * 40,
        b"PK\x05\x06" + b"\0" * 18,
        b"\x93NUMPY\x01\x00",
        b"\x80\x04].",
    ],
    ids=["empty", "text", "two bytes", "zip header", "empty zip", "npy header", "pickle"],
)
def test_a_file_that_is_no_npz_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.npz"
    path.write_bytes(content)
    refusal(path)


def test_a_bare_npy_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "array.npz"
    with path.open("wb") as file:
        np.save(file, np.arange(3))
    refusal(path)


def test_a_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    whole = npz(tmp_path / "whole.npz").read_bytes()
    path = tmp_path / "cut.npz"
    for size in range(0, len(whole), max(1, len(whole) // 40)):
        path.write_bytes(whole[:size])
        refusal(path)


@pytest.mark.parametrize("compressed", [True, False])
def test_flipped_bytes_are_refused_or_harmless_and_never_anything_else(tmp_path: Path, compressed: bool) -> None:
    path = tmp_path / "flipped.npz"
    (np.savez_compressed if compressed else np.savez)(path, **tiny_arrays())
    whole, draw = path.read_bytes(), random.Random(0)
    digest = read_npz(path).sha256
    for _ in range(300):
        bad = bytearray(whole)
        for _ in range(draw.randint(1, 3)):
            bad[draw.randrange(len(bad))] = draw.randrange(256)
        path.write_bytes(bytes(bad))
        with suppress(InputError):
            assert read_npz(path).sha256 == digest


def test_pickled_objects_are_never_loaded(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "ran",))

    images = np.empty((24, 8), object)
    images[:] = Evil()
    message = refusal(npz(tmp_path / "objects.npz", x_train=images))
    assert "Object arrays cannot be loaded" in message
    assert not (tmp_path / "ran").exists()


def test_arrays_under_other_names_are_told_the_right_ones(tmp_path: Path) -> None:
    np.savez(tmp_path / "keys.npz", images=np.zeros((4, 8, 8)), labels=np.arange(4))
    assert "must have x_train, y_train, x_test, y_test" in refusal(tmp_path / "keys.npz")


def test_a_zip_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.npz"
    with zipfile.ZipFile(path, "w") as file:
        for key in KEYS:
            file.writestr(f"{key}.npy", "not an array")
    refusal(path)
    with zipfile.ZipFile(path, "w") as file:
        for key in KEYS:
            file.writestr(key, "not an array")
    refusal(path)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"y_train": np.arange(23) % 3}, "as many labels as inputs"),
        ({"x_train": np.full((24, 8, 8), np.nan)}, "NaN"),
        ({"x_test": np.zeros((0, 8, 8), np.uint8)}, "must not be empty"),
        ({"y_test": np.full(6, 9)}, "must occur in y_train"),
        ({"y_train": np.arange(24) % 3 + 0.5}, "whole numbers"),
        ({"x_train": np.full((24, 8, 8), b"a")}, "must hold numbers"),
    ],
)
def test_what_is_wrong_inside_is_told_with_array_and_file(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    assert says in refusal(npz(tmp_path / "wrong.npz", **changes))


def test_the_digits_are_ten_classes_of_mnist_sized_images_and_always_the_same() -> None:
    dataset = digits("digits")
    assert dataset.train.x.shape == (1500, 28, 28)
    assert dataset.test.x.shape == (297, 28, 28)
    assert dataset.train.x.dtype == np.uint8
    assert int(dataset.train.x.max()) == 255
    assert dataset.classes == 10
    part = dataset.training()
    assert set(part.train.y) == set(part.val.y) == set(range(10))
    assert dataset.sha256 == resolve("digits", "auto", {}).sha256


def test_the_flag_wins_over_the_file(tmp_path: Path) -> None:
    path = npz(tmp_path / "own.npz")
    assert resolve("digits", str(path), {}).name == "own"
    assert resolve(str(path), "auto", {}).name == "own"
    assert resolve(str(path), "digits", {}).name == "digits"
    assert resolve(lambda: tiny_arrays(), str(path), {}).name == "own"


def test_sweep_data_stands_for_mnist_and_for_nothing_else(tmp_path: Path, offline: list[Any]) -> None:
    environ = {"SWEEP_DATA": str(npz(tmp_path / "own.npz")), "HOME": str(tmp_path)}
    assert resolve("mnist", "auto", environ).name == "own"
    assert resolve("digits", "mnist", environ).name == "own"
    assert resolve("digits", "auto", environ).name == "digits"
    assert offline == []


def test_a_sweep_data_that_is_not_there_is_an_error_that_names_it_and_no_fallback(
    tmp_path: Path, offline: list[Any]
) -> None:
    environ = {"SWEEP_DATA": str(tmp_path / "gone.npz"), "HOME": str(tmp_path)}
    for choice in ("auto", "mnist"):
        with pytest.raises(InputError, match=r"gone\.npz") as caught:
            resolve("mnist", choice, environ)
        assert "SWEEP_DATA" in str(caught.value)
    assert offline == []


def test_an_empty_sweep_data_is_as_none(tmp_path: Path, offline: list[Any]) -> None:
    assert mnist_path({"SWEEP_DATA": "", "HOME": str(tmp_path)}) is None


def test_kerass_cache_is_used_without_a_download(tmp_path: Path, offline: list[Any]) -> None:
    npz(tmp_path / ".keras" / "datasets" / "mnist.npz")
    other = npz(tmp_path / "elsewhere" / "datasets" / "mnist.npz", y_train=np.arange(24) % 2, y_test=np.arange(6) % 2)
    assert resolve("mnist", "mnist", {"HOME": str(tmp_path)}).classes == 3
    environ = {"HOME": str(tmp_path), "KERAS_HOME": str(other.parent.parent)}
    assert resolve("mnist", "auto", environ).classes == 2
    assert offline == []


def test_the_cache_is_looked_at_again_after_a_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def download(environ: Mapping[str, str]) -> None:
        npz(Path(environ["HOME"]) / ".keras" / "datasets" / "mnist.npz")

    monkeypatch.setattr(sources, "_download", download)
    assert resolve("mnist", "mnist", {"HOME": str(tmp_path)}).classes == 3


def test_without_mnist_auto_falls_back_and_says_so_in_the_name(
    tmp_path: Path, offline: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SWEEP_DATA", "KERAS_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    dataset = resolve("mnist", "auto")
    assert dataset.name == FALLBACK_NAME
    assert "no mnist" in dataset.name
    assert len(offline) == 1


def test_mnist_asked_for_never_falls_back_and_says_what_to_do(tmp_path: Path, offline: list[Any]) -> None:
    for data, choice in (("mnist", "mnist"), ("digits", "mnist")):
        with pytest.raises(InputError, match=r"--data PATH/mnist\.npz or SWEEP_DATA=PATH/mnist\.npz"):
            resolve(data, choice, {"HOME": str(tmp_path)})


def test_a_broken_cache_is_an_error_and_no_fallback(tmp_path: Path, offline: list[Any]) -> None:
    path = npz(tmp_path / ".keras" / "datasets" / "mnist.npz")
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InputError, match=r"mnist\.npz"):
        resolve("mnist", "auto", {"HOME": str(tmp_path)})


def own_data() -> Any:
    arrays = tiny_arrays()
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


def test_a_function_returns_two_pairs_or_a_mapping_and_gives_the_name() -> None:
    dataset = resolve(own_data, "auto", {})
    assert dataset.name == "own_data"
    assert resolve(tiny_arrays, "auto", {}).sha256 == dataset.sha256


def two_inputs() -> Any:
    rows = np.arange(24.0).reshape(12, 2)
    x, y = {"left": rows, "right": pd.DataFrame(rows, columns=["a", "b"])}, pd.Series(np.arange(12.0))
    return (x, y, np.ones(12)), (x, y), [x, y, pd.Series(np.arange(12.0))]


def test_a_function_returns_a_validation_part_between_the_two_and_weights_behind_each() -> None:
    dataset = resolve(two_inputs, "auto", {})
    assert dataset.validation is not None
    assert (dataset.train.weight == 1).all()
    assert dataset.validation.weight is None
    assert (dataset.test.weight == np.arange(12)).all()
    assert (dataset.test.x["left"] == dataset.train.x["right"]).all()
    assert dataset.classes is None


def test_a_mapping_has_a_validation_part_and_weights_under_their_names() -> None:
    (x, y, weight), (x_val, y_val), (x_test, y_test, weight_test) = two_inputs()
    arrays = {"x_train": x, "y_train": y, "sample_weight_train": weight, "x_val": x_val, "y_val": y_val}
    arrays |= {"x_test": x_test, "y_test": y_test, "sample_weight_test": weight_test}
    assert resolve(lambda: arrays, "auto", {}).sha256 == resolve(two_inputs, "auto", {}).sha256


def test_a_file_has_a_validation_part_and_weights_under_the_same_names(tmp_path: Path) -> None:
    arrays = tiny_arrays()
    val = {"x_val": arrays["x_test"], "y_val": arrays["y_test"]}
    weights = {f"sample_weight_{kind}": np.arange(len(arrays[f"y_{kind}"])) for kind in ("train", "test")}
    weights["sample_weight_val"] = np.arange(6) + 1
    dataset = read_npz(npz(tmp_path / "own.npz", **val, **weights))
    assert dataset.validation is not None
    assert dataset.validation.weight.tolist() == [1, 2, 3, 4, 5, 6]
    assert dataset.sha256 == resolve(lambda: {**arrays, **val, **weights}, "auto", {}).sha256
    assert dataset.sha256 != read_npz(npz(tmp_path / "plain.npz")).sha256
    assert "but y_val is missing" in refusal(npz(tmp_path / "half.npz", x_val=arrays["x_test"]))


def test_what_is_wrong_in_one_of_several_inputs_is_told_with_function_and_place() -> None:
    def people() -> Any:
        train, *others = two_inputs()
        return (
            ({"left": train[0]["left"], "right": train[0]["right"].assign(b="x")}, train[1]),
            *(part[:2] for part in others),
        )

    with pytest.raises(InputError) as caught:
        resolve(people, "auto", {})
    assert "x_train[\"right\"] in the data function people must hold numbers, but its column 'b'" in str(caught.value)


def raising() -> Any:
    raise LookupError("no such shard")


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (raising, "LookupError: no such shard"),
        (lambda: None, "must return (x_train, y_train), (x_test, y_test)"),
        (lambda: 7, "must return (x_train, y_train), (x_test, y_test)"),
        (lambda: "abcd", "must return (x_train, y_train), (x_test, y_test)"),
        (lambda: own_data()[0], "must return (x_train, y_train), (x_test, y_test)"),
        (lambda: (*own_data(), "more"), "but in the place of (x_test, y_test) it has str"),
        (lambda: (own_data()[0], (1, 2, 3, 4)), "but in the place of (x_test, y_test) it has 4 values"),
        (lambda: own_data() * 2, "must return (x_train, y_train), (x_test, y_test), with (x_val, y_val) between them"),
        (lambda: own_data() * 2, "but it returned 4 values"),
        (lambda: (np.zeros((2, 2)), own_data()[1]), "but in the place of (x_train, y_train) it has ndarray"),
        (lambda: {}, "x_train"),
        (lambda: {"x_train": 1}, "y_train"),
        (lambda: tiny_arrays(y_train=np.arange(3)), "as many labels as inputs"),
        (lambda: tiny_arrays(x_train=[[1], [2, 3]]), "x_train"),
        (lambda: tiny_arrays(x_train=iter([1, 2])), "x_train"),
        (lambda: ((None, None), (None, None)), "x_train"),
        (lambda x: x, "must return (x_train, y_train), (x_test, y_test)"),
    ],
)
def test_a_function_that_raises_or_returns_rubbish_is_told_what_to_return(function: Any, says: str) -> None:
    with pytest.raises(InputError) as caught:
        resolve(function, "auto", {})
    assert says in str(caught.value)


def test_ctrl_c_in_a_data_function_is_not_an_input_error() -> None:
    def interrupted() -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        resolve(interrupted, "auto", {})


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch) -> str:
    """A data set that was added as docs/architecture.md says: a function, and its name in the table."""
    monkeypatch.setitem(sources.NAMED, "shapes", lambda environ: checked("shapes", tiny_arrays(), "a test"))
    return "shapes"


def test_a_data_set_is_added_in_one_place_and_then_found_recorded_and_told(
    added: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / added).write_text("a file of the same name is not meant\n")
    (tmp_path / "space.py").write_text(
        "from sweep import Sweep\n\nSWEEP = Sweep(space=lambda trial: {}, baseline={}, data='shapes')\n"
    )
    loaded = load_sweep("space.py")
    dataset = resolve(loaded.data, "auto")
    assert dataset.name == resolve("digits", added).name == "shapes"
    origin = Origin.of(Path("space.py"), loaded, "auto", dataset)
    assert origin.data == added
    assert resolve(origin.data, origin.data).sha256 == dataset.sha256
    assert f"{added} or the path of an .npz file" in refusal(tmp_path / "nothing.npz")


@pytest.mark.parametrize("name", sources.NAMED)
def test_a_name_can_not_be_taken_for_a_path(name: str) -> None:
    assert name.isidentifier()


def test_a_relative_path_is_looked_for_beside_the_search_space_file_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    npz(tmp_path / "images.npz")
    file = tmp_path / "space.py"
    file.write_text(
        "from sweep import Sweep\n\nSWEEP = Sweep(space=lambda trial: {}, baseline={}, data='images.npz')\n"
    )
    assert load_sweep(file).data == str(tmp_path / "images.npz")


def test_the_process_that_downloads_can_import_keras(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import sys, keras; keras.datasets.mnist.load_data = lambda: print('asked'); exec(sys.argv[1])"
    run, outputs = subprocess.run, []

    def with_fake(command: list[str], **options: Any) -> Any:
        done = run([command[0], "-c", code, command[2]], **options)
        outputs.append((done.returncode, done.stdout.decode().strip()))

    monkeypatch.setattr(sources.subprocess, "run", with_fake)
    assert mnist_path({**os.environ, "SWEEP_DATA": "", "KERAS_HOME": str(tmp_path), "KERAS_BACKEND": "jax"}) is None
    assert outputs == [(0, "asked")]
