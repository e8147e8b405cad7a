"""Where a study came from: what is needed, besides its definition, to train one of its trials again."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sweep.data.dataset import Dataset
from sweep.data.sources import FALLBACK_NAME, NAMED
from sweep.space.sweep import Sweep


@dataclass(frozen=True)
class Origin:
    """What the latest run of a study was made with. Kept in the ledger as JSON.

    Args:
        file: absolute path of the search-space file; empty if the sweep was made in Python.
        own_model: whether the search-space file brings functions of its own that train.
        data: the name of a data set or an absolute path; None for the search-space file's own data function.
        cpus_per_trial: number of CPUs, and so of TensorFlow threads, that a trial was given.
        gpus_per_trial: number of GPUs that a trial was given; 0.5 is half of one.
        max_trial_seconds: seconds after which a running trial was taken to hang. Default: None, no limit.
    """

    file: str
    own_model: bool
    data: str | None
    cpus_per_trial: int
    gpus_per_trial: float
    max_trial_seconds: float | None = None

    @classmethod
    def of(cls, file: Path | None, sweep: Sweep, choice: str, dataset: Dataset) -> Origin:
        """The origin of a study.

        Args:
            file: path of the search-space file; None if the sweep was made in Python.
            sweep: the sweep, changed by flags.
            choice: value of the flag `--data`.
            dataset: the data set that the sweep and the flag led to.
        """
        return cls(
            file=str(file.resolve()) if file else "",
            own_model=bool(sweep.own_functions),
            data=_lasting(sweep.data if choice == "auto" else choice, dataset),
            cpus_per_trial=sweep.cpus_per_trial,
            gpus_per_trial=sweep.gpus_per_trial,
            max_trial_seconds=sweep.max_trial_seconds,
        )

    def as_json(self) -> dict[str, Any]:
        """The origin as a dict of values that JSON can hold."""
        return asdict(self)


def _lasting(wanted: Any, dataset: Dataset) -> str | None:
    """The data that was asked for, by a name or path that holds in every folder; None for a function."""
    if callable(wanted):
        return None
    if dataset.name == FALLBACK_NAME:
        return "digits"
    return str(wanted) if wanted in NAMED else str(Path(wanted).resolve())
