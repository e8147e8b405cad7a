"""Which arithmetic a study trains in."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from sweep.training import precision as module
from sweep.training.cpu import cpu_flags
from sweep.training.precision import PRECISIONS, resolve, supports_bfloat16


@pytest.mark.parametrize("own_model", [False, True])
@pytest.mark.parametrize("supported", [False, True])
def test_auto_is_bfloat16_only_for_the_built_in_model_on_hardware_made_for_it(own_model: bool, supported: bool) -> None:
    expected = "bfloat16" if supported and not own_model else "float32"
    assert resolve("auto", own_model=own_model, supported=supported) == expected
    for choice in PRECISIONS[1:]:
        assert resolve(choice, own_model=own_model, supported=supported) == choice


@pytest.mark.parametrize(
    ("text", "supported"),
    [
        ("processor : 0\nflags\t\t: fpu avx512_bf16 sse\n", True),
        ("flags : fpu amx_bf16\nflags : fpu\n", True),
        ("flags : fpu avx512f avx512_bf16x\n", False),
        ("Features : fp asimd bf16\n", False),
        ("", False),
    ],
)
def test_a_cpu_is_asked_for_its_flags(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, supported: bool
) -> None:
    path = tmp_path / "cpuinfo"
    path.write_text(text)
    monkeypatch.setattr(module, "cpu_flags", lambda: cpu_flags(path))
    assert supports_bfloat16(gpu=False) is supported


def test_a_system_that_tells_no_flags_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "cpu_flags", lambda: cpu_flags(tmp_path / "nowhere"))
    assert not supports_bfloat16(gpu=False)


@pytest.mark.parametrize(
    ("answer", "supported"),
    [("8.0\n", True), ("9.0\n8.6\n", True), ("9.0\n7.5\n", False), ("", False), ("[N/A]\n", False), (None, False)],
)
def test_all_gpus_must_be_made_for_it(monkeypatch: pytest.MonkeyPatch, answer: str | None, supported: bool) -> None:
    def run(command: list[str], **words: Any) -> subprocess.CompletedProcess[str]:
        if answer is None:
            raise FileNotFoundError(command[0])
        return subprocess.CompletedProcess(command, 0, answer, "")

    monkeypatch.setattr(module.subprocess, "run", run)
    assert supports_bfloat16(gpu=True) is supported


def test_a_driver_that_does_not_answer_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(command: list[str], **words: Any) -> subprocess.CompletedProcess[str]:
        raise subprocess.TimeoutExpired(command, words["timeout"])

    monkeypatch.setattr(module.subprocess, "run", run)
    assert not supports_bfloat16(gpu=True)
