"""A study goes on when a parameter comes into its space, if the baseline stays the model that it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from builders import BASELINE, NAME, complete, drain, fail, opened, taken, tiny_dataset, tiny_space, tiny_sweep

from sweep.analysis.leaderboard import board
from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError
from sweep.space.sweep import Sweep
from sweep.study.additions import additions_before
from sweep.study.definition import Definition
from sweep.study.records import BUILT_IN, MODEL, read_study


def with_dropout(trial: Any) -> dict[str, Any]:
    return {**tiny_space(trial), "dropout": trial.suggest_float("dropout", 0.0, 0.5)}


def wider(trials: int = 6, **changes: Any) -> Sweep:
    return tiny_sweep(**{"space": with_dropout, "baseline": {**BASELINE, "dropout": 0.0}, "trials": trials, **changes})


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A study of three trials, of which the last failed, without the parameter."""
    with opened(tmp_path, tiny_sweep(trials=3)) as ledger:
        for _ in range(2):
            complete(ledger, taken(ledger))
        fail(ledger, taken(ledger))
    return tmp_path


def test_old_trials_have_the_built_in_networks_default_from_then_on(results: Path) -> None:
    before = read_study(results, NAME)
    with opened(results, wider()) as ledger:
        assert ledger.added == {"dropout": 0.0}
        specs = drain(ledger)
    assert len({spec.params["dropout"] for spec in specs}) == 3
    study = read_study(results, NAME)
    for old, now in zip(before.trials, study.trials, strict=False):
        assert now.params == {**old.params, "dropout": 0.0}
    assert study.definition.baseline == {**before.definition.baseline, "dropout": 0.0}
    frame = board(Analysis(study)).sort_values("trial")
    assert list(frame["dropout"]) == [0.0, 0.0, 0.0, *(spec.params["dropout"] for spec in specs)]


def test_it_is_told_once_and_the_same_file_goes_on(results: Path) -> None:
    for added in ({"dropout": 0.0}, {}):
        with opened(results, wider()) as ledger:
            assert ledger.added == added
    with opened(results, wider(trials=8)) as ledger:
        drain(ledger)
    assert Definition.of(wider(), tiny_dataset()).differences(read_study(results, NAME).definition) == []
    with pytest.raises(InputError, match=r"baseline dropout was 0\.0, now nothing"):
        opened(results, tiny_sweep())


def test_a_failed_trial_from_before_is_tried_again_as_it_was(results: Path) -> None:
    with opened(results, wider()) as ledger:
        assert ledger.retry_failed() == [2]
        assert taken(ledger).params["dropout"] == 0.0


@pytest.mark.parametrize(
    "changes",
    [{"baseline": {**BASELINE, "dropout": 0.25}}, {"model": lambda params: None}],
    ids=["another value", "own model"],
)
def test_what_would_make_the_baseline_another_model_is_refused(results: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"baseline dropout was nothing, now 0\."):
        opened(results, wider(**changes))
    with opened(results) as ledger:
        assert ledger.added == {}


def test_a_study_of_another_model_has_no_defaults(results: Path) -> None:
    with opened(results) as ledger:
        ledger.settle_code({MODEL: "1:abc"})
    with pytest.raises(InputError, match="baseline dropout was nothing"):
        opened(results, wider())
    with opened(results) as ledger:
        ledger.settle_code({MODEL: BUILT_IN}, accept_changes=True)
    with opened(results, wider()) as ledger:
        assert ledger.added == {"dropout": 0.0}


def test_a_constant_that_becomes_a_parameter_is_in_old_trials_already(results: Path) -> None:
    def sizes(trial: Any) -> dict[str, Any]:
        return {**tiny_space(trial), "batch_size": trial.suggest_categorical("batch_size", [16, 32])}

    with opened(results, tiny_sweep(space=sizes, baseline={**BASELINE, "batch_size": 32}, trials=12)) as ledger:
        assert ledger.added == {}
        drain(ledger)
    drawn = [trial.params["batch_size"] for trial in read_study(results, NAME).trials]
    assert drawn[:3] == [32] * 3
    assert set(drawn) == {16, 32}


def test_a_wider_range_goes_on(results: Path) -> None:
    def ranges(trial: Any) -> dict[str, Any]:
        return {**tiny_space_without_kernel(trial), "kernel_size": trial.suggest_int("kernel_size", 1, 9)}

    with opened(results, tiny_sweep(space=ranges, trials=12)) as ledger:
        drain(ledger)
    sizes = {trial.params["kernel_size"] for trial in read_study(results, NAME).trials[3:]}
    assert sizes - {2, 3, 4}


def tiny_space_without_kernel(trial: Any) -> dict[str, Any]:
    return {
        "filters_1": trial.suggest_categorical("filters_1", [8, 16, 32]),
        "learning_rate": trial.suggest_float("learning_rate", 1e-5, 1e-1, log=True),
        "batch_size": 32,
    }


def test_other_choices_are_refused_with_the_reason(results: Path) -> None:
    def choices(trial: Any) -> dict[str, Any]:
        return {**tiny_space_without_filters(trial), "filters_1": trial.suggest_categorical("filters_1", [8, 16])}

    with pytest.raises(InputError, match=r"ranges of numbers may change, choices may not"):
        opened(results, tiny_sweep(space=choices))


def tiny_space_without_filters(trial: Any) -> dict[str, Any]:
    return {
        "kernel_size": trial.suggest_int("kernel_size", 2, 4),
        "learning_rate": trial.suggest_float("learning_rate", 1e-5, 1e-1, log=True),
        "batch_size": 32,
    }


def test_only_trials_before_have_it() -> None:
    attrs = {"sweep:added": {"dropout": {"value": 0.0, "before": 3}}}
    assert additions_before(attrs, 2) == {"dropout": 0.0}
    assert additions_before(attrs, 3) == additions_before({}, 0) == {}
