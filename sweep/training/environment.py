"""What a trial's numbers depend on besides its own params, seed and data: versions, code, hardware, settings."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path

import sweep
from sweep.training.messages import TrainingConfig

PACKAGE = Path(sweep.__file__).parent
PACKAGES = ("tensorflow", "keras", "numpy")
SETTINGS = ("TF_", "ONEDNN_", "DNNL_", "XLA_FLAGS", "KERAS_", "LD_PRELOAD")
LOGGING_SETTINGS = "TF_CPP_"
"""Environment variables that only say how much TensorFlow prints."""

Environment = dict[str, str]
"""What a trial was trained with, by name; see `environment`. Kept in the ledger as JSON."""


def environment(
    training_config: TrainingConfig, gpus: Sequence[str] = (), environ: Mapping[str, str] | None = None
) -> Environment:
    """What this process trains with. To be asked on the machine that trains.

    Args:
        training_config: tells the threads, and the file of an own model function.
        gpus: names of those TensorFlow uses. Default: none.
        environ: where settings are looked up. Default: the process's environment.
    """
    environ = os.environ if environ is None else environ
    settings = sorted(name for name in environ if name.startswith(SETTINGS) and not name.startswith(LOGGING_SETTINGS))
    return {
        "python": platform.python_version(),
        **{name: version(name) or "" for name in PACKAGES},
        "machine": platform.node(),
        "processor": processor(),
        "system": platform.platform(),
        "gpus": ", ".join(gpus),
        "threads": str(training_config.threads),
        "settings": " ".join(f"{name}={environ[name]}" for name in settings),
        "code": code_sha256(),
        "git_commit": git_commit() or "",
        "search-space file": training_config.file_sha256,
    }


@dataclass(frozen=True)
class EnvironmentChange:
    """One thing that differs between two environments.

    Args:
        name: what differs.
        before: its value then; empty if there was none.
        after: its value now; empty if there is none.
        commits: the git commits then and now, where it is the code of `sweep` that differs; empty where not known.
    """

    name: str
    before: str
    after: str
    commits: tuple[str, str] = ("", "")


def changes(then: Environment, now: Environment) -> list[EnvironmentChange]:
    """What differs between two environments. Commits alone are no difference: it is the code that counts."""
    commits = (then.get("git_commit", ""), now.get("git_commit", ""))
    return [
        EnvironmentChange(name, then.get(name, ""), value, commits if name == "code" else ("", ""))
        for name, value in now.items()
        if name != "git_commit" and then.get(name, "") != value
    ]


def version(package: str) -> str | None:
    """An installed package's version."""
    try:
        return installed(package)
    except PackageNotFoundError:
        return None


@lru_cache(maxsize=1)
def code_sha256() -> str:
    """The hash of this package's sources, committed or not."""
    folder = PACKAGE
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def git_commit() -> str | None:
    """The commit that is checked out where this package lies."""
    command = ["git", "-C", str(PACKAGE), "rev-parse", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None


def processor() -> str:
    """The CPU's name."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())
