"""What a trial's numbers depend on besides its own params, seed and data: versions, code, hardware, settings."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path

import sweep
from sweep.training.cpu import variables_in_training
from sweep.training.keras_config import changed_settings
from sweep.training.messages import TrainingConfig

PACKAGE = Path(sweep.__file__).parent
PACKAGES = ("tensorflow", "keras", "numpy")
SETTINGS = ("TF_", "ONEDNN_", "DNNL_", "XLA_FLAGS", "KERAS_", "LD_PRELOAD")
"""How the names of environment variables begin that may change a trial's numbers."""
MODEL_CODE = "model function"
LOGGING_SETTINGS = "TF_CPP_"
"""How the names of those begin that only set how much TensorFlow prints."""

Environment = dict[str, str]
"""What a trial was trained with: versions, hardware and settings by name, from `environment`. Kept as JSON."""


def environment(
    training_config: TrainingConfig, gpus: Sequence[str] = (), environ: Mapping[str, str] | None = None
) -> Environment:
    """What this process trains with. Call it on the machine that trains.

    Args:
        training_config: gives the number of threads and the hash of the search-space file.
        gpus: names of the GPUs that TensorFlow uses. Default: none.
        environ: variables among which settings are looked up. Default: those that TensorFlow trains with here.
    """
    environ = variables_in_training() if environ is None else environ
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
        "Keras settings": " ".join(f"{name}={value}" for name, value in changed_settings(environ).items()),
        "code": code_sha256(),
        "git_commit": git_commit() or "",
        "search-space file": training_config.file_sha256,
        MODEL_CODE: training_config.model_sha256,
    }


@dataclass(frozen=True)
class EnvironmentChange:
    """One thing that differs between two environments.

    Args:
        name: name of what differs, as in `Environment`.
        before: value in the earlier environment; empty if it has none.
        after: value in the later environment; empty if it has none.
        commits: git commits of the earlier and the later environment if `name` is "code"; empty where not known.
    """

    name: str
    before: str
    after: str
    commits: tuple[str, str] = ("", "")


def changes(then: Environment, now: Environment) -> list[EnvironmentChange]:
    """What differs between two environments. A git commit alone is no difference: what counts is the code's hash.

    Args:
        then: the earlier environment.
        now: the later environment.
    """
    commits = (then.get("git_commit", ""), now.get("git_commit", ""))
    return [
        EnvironmentChange(name, then.get(name, ""), value, commits if name == "code" else ("", ""))
        for name, value in now.items()
        if name != "git_commit" and then.get(name, "") != value
    ]


def version(package: str) -> str | None:
    """The version of an installed package; None if it is not installed."""
    try:
        return installed(package)
    except PackageNotFoundError:
        return None


@lru_cache(maxsize=1)
def code_sha256() -> str:
    """The SHA-256 of this package's Python files, committed or not."""
    folder = PACKAGE
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def git_commit() -> str | None:
    """The git commit that is checked out where this package lies; None if there is none, or no git."""
    command = ["git", "-C", str(PACKAGE), "rev-parse", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None


def processor() -> str:
    """The name of this machine's CPU; empty if it is not known."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())
