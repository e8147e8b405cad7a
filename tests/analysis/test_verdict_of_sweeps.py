"""Whole sweeps of a fake model, 500 at a time: how often the verdict on the winner is right."""

from __future__ import annotations

import numpy as np
import pytest
from builders import hand_made_study, trial_record

from sweep.analysis.confirmation import confirmation_results
from sweep.analysis.selection import candidates
from sweep.analysis.study_analysis import Analysis
from sweep.space.sweep import DEFAULT_CONFIRM_SEEDS
from sweep.study.confirmations import missing
from sweep.study.records import StudyRecord

pytestmark = pytest.mark.sweep  # it trains nothing, but takes as long

SWEEPS = 500
TRIALS = 24
KINDS = 4
"""Configurations in the space; the search draws each about as often, the baseline is the first."""
SD = 0.001
BASE = 0.989


def outcome(rng: np.random.Generator, better_by: float) -> str:
    """One sweep, its winner confirmed: the verdict. The last kind of configuration is truly better."""
    kinds = np.concatenate([[0], rng.integers(0, KINDS, TRIALS - 1)])
    true = BASE + better_by * (kinds == KINDS - 1)
    scores = rng.normal(true, SD)
    trials = [
        trial_record(number, params={"x": number}, value=score, curve=[_last(score)])
        for number, score in enumerate(scores)
    ]
    study = hand_made_study(*trials)
    winner = candidates(Analysis(study), 1)
    runs = [
        _with_score(run, rng.normal(true[run.trial], SD)) for run in missing(study, [0, *winner], DEFAULT_CONFIRM_SEEDS)
    ]
    verdict = confirmation_results(_with_runs(study, runs))[winner[0]].verdict
    assert verdict is not None
    return str(verdict.outcome)


def _last(score: float) -> dict[str, float]:
    return {"step": 100, "epochs": 5.0, "val_accuracy": score, "val_loss": 0.1, "seconds": 10.0}


def _with_score(run: object, score: float) -> object:
    return type(run)(**{**vars(run), "test": {"accuracy": float(score)}})


def _with_runs(study: StudyRecord, runs: list[object]) -> StudyRecord:
    return StudyRecord(**{**vars(study), "confirming": runs})


def rate(better_by: float) -> float:
    """The share of sweeps whose winner is called better."""
    rng = np.random.default_rng(20)
    return float(np.mean([outcome(rng, better_by) == "better" for _ in range(SWEEPS)]))


def test_a_lucky_winner_is_rarely_called_better() -> None:
    assert rate(0.0) <= 0.05


def test_a_configuration_better_by_two_sd_is_found() -> None:
    assert rate(2 * SD) >= 0.8
