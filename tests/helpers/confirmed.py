"""Studies with confirming runs."""

from __future__ import annotations

from pathlib import Path

from builders import NAME, mixed_study

from sweep.study.confirmations import Confirmations
from sweep.study.confirming_run import ConfirmingRun
from sweep.study.opening import open_confirmations
from sweep.study.records import StudyRecord, read_study
from sweep.study.seeds import confirming_seed

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
