"""Confirming runs: their names, and how they are read from a study's attributes."""

from __future__ import annotations

import pytest

from sweep.errors import InputError
from sweep.space.sweep import MAX_CONFIRM_SEEDS
from sweep.study.confirming_run import ConfirmingRun, confirming_runs
from sweep.study.schema import CONFIRM_SEEDS, CONFIRMING


def test_every_confirming_run_has_a_number_and_files_of_its_own() -> None:
    runs = [ConfirmingRun(trial, index, 1) for trial in range(20) for index in range(MAX_CONFIRM_SEEDS)]
    assert len({run.number for run in runs}) == len({run.stem for run in runs}) == len(runs)
    assert ConfirmingRun(12, 3, 1).stem == "confirm-0012-03"


def test_confirming_runs_are_found_among_a_studys_attributes_in_order() -> None:
    runs = [
        ConfirmingRun(10, 0, 1, {"accuracy": 0.5}),
        ConfirmingRun(2, 1, 2, error="odd"),
        ConfirmingRun(2, 0, 3, {"accuracy": 0.25}),
    ]
    attrs = {f"{CONFIRMING}{run.trial}:{run.index}": vars(run) for run in runs}
    attrs |= {CONFIRM_SEEDS: {"2": 2}, "someone:else": 1}
    assert confirming_runs(attrs) == [runs[2], runs[1], runs[0]]
    assert confirming_runs({}) == []


def test_what_a_version_wrote_that_kept_only_the_accuracy_is_read_as_a_dict_of_metrics() -> None:
    written = {"trial": 1, "index": 0, "seed": 7, "test_accuracy": 0.9, "seconds": 1.5}
    failed = {"trial": 1, "index": 1, "seed": 8, "test_accuracy": None, "error": "odd"}
    assert confirming_runs({f"{CONFIRMING}1:0": written, f"{CONFIRMING}1:1": failed}) == [
        ConfirmingRun(1, 0, 7, {"accuracy": 0.9}, 1.5),
        ConfirmingRun(1, 1, 8, error="odd"),
    ]


@pytest.mark.parametrize("run", [3, {"trial": 1}, {"trial": 1, "index": 0, "seed": 7, "test": {"mae": "low"}}])
def test_a_run_that_is_none_is_refused(run: object) -> None:
    with pytest.raises(InputError, match="a study's ConfirmingRun must be"):
        confirming_runs({f"{CONFIRMING}1:0": run})
