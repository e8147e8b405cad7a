"""`run.json`: how a study was run last, and how often its test set was measured on."""

from __future__ import annotations

import json
import os
import platform
import sys
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import pytest
from builders import completed, hand_made_study, tiny_dataset, trial_record

from sweep.study.confirming_run import ConfirmingRun
from sweep.study.events import SearchStarted
from sweep.study.provenance import PACKAGES, count_test_evaluations, read_run_json, write_run_json
from sweep.study.records import StudyRecord
from sweep.study.storage.folder import StudyFolder


@pytest.fixture
def folder(tmp_path: Path) -> StudyFolder:
    """The folder of a study."""
    study_folder = StudyFolder(tmp_path, "tiny")
    study_folder.path.mkdir()
    return study_folder


def study() -> StudyRecord:
    """Two completed trials, one that failed, and three confirming runs of which one failed."""
    record = hand_made_study(completed(0, 0.5), completed(1, 0.6), trial_record(2, "FAIL"))
    runs = [
        ConfirmingRun(0, 0, 1, {"accuracy": 0.5}),
        ConfirmingRun(1, 0, 1, {"accuracy": 0.6}),
        ConfirmingRun(1, 1, 2, error="odd"),
    ]
    return StudyRecord(**{**vars(record), "confirming": runs})


COUNTED = {"completed_trials": 2, "confirming_runs": 2, "total": 4}


def test_it_tells_when_with_what_on_which_data_and_where(folder: StudyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["sweep", "run", "a b.py", "--seed", "3"])
    dataset = tiny_dataset()
    write_run_json(folder, dataset, "a cluster of tests", study())
    text = folder.run_json.read_text()
    facts = json.loads(text)
    assert text.endswith("}\n")
    assert timedelta(0) <= datetime.now(UTC) - datetime.fromisoformat(facts["started"]) < timedelta(minutes=5)
    assert facts["command"] == ["sweep", "run", "a b.py", "--seed", "3"]
    assert facts["python"] == platform.python_version()
    assert set(facts["versions"]) <= set(PACKAGES)
    assert facts["versions"]["optuna"] == version("optuna")
    assert len(facts["code_sha256"]) == 64
    assert facts["dataset"] == {"name": "tiny images", "sha256": dataset.sha256}
    assert (facts["machine"]["cluster"], facts["machine"]["cpus"]) == ("a cluster of tests", os.cpu_count())
    assert facts["test_evaluations"] == COUNTED


def test_the_next_run_takes_the_place_of_the_last_and_leaves_nothing_beside(folder: StudyFolder) -> None:
    for cluster in ("one", "two"):
        write_run_json(folder, tiny_dataset(), cluster, study())
    assert json.loads(folder.run_json.read_text())["machine"]["cluster"] == "two"
    assert [path.name for path in folder.path.iterdir()] == ["run.json"]


def test_each_row_that_was_measured_on_the_test_set_counts_once_and_all_else_stays(folder: StudyFolder) -> None:
    folder.run_json.write_text(json.dumps({"started": "then", "test_evaluations": {"total": 1}, "new in 9.0": [1]}))
    for _ in range(2):
        count_test_evaluations(folder, study())
        facts = json.loads(folder.run_json.read_text())
        assert facts == {"started": "then", "test_evaluations": COUNTED, "new in 9.0": [1]}


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"3", b"null", b"\xff\xfe"])
def test_a_damaged_file_is_left_to_the_next_run(folder: StudyFolder, content: bytes) -> None:
    folder.run_json.write_bytes(content)
    count_test_evaluations(folder, study())
    assert folder.run_json.read_bytes() == content
    write_run_json(folder, tiny_dataset(), "here", study())
    assert json.loads(folder.run_json.read_text())["test_evaluations"] == COUNTED


def test_where_there_is_no_file_none_is_made(folder: StudyFolder) -> None:
    count_test_evaluations(folder, study())
    assert list(folder.path.iterdir()) == []


def test_it_tells_a_search_that_begins_to_who_watches_it_and_when_the_run_ended(folder: StudyFolder) -> None:
    search = SearchStarted(study(), 8, 5, 1, True, (20, 6), True, "2 CPUs", "float32")
    write_run_json(folder, tiny_dataset(), "here", study(), search)
    facts = read_run_json(folder)
    assert facts["search"] == {
        **{"trials": 8, "epochs": 5, "unfinished": 1, "images": [20, 6], "scaled": True},
        **{"workers": "2 CPUs", "precision": "float32"},
    }
    assert facts["ended"] is None
    count_test_evaluations(folder, study())
    assert read_run_json(folder)["ended"] >= facts["started"]
    write_run_json(folder, tiny_dataset(), "here", study())
    assert read_run_json(folder)["search"] is None


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"3", b"null", b"\xff\xfe"])
def test_a_damaged_or_missing_file_holds_nothing(folder: StudyFolder, content: bytes) -> None:
    assert read_run_json(folder) == {}
    folder.run_json.write_bytes(content)
    assert read_run_json(folder) == {}
