"""What a trial was trained with: told by the worker, kept once a study, compared in words."""

from __future__ import annotations

import json
import platform
from pathlib import Path

import numpy as np
import pytest

from sweep.training import environment as module
from sweep.training.environment import EnvironmentChange, changes, code_sha256, environment
from sweep.training.messages import TrainingConfig

CONFIG = TrainingConfig(None, epochs=1, steps=(100,), threads=2, file_sha256="f" * 64)


def test_it_tells_versions_machine_threads_and_code() -> None:
    here = environment(CONFIG, ["GPU A", "GPU B"], {})
    assert here["python"] == platform.python_version()
    assert here["numpy"] == np.__version__
    assert here["machine"] == platform.node()
    assert (here["threads"], here["gpus"], here["search-space file"]) == ("2", "GPU A, GPU B", "f" * 64)
    assert len(here["code"]) == 64
    assert json.loads(json.dumps(here)) == here


def test_settings_that_change_numbers_are_told_and_no_others() -> None:
    environ = {"TF_ENABLE_ONEDNN_OPTS": "0", "ONEDNN_MAX_CPU_ISA": "AVX2", "TF_CPP_MIN_LOG_LEVEL": "3", "HOME": "/h"}
    assert environment(CONFIG, environ=environ)["settings"] == "ONEDNN_MAX_CPU_ISA=AVX2 TF_ENABLE_ONEDNN_OPTS=0"


def test_the_code_is_known_by_its_contents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def code_of(**files: str) -> str:
        for name, text in files.items():
            (tmp_path / f"{name}.py").write_text(text)
        code_sha256.cache_clear()
        return code_sha256()

    monkeypatch.setattr(module, "PACKAGE", tmp_path)
    first = code_of(one="x = 1\n", two="")
    assert code_of() == first
    assert code_of(one="x = 2\n") != first
    assert code_of(one="x = 1\n") == first
    (tmp_path / "one.py").rename(tmp_path / "three.py")
    assert code_of() != first
    code_sha256.cache_clear()


def test_changes_are_what_differs_and_a_commit_alone_is_none() -> None:
    then = environment(CONFIG, (), {})
    assert changes(then, then) == []
    assert changes({**then, "git_commit": "0" * 40}, then) == []
    now = {**then, "keras": "99.1", "gpus": "GPU A", "code": "c" * 64, "git_commit": "abcdef0123456"}
    assert changes(then, now) == [
        EnvironmentChange("keras", then["keras"], "99.1"),
        EnvironmentChange("gpus", "", "GPU A"),
        EnvironmentChange("code", then["code"], "c" * 64, (then["git_commit"], "abcdef0123456")),
    ]
    assert changes({}, {"code": "c" * 64}) == [EnvironmentChange("code", "", "c" * 64)]
