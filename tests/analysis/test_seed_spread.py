"""How much a metric varies from seed to seed."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from builders import hand_made_study, scored, study_by

from sweep.analysis.seed_spread import SeedSpread, seed_spread
from sweep.study.confirming_run import ConfirmingRun
from sweep.study.records import StudyRecord


def of_runs(**runs: list[float]) -> StudyRecord:
    """A study with confirming runs, given as t0=[...], t1=[...]."""
    trials = [scored(number, 2.0) for number in range(3)]
    return study_by(*trials, runs={int(name[1:]): scores for name, scores in runs.items()})


def test_it_is_pooled_within_trials_so_that_their_means_do_not_count() -> None:
    # Squares 2 with 2 degrees of freedom, and 0.5 with 1: 2.5 / 3.
    expected = math.sqrt(2.5 / 3)
    for shift in (0.0, 100.0):
        runs = {"t0": [1.0, 2.0, 3.0], "t1": [shift + 0.5, shift + 1.5]}
        spread = seed_spread(of_runs(**runs), "mae")
        assert spread == SeedSpread(pytest.approx(expected), 3)


def test_a_trial_with_one_run_has_no_spread() -> None:
    assert seed_spread(hand_made_study(scored(0, 2.0)), "mae") is None
    assert seed_spread(of_runs(t0=[1.0], t1=[9.0]), "mae") is None
    spread = seed_spread(of_runs(t0=[1.0], t1=[9.0, 9.5]), "mae")
    assert spread is not None
    assert spread.freedom == 1


def test_runs_that_failed_or_lack_the_metric_do_not_count() -> None:
    study = of_runs(t0=[1.0, 2.0])
    others = [ConfirmingRun(0, 2, 1, error="odd"), ConfirmingRun(0, 3, 1, {"accuracy": 0.5})]
    others.append(ConfirmingRun(0, 4, 1, {"mae": math.inf}))
    more = replace(study, confirming=[*study.confirming, *others])
    assert seed_spread(more, "mae") == seed_spread(study, "mae")
    assert seed_spread(study, "accuracy") is None
