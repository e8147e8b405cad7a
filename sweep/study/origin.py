"""Where a study came from: what it takes, besides its definition, to train one of its rows again."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sweep.data.dataset import Dataset
from sweep.data.sources import FALLBACK_NAME
from sweep.space.sweep import Sweep


@dataclass(frozen=True)
class Origin:
    """What the run that wrote to a study last was given. Kept in the ledger as JSON.

    Args:
        file: the search-space file's absolute path.
        own_model: whether that file brings its own model function.
        data: "mnist", "digits" or an absolute path; None for the file's own data function.
        cpus_per_trial: CPUs, and so TensorFlow threads, a trial was given.
        gpus_per_trial: GPUs a trial was given.
        max_trial_seconds: after which a trial failed; None for no limit.
    """

    file: str
    own_model: bool
    data: str | None
    cpus_per_trial: int
    gpus_per_trial: float
    max_trial_seconds: float | None = None

    @classmethod
    def of(cls, file: Path, sweep: Sweep, choice: str, dataset: Dataset) -> Origin:
        """The origin of a study.

        Args:
            file: the search-space file.
            sweep: what it defines, flags included.
            choice: the flag `--data`.
            dataset: what the two resolved to.
        """
        return cls(
            file=str(file.resolve()),
            own_model=sweep.model is not None,
            data=_lasting(sweep.data if choice == "auto" else choice, dataset),
            cpus_per_trial=sweep.cpus_per_trial,
            gpus_per_trial=sweep.gpus_per_trial,
            max_trial_seconds=sweep.max_trial_seconds,
        )

    def as_json(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return asdict(self)


def _lasting(wanted: Any, dataset: Dataset) -> str | None:
    """What was asked for, as it can be asked for again from any folder."""
    if callable(wanted):
        return None
    if dataset.name == FALLBACK_NAME:
        return "digits"
    return str(wanted) if wanted in ("mnist", "digits") else str(Path(wanted).resolve())
