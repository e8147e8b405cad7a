"""How a study was run: versions, code, data, machine and command, kept in `run.json`."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from sweep.data import Dataset
from sweep.files import write_whole

PACKAGES = ("keras-sweep", "tensorflow", "keras", "ray", "optuna", "pandas", "numpy", "scikit-learn")


def write_run_json(folder: Path, dataset: Dataset, cluster: str) -> None:
    """Write `run.json` of this run into a study's folder."""
    facts: dict[str, Any] = {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": sys.argv,
        "python": platform.python_version(),
        "versions": {name: found for name in PACKAGES if (found := _version(name))},
        "git_commit": _git_commit(),
        "dataset": {"name": dataset.name, "sha256": dataset.sha256},
        "machine": {
            "node": platform.node(),
            "system": platform.platform(),
            "processor": _processor(),
            "cpus": os.cpu_count(),
            "cluster": cluster,
        },
    }
    write_whole(folder / "run.json", json.dumps(facts, indent=2) + "\n")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _git_commit() -> str | None:
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())
