"""A sampler of which some parameters are fixed draws all others as before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import optuna
import pytest
from builders import BASELINE, NAME, drain, opened, tiny_definition, tiny_sweep

from sweep.errors import SweepError
from sweep.study.ledger import Ledger
from sweep.study.opening import open_ledger
from sweep.study.records import read_study
from sweep.study.sampling import FixedParamsSampler, base_sampler, failing_as


class Joint(optuna.samplers.RandomSampler):
    """Draws all parameters that the trials before had at once."""

    def infer_relative_search_space(self, study: Any, trial: Any) -> dict[str, Any]:
        return optuna.search_space.intersection_search_space(study.get_trials(deepcopy=False))

    def sample_relative(self, study: Any, trial: Any, search_space: dict[str, Any]) -> dict[str, Any]:
        return {name: self.sample_independent(study, trial, name, item) for name, item in search_space.items()}


SAMPLERS = {
    "tpe": optuna.samplers.TPESampler(seed=0, n_startup_trials=2),
    "joint": Joint(seed=0),
    "grid": optuna.samplers.GridSampler({"filters_1": [8, 32], "kernel_size": [2, 4], "learning_rate": [1e-3]}, seed=0),
}


def fixing(results: Path, fixed: dict[str, Any], **changes: Any) -> Ledger:
    return open_ledger(results, NAME, tiny_sweep(**changes), tiny_definition(), fixed=fixed)


@pytest.mark.parametrize("sampler", SAMPLERS.values(), ids=SAMPLERS)
def test_all_that_is_drawn_has_what_is_fixed(tmp_path: Path, sampler: Any) -> None:
    known = {**BASELINE, "kernel_size": 4}
    with fixing(tmp_path, {"kernel_size": 2}, trials=5, sampler=sampler, enqueue=[known]) as ledger:
        specs = drain(ledger)
    assert [spec.params["kernel_size"] for spec in specs] == [3, 4, 2, 2, 2]
    assert len({str(spec.params) for spec in specs}) > 3


def test_a_study_goes_on_without_what_was_fixed(tmp_path: Path) -> None:
    with fixing(tmp_path, {"filters_1": 8}, trials=4) as ledger:
        drain(ledger)
    with opened(tmp_path, tiny_sweep(trials=12)) as ledger:
        drain(ledger)
    drawn = [trial.params["filters_1"] for trial in read_study(tmp_path, NAME).trials]
    assert drawn[:4] == [16, 8, 8, 8]
    assert len(set(drawn[4:])) > 1


def test_a_value_outside_a_range_that_depends_on_others_fails_that_trial_and_says_so(tmp_path: Path) -> None:
    def dependent(trial: Any) -> dict[str, Any]:
        wide = trial.suggest_categorical("wide", [True, False])
        return {"wide": wide, "units": trial.suggest_int("units", 1, 16 if wide else 8)}

    sweep = tiny_sweep(space=dependent, baseline={"wide": True, "units": 4}, trials=8)
    with opened(tmp_path, sweep):
        pass
    definition = read_study(tmp_path, NAME).definition
    with open_ledger(tmp_path, NAME, sweep, definition, fixed={"units": 12}) as ledger:
        drain(ledger)
    trials = read_study(tmp_path, NAME).trials[1:]
    assert {trial.state for trial in trials} == {"COMPLETE", "FAIL"}
    for trial in trials:
        if trial.state == "FAIL":
            assert "but got 12, and in this configuration units is 1 to 8" in trial.error
        else:
            assert trial.params == {"wide": True, "units": 12}


def test_a_sampler_that_has_nothing_left_is_known_through_what_is_fixed(tmp_path: Path) -> None:
    grid = optuna.samplers.GridSampler({"filters_1": [8], "kernel_size": [2, 4], "learning_rate": [1e-3]}, seed=0)
    with fixing(tmp_path, {"kernel_size": 2}, trials=9, sampler=grid) as ledger:
        assert len(drain(ledger)) == 3
        assert not ledger.lacks_trials


def test_what_is_enqueued_is_tried_though_the_sampler_has_nothing_left(tmp_path: Path) -> None:
    for known, begun in (([], 2), ([{**BASELINE, "kernel_size": 4}], 1)):
        grid = optuna.samplers.GridSampler({"filters_1": [8], "kernel_size": [2], "learning_rate": [1e-3]}, seed=0)
        with opened(tmp_path, tiny_sweep(trials=9, sampler=grid, enqueue=known)) as ledger:
            assert len(drain(ledger)) == begun


def test_the_other_sampler_is_behind_it() -> None:
    sampler = optuna.samplers.RandomSampler(seed=1)
    fixed = FixedParamsSampler({"x": 1}, sampler)
    fixed.reseed_rng()
    assert base_sampler(fixed) is base_sampler(sampler) is sampler


def test_what_a_sampler_raises_is_one_message() -> None:
    with pytest.raises(SweepError, match="the sampler failed: ValueError: no luck"), failing_as("sampler"):
        raise ValueError("no luck")
