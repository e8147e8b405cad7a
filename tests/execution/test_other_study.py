"""What is taken from another study: its best trials that lie inside this space, and why others are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from builders import BASELINE, NAME, complete, drain, fail, mixed_study, opened, taken, tiny_space, tiny_sweep

from sweep.errors import InputError
from sweep.execution.other_study import TAKEN, Taken, take_from
from sweep.space.suggest import explore
from sweep.space.sweep import Params, Sweep
from sweep.study.events import StudyTaken
from sweep.study.records import read_study


def take(results: Path, sweep: Sweep, fixed: Params | None = None, name: str = NAME) -> Taken:
    return take_from(results, name, sweep, explore(sweep), fixed or {})


def suggested(params: Params) -> Params:
    return {name: params[name] for name in BASELINE}


def test_the_best_come_first_and_the_baseline_is_tried_anyway(tmp_path: Path) -> None:
    study = mixed_study(tmp_path)
    taken = take(tmp_path, tiny_sweep())
    assert taken.event == StudyTaken(NAME, [1, 2], {})
    assert taken.configurations == [suggested(study.trials[number].params) for number in (1, 2)]


def test_they_are_tried_after_what_the_file_enqueues_and_once(tmp_path: Path) -> None:
    study = mixed_study(tmp_path)
    for trials in (3, 5):
        known = take(tmp_path, tiny_sweep()).configurations
        with opened(tmp_path, tiny_sweep(trials=trials, enqueue=known), name="next") as ledger:
            drain(ledger)
    begun = [trial.params for trial in read_study(tmp_path, "next").trials]
    assert begun[:3] == [study.trials[number].params for number in (0, 1, 2)]
    assert all(begun.count(params) == 1 for params in begun)


def test_what_lies_outside_this_space_is_left_out_with_the_reason(tmp_path: Path) -> None:
    study = mixed_study(tmp_path)
    outside = study.trials[1].params["filters_1"]

    def narrower(trial: Any) -> dict[str, Any]:
        choices = [choice for choice in (8, 16, 32, 64) if choice != outside]
        params = {"filters_1": trial.suggest_categorical("filters_1", choices)}
        return {**params, "learning_rate": trial.suggest_float("learning_rate", 1e-9, 1.0)}

    baseline = {"filters_1": 64, "learning_rate": 0.5}
    taken = take(tmp_path, tiny_sweep(space=narrower, baseline=baseline))
    assert 1 in taken.event.left_out
    assert f"it must lie inside the space, but filters_1={outside} is not in" in taken.event.left_out[1]
    assert len(taken.event.taken) + len(taken.event.left_out) == 3
    assert all(set(params) == {"filters_1", "learning_rate"} for params in taken.configurations)


def test_a_parameter_that_the_other_study_lacks_is_the_reason(tmp_path: Path) -> None:
    mixed_study(tmp_path)

    def wider(trial: Any) -> dict[str, Any]:
        return {**tiny_space(trial), "dropout": trial.suggest_float("dropout", 0.0, 0.5)}

    taken = take(tmp_path, tiny_sweep(space=wider, baseline={**BASELINE, "dropout": 0.0}))
    assert taken.configurations == []
    assert set(taken.event.left_out) == {0, 1, 2}
    assert "it must give a value for dropout, which the space suggests" in taken.event.left_out[0]


def test_what_is_not_as_fixed_is_left_out(tmp_path: Path) -> None:
    study = mixed_study(tmp_path)
    value = study.trials[1].params["kernel_size"]
    taken = take(tmp_path, tiny_sweep(), {"kernel_size": value})
    assert 1 in taken.event.taken
    for number, reason in taken.event.left_out.items():
        assert study.trials[number].params["kernel_size"] != value
        assert f"it must have kernel_size={value}, as --set says" in reason


def test_no_more_than_a_few_are_taken(tmp_path: Path) -> None:
    with opened(tmp_path, tiny_sweep(trials=TAKEN + 4)) as ledger:
        drain(ledger)
    assert len(take(tmp_path, tiny_sweep()).configurations) == TAKEN


def test_tuples_are_taken_as_tuples(tmp_path: Path) -> None:
    def kernels(trial: Any) -> dict[str, Any]:
        return {"kernel": trial.suggest_categorical("kernel", [(3, 3), [3, 3], (5, 5)])}

    sweep = tiny_sweep(space=kernels, baseline={"kernel": (3, 3)}, trials=9)
    with opened(tmp_path, sweep) as ledger:
        drain(ledger)
    taken = take(tmp_path, sweep, {"kernel": "[3, 3]"})
    assert taken.configurations == [{"kernel": [3, 3]}]


def test_a_study_that_has_nothing_to_take_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no study 'other'"):
        take(tmp_path, tiny_sweep(), name="other")
    with opened(tmp_path) as ledger:
        complete(ledger, taken(ledger))
    take(tmp_path, tiny_sweep())
    with opened(tmp_path, name="failed") as ledger:
        fail(ledger, taken(ledger))
    with pytest.raises(InputError, match="--from must name a study with completed trials, but 'failed' has none"):
        take(tmp_path, tiny_sweep(), name="failed")
