"""Which trials are confirmed, and which runs of them are lacking."""

from __future__ import annotations

from pathlib import Path

from builders import hand_made_study, mixed_study, trial_record
from searches import searched

from sweep.analysis.selection import candidates, contender
from sweep.analysis.study_analysis import Analysis


def test_the_best_besides_the_baseline_are_candidates(tmp_path: Path) -> None:
    study = mixed_study(tmp_path)
    assert candidates(Analysis(study), 1) == [1]
    assert candidates(Analysis(study), 9) == [1, 2]


def test_with_several_objectives_the_most_accurate_of_the_front_is_the_candidate() -> None:
    sizes = (500, 100, 400, 450)
    trials = [
        trial_record(
            number, params={"x": number}, value=None, parameters=size, curve=[{**CURVE, "val_accuracy": accuracy}]
        )
        for number, (size, accuracy) in enumerate(zip(sizes, (0.9, 0.5, 0.95, 0.8), strict=True))
    ]
    goals = {"objective": ["parameters", "val_accuracy"], "direction": ["minimize", "maximize"]}
    assert candidates(Analysis(hand_made_study(*trials, **goals)), 3) == [2, 1, 3]


CURVE = {"step": 100, "epochs": 5.0, "val_loss": 0.5, "seconds": 10.0}


def test_the_same_params_as_the_baselines_or_anothers_are_no_candidate() -> None:
    same = {"filters_1": 16, "kernel_size": 3, "learning_rate": 1e-3, "batch_size": 32}
    other = {**same, "filters_1": 8}
    trials = [trial_record(n, value=1 - n / 10, params=params) for n, params in enumerate((same, same, other, other))]
    assert candidates(Analysis(hand_made_study(*trials)), 5) == [2]


def test_the_same_model_from_other_ingredients_is_no_candidate() -> None:
    pairs = ((2, 3), (3, 2), (1, 4))
    trials = [
        trial_record(n, value=1 - n / 10, params={"a": a, "b": b, "units": a * b}, ingredients=["a", "b"])
        for n, (a, b) in enumerate(pairs)
    ]
    assert candidates(Analysis(hand_made_study(*trials)), 5) == [2]


def test_against_the_baseline_stands_what_is_better_else_what_was_confirmed_else_the_best() -> None:
    assert contender(Analysis(searched())) == 5
    assert contender(Analysis(searched({0: [0.9, 0.91], 1: [0.8, 0.81]}))) == 1
    better = {0: [0.9, 0.901, 0.902], 1: [0.95, 0.951, 0.952], 5: [0.9, 0.901, 0.903]}
    assert contender(Analysis(searched(better))) == 1
    assert contender(Analysis(hand_made_study(trial_record(0)))) is None
