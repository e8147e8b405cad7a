"""A whole search made by hand: trials that completed, were pruned and failed; curves, times and confirming runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from builders import BASELINE, hand_made_study, trial_record

from sweep.study.confirming_run import ConfirmingRun
from sweep.study.records import StudyRecord, TrialRecord

FIRST = (0.80, 0.84, 0.78, 0.86, 0.70, 0.88)
LAST = (0.90, 0.92, 0.89, 0.91, 0.85, 0.95)
"""Validation accuracies of trials 0 to 5 at the first rung and at the end; trial 5 is the best."""


def moment(seconds: float) -> str:
    return f"2025-01-01T00:{int(seconds) // 60:02d}:{int(seconds) % 60:02d}.000"


def searched_trial(number: int, first: float, last: float | None, **changes: Any) -> TrialRecord:
    """A trial that took 20 seconds for 5 epochs, or was pruned after the first rung."""
    curve = [{"step": 10, "epochs": 0.5, "val_accuracy": first, "val_loss": 1 - first, "seconds": 2.0}]
    if last is not None:
        curve.append({"step": 100, "epochs": 5.0, "val_accuracy": last, "val_loss": 1 - last, "seconds": 20.0})
    begin = 20 * (number // 2)
    fields = {
        "curve": curve,
        "value": last,
        "params": {**BASELINE, "filters_1": (16, 8, 32)[number % 3], "learning_rate": 10 ** (-4 + number % 1_000 / 4)},
        "parameters": 1000 * (number + 1),
        "test_accuracy": None if last is None else round(last - 0.01, 6),
        "started": moment(begin),
        "finished": moment(begin + (20 if last is not None else 2)),
        "node": "node-a",
    }
    return trial_record(number, "COMPLETE" if last is not None else "PRUNED", **{**fields, **changes})


def searched(runs: dict[int, list[float]] | None = None, **changes: Any) -> StudyRecord:
    """Trials 0 to 5 COMPLETE, 6 and 7 PRUNED, 8 FAIL; confirming runs by the trial's number, if any are given."""
    trials = [searched_trial(number, *pair) for number, pair in enumerate(zip(FIRST, LAST, strict=True))]
    trials += [searched_trial(6, 0.6, None), searched_trial(7, 0.2, None)]
    trials.append(trial_record(8, "FAIL", error="ValueError: no luck", started=moment(80), finished=moment(81)))
    confirming = [
        ConfirmingRun(number, index, 1, {"accuracy": score}, 30.0)
        for number, scores in sorted((runs or {}).items())
        for index, score in enumerate(scores)
    ]
    return replace(hand_made_study(*trials, **changes), confirming=confirming)


BETTER = {0: [0.90, 0.901, 0.899], 5: [0.94, 0.941, 0.939]}
TIED = {0: [0.90, 0.92, 0.88], 5: [0.91, 0.89, 0.905]}
