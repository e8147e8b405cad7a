"""What a trial was trained with: told by the worker, kept once a study, compared in words."""

from __future__ import annotations

import json
import platform
from pathlib import Path

import numpy as np
import pytest
from builders import NAME, complete, measurement, opened, prune

from sweep.report.format import described
from sweep.study.records import read_study
from sweep.training import environment as module
from sweep.training.environment import changes, code_sha256, environment
from sweep.training.messages import TrainingConfig

JOB = TrainingConfig(None, epochs=1, steps=(100,), threads=2, file_sha256="f" * 64)


def test_it_tells_versions_machine_threads_and_code() -> None:
    told = environment(JOB, ["GPU A", "GPU B"], {})
    assert told["python"] == platform.python_version()
    assert told["numpy"] == np.__version__
    assert told["machine"] == platform.node()
    assert (told["threads"], told["gpus"], told["search-space file"]) == ("2", "GPU A, GPU B", "f" * 64)
    assert len(told["code"]) == 64
    assert json.loads(json.dumps(told)) == told


def test_settings_that_change_numbers_are_told_and_no_others() -> None:
    environ = {"TF_ENABLE_ONEDNN_OPTS": "0", "ONEDNN_MAX_CPU_ISA": "AVX2", "TF_CPP_MIN_LOG_LEVEL": "3", "HOME": "/h"}
    assert environment(JOB, environ=environ)["settings"] == "ONEDNN_MAX_CPU_ISA=AVX2 TF_ENABLE_ONEDNN_OPTS=0"


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


def test_changes_are_told_in_words_and_a_commit_alone_is_none() -> None:
    then = environment(JOB, (), {})
    assert changes(then, then) == []
    assert changes({**then, "git_commit": "0" * 40}, then) == []
    now = {**then, "keras": "99.1", "gpus": "GPU A", "code": "c" * 64, "git_commit": "abcdef0123456"}
    assert list(map(described, changes(then, now))) == [
        f"keras was {then['keras']}, now 99.1",
        "gpus was none, now GPU A",
        f"code was {then['code'][:10]}{commit(then)}, now cccccccccc (git abcdef0123)",
    ]
    assert list(map(described, changes({}, {"code": "c" * 64}))) == ["code was not known, now cccccccccc"]


def commit(told: dict[str, str]) -> str:
    return f" (git {told['git_commit'][:10]})" if told["git_commit"] else ""


def test_a_study_run_in_two_sittings_tells_which_trial_ran_in_which(tmp_path: Path) -> None:
    old, new = ({"keras": "3.14"}, {"keras": "3.15"})
    with opened(tmp_path) as ledger:
        first, second, third = (spec for _ in range(3) if (spec := ledger.next_trial()))
        ledger.report(first.number, measurement(50, environment=json.dumps(old)))
        ledger.report(second.number, measurement(50, environment=json.dumps(old)))
        prune(ledger, third)
    with opened(tmp_path) as ledger:
        for _ in range(2):
            spec = ledger.next_trial()
            assert spec is not None
            ledger.report(
                spec.number, measurement(50, environment=json.dumps(new))
            )  # known: what was measured then stays
            if spec.number == second.number:
                ledger.report(spec.number, measurement(100, environment=json.dumps(new)))
                ledger.complete(spec.number, measurement(100))
        fourth = ledger.next_trial()
        assert fourth is not None
        ledger.report(fourth.number, measurement(50, environment=json.dumps(new)))
    study = read_study(tmp_path, NAME)
    assert study.environments == [old, new]
    assert [trial.environments for trial in study.trials] == [[0], [0, 1], [], [1]]


def test_one_environment_is_kept_once_however_many_rungs_and_trials_had_it(tmp_path: Path) -> None:
    told = json.dumps({"keras": "3.15", "processor": "a unique processor"})
    with opened(tmp_path) as ledger:
        while (spec := ledger.next_trial()) is not None:
            for step in (50, 100):
                ledger.report(spec.number, measurement(step, environment=told))
            ledger.complete(spec.number, measurement(100))
        journal = ledger.folder.journal.read_text()
    assert journal.count("a unique processor") == 1
    assert [trial.environments for trial in read_study(tmp_path, NAME).trials] == [[0]] * 4


def test_rungs_that_tell_no_environment_leave_no_trace(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        spec = ledger.next_trial()
        assert spec is not None
        complete(ledger, spec)
    study = read_study(tmp_path, NAME)
    assert (study.environments, study.trials[0].environments) == ([], [])
