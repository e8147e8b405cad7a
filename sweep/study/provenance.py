"""What the latest run of a study ran with: versions, code, data, machine and command, kept in `run.json`."""

from __future__ import annotations

import json
import os
import platform
import sys
from datetime import UTC, datetime
from typing import Any

from sweep.data.dataset import Dataset
from sweep.study.events import SearchStarted
from sweep.study.records import StudyRecord
from sweep.study.storage.files import write_whole
from sweep.study.storage.folder import StudyFolder
from sweep.training.environment import code_sha256, git_commit, processor, version

PACKAGES = ("keras-sweep", "tensorflow", "keras", "ray", "optuna", "pandas", "numpy", "scikit-learn")

SEARCH = ("trials", "epochs", "unfinished", "images", "scaled", "workers", "precision")
"""What is kept of the start of a search: fields of `SearchStarted`."""


def write_run_json(
    folder: StudyFolder, dataset: Dataset, cluster: str, study: StudyRecord, search: SearchStarted | None = None
) -> None:
    """Write `run.json` of this run into a study's folder.

    Args:
        folder: the study's folder.
        dataset: the data set that is trained on.
        cluster: what Ray offers, in words.
        study: the study's record.
        search: the search that is about to begin, for whoever watches it. Default: None, the run confirms alone.
    """
    facts: dict[str, Any] = {
        "started": _now(),
        "ended": None,
        "command": sys.argv,
        "python": platform.python_version(),
        "versions": {name: installed for name in PACKAGES if (installed := version(name))},
        "git_commit": git_commit(),
        "code_sha256": code_sha256(),
        "dataset": {"name": dataset.name, "sha256": dataset.sha256},
        "search": search and {name: getattr(search, name) for name in SEARCH},
        "machine": {
            "node": platform.node(),
            "system": platform.platform(),
            "processor": processor(),
            "cpus": os.cpu_count(),
            "cluster": cluster,
        },
        "test_evaluations": _test_evaluations(study),
    }
    write_whole(folder.run_json, json.dumps(facts, indent=2) + "\n")


def count_test_evaluations(folder: StudyFolder, study: StudyRecord) -> None:
    """Update how many trials and confirming runs `run.json` says were measured on the test set, each of them once.

    It is the end of a run, which is written down, too.
    """
    try:
        facts = json.loads(folder.run_json.read_text())
        facts["test_evaluations"] = _test_evaluations(study)
    except (FileNotFoundError, ValueError, TypeError):
        return  # it does not exist yet, or is damaged: the next run writes it anew
    if "ended" in facts:  # earlier versions did not write it
        facts["ended"] = _now()
    write_whole(folder.run_json, json.dumps(facts, indent=2) + "\n")


def read_run_json(folder: StudyFolder) -> dict[str, Any]:
    """What `run.json` holds; nothing if it is missing or damaged."""
    try:
        facts = json.loads(folder.run_json.read_text())
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _test_evaluations(study: StudyRecord) -> dict[str, int]:
    trials = sum(bool(trial.test) for trial in study.trials)
    runs = sum(bool(run.test) for run in study.confirming)
    return {"completed_trials": trials, "confirming_runs": runs, "total": trials + runs}
