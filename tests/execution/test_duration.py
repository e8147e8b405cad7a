"""About how long a sweep takes, from what a few configurations cost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import optuna
import pytest
from builders import BASELINE, tiny_dataset, tiny_sweep

from sweep.data.dataset import Dataset
from sweep.execution import duration as module
from sweep.execution.duration import END_SECONDS, PREDICTING_SECONDS, RAY_SECONDS, Duration, duration
from sweep.execution.estimates import Estimates
from sweep.space.suggest import Suggestion
from sweep.space.sweep import Sweep
from sweep.training.messages import Estimate

BEFORE = RAY_SECONDS + 2.0
"""Until the first trial is trained, where TensorFlow's import takes two seconds."""
ESTIMATE = Estimate(1000, 1.0, step_seconds=1.0, start_seconds=3.0, example_seconds=0.0)
CANDIDATE = Suggestion({**BASELINE, "batch_size": 4}, ())
"""Five steps an epoch of the 20 images of 24 that are not held out, six of all."""


def about(sweep: Sweep, *estimates: Estimate, dataset: Dataset | None = None, slots: int = 1) -> Duration:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "slots_here", lambda sweep: slots)
        candidates = [CANDIDATE] * len(estimates)
        return duration(sweep, dataset or tiny_dataset(), candidates, Estimates(list(estimates), 2.0))


def unpruned(**changes: Any) -> Sweep:
    return tiny_sweep(**{"epochs": 1, "confirm_seeds": 0, "pruner": optuna.pruners.NopPruner(), **changes})


def test_one_after_the_other_trials_take_their_steps_and_what_each_begins_and_ends_with() -> None:
    trial = 3 + 5 * 1.0 + PREDICTING_SECONDS
    result = about(unpruned(trials=4), ESTIMATE, ESTIMATE)
    assert result.baseline == pytest.approx(trial)
    assert result.search == pytest.approx(BEFORE + 4 * trial)
    assert (result.pruned, result.confirm, result.runs, result.timed) == (0, 0.0, 0, 2)
    assert result.total == pytest.approx(result.search + END_SECONDS)


def test_the_baseline_counts_once_and_the_mean_of_the_others_for_all_other_trials() -> None:
    slow, fast = replace(ESTIMATE, step_seconds=3.0), replace(ESTIMATE, step_seconds=0.0)
    result = about(unpruned(trials=5), ESTIMATE, slow, fast, Estimate(error="too large"), Estimate(1, 1.0))
    baseline = 3 + 5 + PREDICTING_SECONDS
    others = 3 + (15 + 0) / 2 + PREDICTING_SECONDS
    assert result.search == pytest.approx(BEFORE + baseline + 4 * others)
    assert result.timed == 3


def test_side_by_side_the_work_is_shared_and_slots_wait_at_the_end() -> None:
    trial = 3 + 5 + PREDICTING_SECONDS
    result = about(unpruned(trials=4), ESTIMATE, slots=2)
    assert result.search == pytest.approx(BEFORE + 2 * trial + trial / 4)
    many = about(unpruned(trials=4), ESTIMATE, slots=64)
    assert many.search == pytest.approx(BEFORE + trial + trial * 3 / 8)  # no more than there are trials


def test_validation_at_each_rung_and_the_test_at_the_end_take_their_time() -> None:
    measuring = replace(ESTIMATE, example_seconds=1.0)
    result = about(unpruned(trials=1), measuring)
    # Two rungs with four held-out images, and six test images.
    assert result.baseline == pytest.approx(3 + 5 + 2 * 4 + 6 + PREDICTING_SECONDS)


def test_confirming_trains_on_all_images_in_rounds_of_as_many_runs_as_fit() -> None:
    result = about(unpruned(confirm_seeds=5), ESTIMATE, slots=4)
    assert result.runs == 10
    assert about(unpruned(trials=3, confirm_seeds=5, confirm_top=9), ESTIMATE).runs == 15
    assert about(unpruned(trials=3, confirm_seeds=5, confirm_top=9), ESTIMATE).confirmed == 2
    assert result.confirm == pytest.approx(2.0 + 3 * (3 + 6 + PREDICTING_SECONDS))


def test_the_default_pruner_saves_what_pruned_trials_would_have_trained_after_their_rung() -> None:
    sweep = tiny_sweep(trials=24, epochs=4, rungs=(10,), confirm_seeds=0)
    result = about(sweep, ESTIMATE)
    assert result.pruned == 8  # of 23: 9 random ones, of which 45 % stop, and 14 of which 30 % do
    saved = (9 * 0.45 + 14 * 0.3) * (20 - 2 + PREDICTING_SECONDS)
    assert result.unpruned - result.search == pytest.approx(saved)


def test_more_rungs_stop_more_trials_but_only_those_where_the_percent_has_doubled_do() -> None:
    pruned = {
        rungs: about(tiny_sweep(trials=48, epochs=4, rungs=rungs, confirm_seeds=0), ESTIMATE).pruned
        for rungs in ((10,), (10, 15), (10, 20), (10, 20, 40))
    }
    assert pruned[(10,)] == pruned[(10, 15)]
    assert 47 > (pruned[(10, 20, 40)] or 0) > (pruned[(10, 20)] or 0) > (pruned[(10,)] or 0)


@pytest.mark.parametrize(
    ("changes", "pruned"),
    [
        ({"objective": ["val_accuracy", "parameters"], "pruner": None}, 0),
        ({"rungs": (), "pruner": None}, 0),
        ({"pruner": optuna.pruners.NopPruner()}, 0),
        ({"pruner": optuna.pruners.MedianPruner()}, None),
    ],
)
def test_where_nothing_is_pruned_or_nobody_knows_nothing_is_saved(changes: dict[str, Any], pruned: int | None) -> None:
    result = about(unpruned(**changes), ESTIMATE)
    assert result.pruned == pruned
    assert result.search == result.unpruned


def test_with_folds_a_trial_is_several_models() -> None:
    one = about(unpruned(trials=1, rungs=(10,)), ESTIMATE).baseline
    sweep = tiny_sweep(trials=1, epochs=1, folds=3, confirm_seeds=0, rungs=tiny_sweep(rungs=(10,)).rungs)
    assert about(sweep, ESTIMATE).baseline > 2 * one
