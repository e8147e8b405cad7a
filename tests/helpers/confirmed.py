"""Studies with confirming runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from builders import NAME, mixed_study
from numpy.typing import NDArray

from sweep.study.confirmations import Confirmations
from sweep.study.confirming_run import ConfirmingRun
from sweep.study.opening import open_confirmations
from sweep.study.records import StudyRecord, read_study
from sweep.study.seeds import confirming_seed
from sweep.study.storage.folder import StudyFolder
from sweep.study.storage.predictions import pack

OURS = [0.992, 0.9935, 0.9915, 0.993]
BASELINE = [0.989, 0.9905, 0.9895, 0.99]


def add(confirmations: Confirmations, number: int, scores: list[float]) -> None:
    """Write down successful runs of a trial."""
    finished = len([run for run in confirmations.record().confirming if run.trial == number])
    for index, score in enumerate(scores, start=finished):
        run = ConfirmingRun(
            number, index, confirming_seed(0, number, index), {"accuracy": score}, 1.5, "node-a", "float32"
        )
        confirmations.add(run)


def with_runs(results: Path, **scores: list[float]) -> StudyRecord:
    """`mixed_study` with runs, given as t0=[...], t1=[...]."""
    mixed_study(results)
    with open_confirmations(results, NAME) as confirmations:
        for name, values in scores.items():
            add(confirmations, int(name[1:]), values)
    return read_study(results, NAME)


def answers(rng: np.random.Generator, runs: int, wrong: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which test images each of some runs gets right, by how likely each image is to be taken for something else."""
    return rng.random((runs, len(wrong))) >= wrong


def with_answers(results: Path, right: dict[int, NDArray[np.bool_]]) -> tuple[StudyRecord, StudyFolder]:
    """`mixed_study` with runs that got these test images right, shape (runs, images), by the trial's number."""
    study = with_runs(results, **{f"t{number}": list(map(float, rows.mean(axis=1))) for number, rows in right.items()})
    folder = StudyFolder(results, NAME)
    (folder.path / "predictions").mkdir(exist_ok=True)
    for run in study.confirming:
        rows = right[run.trial][run.index]
        folder.predictions(run.stem).write_bytes(pack(np.zeros(len(rows), np.int32), rows))
    return study, folder
