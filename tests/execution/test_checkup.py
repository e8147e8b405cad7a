"""What a machine offers a sweep, and what to do where something is missing."""

from __future__ import annotations

import os
import subprocess
from collections import namedtuple
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sweep.errors import InputError
from sweep.execution import checkup
from sweep.execution.ray import cluster as ray_cluster
from sweep.execution.ray.cluster import Cluster

Patch = pytest.MonkeyPatch
Usage = namedtuple("Usage", ["total", "used", "free"])
ZEN_3 = {"sse4_2", "avx", "avx2", "fma"}
XEON = {*ZEN_3, "avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16"}


def test_what_is_not_installed_stops_a_sweep(monkeypatch: Patch) -> None:
    assert not checkup.packages().stops
    monkeypatch.setattr(checkup, "version", lambda name: None if name == "keras" else "1.0")
    finding = checkup.packages()
    assert finding.stops
    assert "keras is not installed" in finding.text
    assert "pip install keras-sweep" in finding.remedy


def test_cores_are_those_that_this_process_may_use(monkeypatch: Patch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 3}, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    assert checkup.cores().text.startswith("2 of the 8 that the machine has: ")


@pytest.mark.parametrize(
    ("flags", "environ", "says", "remedy"),
    [
        (XEON, {}, "AMX with bfloat16; the built-in network trains in bfloat16; oneDNN is left to TensorFlow", ""),
        (ZEN_3, {}, "AVX2; the built-in network trains in float32; sweep switches oneDNN on", ""),
        (ZEN_3, {"TF_ENABLE_ONEDNN_OPTS": "0"}, "TF_ENABLE_ONEDNN_OPTS=0 is set", "unset TF_ENABLE_ONEDNN_OPTS"),
        ({"sse4_2"}, {}, "class not known", "use a machine with AVX2"),
        (set(), {}, "class not known", ""),
    ],
)
def test_the_processors_class_says_what_is_chosen_for_it(
    flags: set[str], environ: dict[str, str], says: str, remedy: str, monkeypatch: Patch
) -> None:
    monkeypatch.setattr(checkup, "supports_bfloat16", lambda gpu: "avx512_bf16" in flags)
    finding = checkup.cpu(flags, environ)
    assert says in finding.text
    assert finding.remedy.startswith(remedy)
    assert bool(finding.remedy) == bool(remedy)
    assert not finding.stops


