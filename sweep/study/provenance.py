"""What the latest run of a study ran with: versions, code, data, machine and command, kept in `run.json`."""

from __future__ import annotations

import json
import os
import platform
import sys
from datetime import UTC, datetime
from typing import Any

from sweep.data.dataset import Dataset
from sweep.study.records import StudyRecord
from sweep.study.storage.files import write_whole
from sweep.study.storage.folder import StudyFolder
from sweep.training.environment import code_sha256, git_commit, processor, version

PACKAGES = ("keras-sweep", "tensorflow", "keras", "ray", "optuna", "pandas", "numpy", "scikit-learn")


def write_run_json(folder: StudyFolder, dataset: Dataset, cluster: str, study: StudyRecord) -> None:
    """Write `run.json` of this run into a study's folder.

    Args:
        folder: the study's folder.
        dataset: the data set that is trained on.
        cluster: what Ray offers, in words.
        study: the study's record.
    """
    facts: dict[str, Any] = {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": sys.argv,
        "python": platform.python_version(),
        "versions": {name: installed for name in PACKAGES if (installed := version(name))},
        "git_commit": git_commit(),
        "code_sha256": code_sha256(),
        "dataset": {"name": dataset.name, "sha256": dataset.sha256},
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
    """Update how many trials and confirming runs `run.json` says were measured on the test set, each of them once."""
    try:
        facts = json.loads(folder.run_json.read_text())
        facts["test_evaluations"] = _test_evaluations(study)
    except (FileNotFoundError, ValueError, TypeError):
        return  # it does not exist yet, or is damaged: the next run writes it anew
    write_whole(folder.run_json, json.dumps(facts, indent=2) + "\n")


def _test_evaluations(study: StudyRecord) -> dict[str, int]:
    trials = sum(bool(trial.test) for trial in study.trials)
    runs = sum(bool(run.test) for run in study.confirming)
    return {"completed_trials": trials, "confirming_runs": runs, "total": trials + runs}
