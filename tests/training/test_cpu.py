"""Which kernels TensorFlow uses follows the processor, and the user's own setting wins."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import commands
import pytest
from builders import tiny_dataset
from commands import finished, refusal, space_file

import sweep.cli.reproduce
from sweep.errors import InputError
from sweep.execution import reproduction
from sweep.execution.estimates import estimate_all
from sweep.execution.ray.trainable import TrialTrainable
from sweep.training import cpu
from sweep.training.cpu import ONEDNN, cpu_class, cpu_flags, onednn_for_training, switch_onednn_on
from sweep.training.environment import environment
from sweep.training.local import warm_worker
from sweep.training.messages import TrainingConfig, pickled

ZEN_3 = {"sse4_2", "avx", "avx2", "fma"}
ZEN_4 = {*ZEN_3, "avx512f", "avx512_bf16", "avx512_vnni"}
XEON_AMX = {*ZEN_4, "amx_tile", "amx_bf16"}
ALDER_LAKE = {*ZEN_3, "avx_vnni"}


@pytest.mark.parametrize(
    ("flags", "switched"),
    [(ZEN_3, True), (ZEN_4, False), (XEON_AMX, False), (ALDER_LAKE, False), ({"sse4_2", "avx"}, False), (set(), False)],
)
def test_onednn_is_switched_on_only_where_it_gains_and_tensorflow_leaves_it_off(
    flags: set[str], switched: bool
) -> None:
    environ: dict[str, str] = {}
    assert switch_onednn_on(environ, flags) is switched
    assert environ == ({ONEDNN: "1"} if switched else {})


@pytest.mark.parametrize("value", ["0", "1", ""])
def test_what_the_user_has_set_stays(value: str) -> None:
    environ = {ONEDNN: value}
    assert switch_onednn_on(environ, ZEN_3) is False
    assert environ == {ONEDNN: value}


def test_flags_are_those_of_the_first_processor_and_none_where_there_is_no_such_file(tmp_path: Path) -> None:
    path = tmp_path / "cpuinfo"
    assert cpu_flags(path) == set()
    path.write_text("processor\t: 0\nflags\t\t: fpu avx avx2\n\nprocessor\t: 1\nflags\t\t: fpu\n")
    assert cpu_flags(path) == {"fpu", "avx", "avx2"}
    path.write_text("processor\t: 0\n")
    assert cpu_flags(path) == set()


class Importing(ModuleType):
    """Stands for `sweep.training.worker` and `estimate`, and notes what TensorFlow would find when it is imported."""

    def __init__(self) -> None:
        super().__init__("sweep.training.worker")
        self.settings: list[str | None] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self.settings.append(os.environ.get(ONEDNN))
        return lambda *args, **kwargs: []


@pytest.fixture
def importing(monkeypatch: pytest.MonkeyPatch) -> Importing:
    """A processor that gains from oneDNN, an environment that says nothing of it, and TensorFlow not imported yet."""
    module = Importing()
    for name in ("worker", "estimate"):
        monkeypatch.setitem(sys.modules, f"sweep.training.{name}", module)
    monkeypatch.setattr(cpu, "cpu_flags", lambda: ZEN_3)
    monkeypatch.delenv(ONEDNN, raising=False)
    return module


CONFIG = TrainingConfig(None, 1, (100,))


def on_a_ray_worker() -> None:
    """What the first trial of a Ray worker does before it is trained."""
    trainable = TrialTrainable.__new__(TrialTrainable)  # its setup takes Ray
    data = tiny_dataset()
    trainable._packed_config_and_data = (pickled(CONFIG), data.training(), data.test)
    trainable._warm()


def in_check() -> None:
    """What the process of `check` does that builds the models."""
    estimate_all(pickled(CONFIG), [], tiny_dataset().training(), tiny_dataset().test, 3, 1)


@pytest.mark.parametrize("train", [on_a_ray_worker, in_check, lambda: warm_worker(CONFIG, tiny_dataset())])
def test_whatever_trains_imports_tensorflow_with_onednn_and_records_it_alike(
    importing: Importing, monkeypatch: pytest.MonkeyPatch, train: Callable[[], None]
) -> None:
    monkeypatch.setattr(gc, "freeze", lambda: None)
    monkeypatch.setattr(os, "dup2", lambda *files: None)  # `check` shuts its process's standard error
    train()
    assert importing.settings
    assert set(importing.settings) == {"1"}
    assert ONEDNN not in os.environ
    assert f"{ONEDNN}=1" in environment(CONFIG)["settings"].split()


def test_what_the_user_has_set_is_found_and_recorded_and_stays(
    importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ONEDNN, "0")
    warm_worker(CONFIG, tiny_dataset())
    assert set(importing.settings) == {os.environ[ONEDNN]} == {"0"}
    assert f"{ONEDNN}=0" in environment(CONFIG)["settings"]


def test_a_file_or_a_pickle_that_imports_tensorflow_itself_finds_the_same(
    importing: Importing, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = []

    def loading(*args: Any, **kwargs: Any) -> Any:
        settings.append(os.environ.get(ONEDNN))
        raise InputError("enough")

    monkeypatch.setattr(sweep.cli.reproduce, "restore_study", loading)
    results = finished(space_file(tmp_path))
    assert "enough" in refusal(commands.sweep("reproduce", "my_space", "0", "--results", results))
    monkeypatch.setattr(reproduction, "unpickled", loading)
    with pytest.raises(InputError, match="enough"):
        reproduction._train_again(b"", tiny_dataset(), SimpleNamespace(), [])  # type: ignore[arg-type]
    assert settings == ["1", "1"]


def test_a_context_in_another_leaves_the_variable_to_the_outer_one(importing: Importing) -> None:
    with onednn_for_training():
        with onednn_for_training():
            pass
        assert os.environ[ONEDNN] == "1"
    assert ONEDNN not in os.environ


@pytest.mark.parametrize(
    ("flags", "name"),
    [
        (XEON_AMX, "AMX with bfloat16"),
        (ZEN_4, "AVX-512 with bfloat16"),
        ({*ZEN_3, "avx512f"}, "AVX-512"),
        (ZEN_3, "AVX2"),
        (ALDER_LAKE, "AVX2"),
        ({"sse4_2", "avx"}, None),
        (set(), None),
    ],
)
def test_a_processors_class_is_the_best_that_its_flags_name(flags: set[str], name: str | None) -> None:
    assert cpu_class(flags) == name