@pytest.mark.parametrize(
    ("gigabytes", "remedy", "stops"), [(16, "", False), (3, "run --jobs 2", False), (0.5, "run --jobs 1", True)]
)
def test_memory_is_enough_if_all_trials_side_by_side_have_it(
    gigabytes: float, remedy: str, stops: bool, monkeypatch: Patch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    finding = checkup.memory(lambda: int(gigabytes * 10**9))
    assert remedy in finding.remedy
    assert (bool(finding.remedy), finding.stops) == (bool(remedy), stops)
    assert finding.text.startswith(f"{gigabytes:.1f} GB free")


def smi(output: str | None) -> object:
    def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        if output is None:
            raise FileNotFoundError("nvidia-smi")
        return subprocess.CompletedProcess(command, 0, output, "")

    return run


@pytest.mark.parametrize("output", [None, "", "\n"])
def test_without_a_gpu_trials_train_on_the_cpu(output: str | None, monkeypatch: Patch) -> None:
    monkeypatch.setattr(subprocess, "run", smi(output))
    assert checkup.gpu() == checkup.Finding("GPU", "none of NVIDIA's; trials train on the CPU")


@pytest.mark.parametrize("with_cuda", [True, False])
def test_a_gpu_is_named_and_what_tensorflow_lacks_for_it(with_cuda: bool, monkeypatch: Patch) -> None:
    monkeypatch.setattr(subprocess, "run", smi("NVIDIA H100, 81559 MiB\n"))
    monkeypatch.setattr(checkup, "version", lambda name: "9.0" if with_cuda else None)
    finding = checkup.gpu()
    assert finding.text.startswith("NVIDIA H100, 81559 MiB; ")
    assert ("tensorflow[and-cuda]" in finding.remedy) == (not with_cuda)


@pytest.mark.parametrize(("free", "remedy", "stops"), [(9e9, False, False), (5e8, True, False), (1e7, True, True)])
def test_a_disk_needs_room_for_models(
    free: float, remedy: bool, stops: bool, tmp_path: Path, monkeypatch: Patch
) -> None:
    monkeypatch.setattr(checkup.shutil, "disk_usage", lambda folder: Usage(1e12, 0, free))
    finding = checkup.disk(tmp_path / "new" / "results")
    assert (bool(finding.remedy), finding.stops) == (remedy, stops)


def test_results_must_be_in_a_folder_that_can_be_written(tmp_path: Path, monkeypatch: Patch) -> None:
    (tmp_path / "results").write_text("a file")
    assert checkup.disk(tmp_path / "results").stops
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    finding = checkup.disk(tmp_path / "other")
    assert finding.stops
    assert "--results" in finding.remedy


def test_mnist_is_at_hand_or_how_to_get_it_is_told(tmp_path: Path) -> None:
    file = tmp_path / "mnist.npz"
    file.touch()
    assert checkup.mnist({"SWEEP_DATA": str(file)}) == checkup.Finding("MNIST", f"at hand in {file}")
    wrong = checkup.mnist({"SWEEP_DATA": str(tmp_path / "none.npz")})
    assert wrong.stops
    away = checkup.mnist({"HOME": str(tmp_path)})
    assert not away.stops
    assert f"copy mnist.npz to {tmp_path}/.keras/datasets/mnist.npz" in away.remedy


@pytest.mark.parametrize(("name", "well"), [("utf-8", True), ("UTF8", True), ("ascii", False), ("latin-1", False)])
def test_an_encoding_other_than_utf_8_is_told(name: str, well: bool) -> None:
    assert (checkup.encoding(name).remedy == "") is well


@pytest.mark.parametrize(("size", "well"), [((120, 40), True), ((60, 20), True), ((59, 40), False), ((80, 19), False)])
def test_the_live_view_takes_a_terminal_of_some_size(size: tuple[int, int], well: bool) -> None:
    assert (checkup.terminal(True, os.terminal_size(size)).remedy == "") is well
    assert checkup.terminal(False, os.terminal_size(size)).remedy == ""


@pytest.fixture
def joined(monkeypatch: Patch) -> dict[str, object]:
    """A Ray whose address, and whether it asks for a token, may be set."""
    facts: dict[str, object] = {"address": "", "guarded": True}

    @contextmanager
    def connect(address: str | None) -> Iterator[Cluster]:
        if address == "wrong":
            raise InputError("no Ray answers at wrong; begin one there")
        yield Cluster(str(facts["address"]), 1, 2, 0, ((2, 0),))

    monkeypatch.setattr(ray_cluster, "connect", connect)
    monkeypatch.setattr(ray_cluster, "guarded", lambda address: facts["guarded"])
    return facts


@pytest.mark.parametrize(
    ("address", "guarded", "says", "remedy"),
    [
        ("", True, "this machine: 1 node, 2 CPUs; started for the sweep alone, with a token of its own", ""),
        ("h:1", True, "the Ray cluster at h:1: 1 node, 2 CPUs; it asks for a token", ""),
        ("h:1", None, "it did not say in time whether it asks for a token", ""),
        ("h:1", False, "the Ray cluster at h:1", "it lets in whoever reaches its ports: set RAY_AUTH_MODE=token"),
    ],
)
def test_ray_says_what_it_offers_and_who_gets_in(
    address: str, guarded: bool | None, says: str, remedy: str, joined: dict[str, object]
) -> None:
    joined.update(address=address, guarded=guarded)
    finding = checkup.ray(None)
    assert says in finding.text
    assert finding.remedy.startswith(remedy)
    assert (bool(finding.remedy), finding.stops) == (bool(remedy), False)


def test_a_ray_that_does_not_let_a_sweep_in_stops_it(joined: dict[str, object], monkeypatch: Patch) -> None:
    finding = checkup.ray("wrong")
    assert (finding.stops, finding.remedy) == (True, "no Ray answers at wrong; begin one there")
    monkeypatch.setattr(checkup, "version", lambda name: None)
    assert checkup.ray(None).stops
    assert not checkup.memory().stops


def test_each_thing_is_looked_at_once(joined: dict[str, object], tmp_path: Path) -> None:
    names = [finding.name for finding in checkup.findings(tmp_path, None)]
    assert names == ["packages", "cores", "CPU", "memory", "GPU", "disk", "MNIST", "locale", "terminal", "Ray"]
