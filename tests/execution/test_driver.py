"""The driver hands out specs, takes what comes back, and knows when the sweep is over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import optuna
import pytest
from builders import NAME, measurement, opened, tiny_space, tiny_sweep
from observers import Heard

from sweep.errors import SweepFailed
from sweep.execution.driver import Driver
from sweep.space.sweep import Sweep
from sweep.study.events import StopReason
from sweep.study.ledger import Ledger
from sweep.study.records import read_study
from sweep.training.messages import Failure


def driven(ledger: Ledger, begun: int = 0, **options: Any) -> tuple[Driver, Heard]:
    """A driver of a ledger that has handed out some specs, and what it says from then on."""
    heard = Heard()
    driver = Driver(ledger, heard, heard.boarded, **options)
    for _ in range(begun):
        driver.next_trial()
    heard.events.clear()
    return driver, heard


def stops_all() -> Sweep:
    """A sweep whose pruner stops every trial that may be stopped."""
    return tiny_sweep(pruner=optuna.pruners.ThresholdPruner(lower=0.99))


def test_each_spec_is_announced_once_and_the_end_is_none(tmp_path: Path) -> None:
    with opened(tmp_path, tiny_sweep(trials=2)) as ledger:
        driver, heard = driven(ledger)
        assert [spec.number if (spec := driver.next_trial()) else None for _ in range(3)] == [0, 1, None]
    assert heard.events == [("started", 0), ("started", 1)]


def test_a_trial_goes_on_until_its_budget_is_spent(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        driver, heard = driven(ledger, begun=1)
        assert driver.measured(0, measurement(50)) is True
        assert ledger.trial(0).state == "RUNNING"
        assert driver.measured(0, measurement(100, 0.7)) is False
        trial = ledger.trial(0)
    assert (trial.state, trial.value, trial.test.get("accuracy")) == ("COMPLETE", 0.7, 0.69)
    assert heard.events == [("measured", 0, 50), ("measured", 0, 100), ("ended", 0, "COMPLETE"), ("board",)]


def test_a_trial_that_the_pruner_stops_is_pruned_and_the_board_rewritten(tmp_path: Path) -> None:
    with opened(tmp_path, stops_all()) as ledger:
        driver, heard = driven(ledger, begun=2)
        assert driver.measured(1, measurement(50)) is False
        assert ledger.trial(1).state == "PRUNED"
    assert heard.events == [("measured", 1, 50), ("ended", 1, "PRUNED"), ("board",)]


def test_a_trial_at_its_last_step_completes_whatever_the_pruner_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path) as ledger:
        driver, heard = driven(ledger, begun=2)
        driver.measured(1, measurement(50))
        report = ledger.report
        monkeypatch.setattr(ledger, "report", lambda number, measurement: report(number, measurement) or True)
        assert driver.measured(1, measurement(100)) is False
    assert heard.events[-2:] == [("ended", 1, "COMPLETE"), ("board",)]


def test_a_failed_trial_is_one_trial_lost(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        driver, heard = driven(ledger, begun=3)
        driver.failed(2, Failure("ValueError: bad", "Traceback"))
        assert heard.events == [("ended", 2, "FAIL"), ("board",)]
        assert (ledger.trial(2).error, ledger.trial(2).details) == ("ValueError: bad", "Traceback")
        assert driver.error is None
        assert driver.next_trial() is not None


def test_a_failed_baseline_ends_the_sweep_with_its_reason(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        driver, heard = driven(ledger, begun=1)
        driver.failed(0, Failure("ValueError: bad"))
        assert isinstance(driver.error, SweepFailed)
        assert driver.error.exit_code == 3
        assert "baseline" in str(driver.error)
        assert "ValueError: bad" in str(driver.error)
        assert heard.events == [("ended", 0, "FAIL"), ("board",)]
        assert driver.next_trial() is None
        assert ledger.asked == 1


def test_a_tick_goes_to_the_observer(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        driver, heard = driven(ledger)
        driver.tick()
    assert heard.events == [("tick",)]


def test_a_whole_study_driven_by_hand(tmp_path: Path) -> None:
    sweep = tiny_sweep(trials=12, rungs=(10, 50))
    with opened(tmp_path, sweep) as ledger:
        driver, heard = driven(ledger)
        while (spec := driver.next_trial()) is not None:
            for step in sweep.steps:
                if not driver.measured(spec.number, measurement(step, 0.9 / (spec.number + 1))):
                    break
    trials = read_study(tmp_path, NAME).trials
    assert [trial.number for trial in trials] == list(range(12))
    assert trials[0].state == "COMPLETE"
    assert {trial.state for trial in trials} == {"COMPLETE", "PRUNED"}
    ended = [event[1:] for event in heard.events if event[0] == "ended"]
    assert ended == [(trial.number, trial.state) for trial in trials]
    for trial in trials:
        assert (trial.last["step"] == 100) == (trial.state == "COMPLETE")


def test_a_failed_baseline_keeps_what_other_trials_had_reached(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        driver, _ = driven(ledger)
        for _ in range(2):
            driver.next_trial()
        driver.measured(1, measurement(50, 0.7))
        driver.failed(0, Failure("ValueError: bad", "Traceback"))
        assert driver.next_trial() is None
    trials = read_study(tmp_path, NAME).trials
    assert [trial.state for trial in trials] == ["FAIL", "RUNNING"]
    assert trials[1].last["val_accuracy"] == 0.7


def test_a_trial_whose_space_failed_is_told_to_the_observer_as_any_failed_trial(tmp_path: Path) -> None:
    def moody(trial: Any) -> dict[str, Any]:
        if moods and trial.number == 1:
            raise RuntimeError("not today")
        return tiny_space(trial)

    moods: list[bool] = []
    ledger = opened(tmp_path, tiny_sweep(space=moody))
    moods.append(True)
    with ledger:
        driver, heard = driven(ledger)
        assert [spec.number if (spec := driver.next_trial()) else None for _ in range(2)] == [0, 2]
    assert ("ended", 1, "FAIL") in heard.events


def test_a_fault_of_the_ledger_is_not_swallowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*words: object, **more: object) -> None:
        raise OSError(28, "No space left on device")

    with opened(tmp_path) as ledger:
        driver, _ = driven(ledger, begun=1)
        monkeypatch.setattr(optuna.Trial, "report", full)
        with pytest.raises(OSError, match="No space"):
            driver.measured(0, measurement(50))


def test_the_sweep_stops_when_its_time_is_up(tmp_path: Path) -> None:
    now = [100.0]
    with opened(tmp_path) as ledger:
        driver, _ = driven(ledger, timeout_seconds=5, clock=lambda: now[0])
        now[0] = 104.9
        driver.tick()
        assert driver.stop_reason is None
        now[0] = 105.0
        driver.tick()
        assert driver.stop_reason == StopReason()


@pytest.mark.parametrize(
    ("objective", "target", "reached"),
    [
        ("val_accuracy", 0.7, True),
        ("val_accuracy", 0.700001, False),
        ("val_loss", 0.3, True),
        ("val_loss", 0.299999, False),
    ],
)
def test_the_sweep_stops_when_a_trial_reaches_the_target(
    tmp_path: Path, objective: str, target: float, reached: bool
) -> None:
    with opened(tmp_path, tiny_sweep(objective=objective)) as ledger:
        driver, _ = driven(ledger, begun=1, target=target)
        driver.measured(0, measurement(50, 0.7))
        assert driver.stop_reason is None
        driver.measured(0, measurement(100, 0.7))
        assert (driver.stop_reason == StopReason(trial=0)) == reached


def test_a_pruned_trial_reaches_no_target(tmp_path: Path) -> None:
    with opened(tmp_path, stops_all()) as ledger:
        driver, _ = driven(ledger, begun=2, target=0.5)
        assert driver.measured(1, measurement(50, 0.9)) is False
        assert driver.stop_reason is None


def test_a_baseline_that_lost_its_workers_ends_the_sweep_but_is_left_to_go_on_with(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        driver, heard = driven(ledger, begun=1)
        driver.failed(0, Failure("the worker's node was lost", lost=True))
        assert isinstance(driver.error, SweepFailed)
        assert "goes on with it" in str(driver.error)
        assert heard.events == []
        assert driver.next_trial() is None
    with opened(tmp_path) as ledger:
        assert ledger.unfinished == 1
        driver, _ = driven(ledger)
        spec = driver.next_trial()
        assert spec is not None
        assert spec.number == 0


def test_another_trial_that_lost_its_workers_is_one_trial_lost(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        driver, heard = driven(ledger, begun=2)
        driver.failed(1, Failure("the worker's node was lost", lost=True))
        assert driver.error is None
        assert (ledger.trial(1).state, ledger.trial(1).error) == ("FAIL", "the worker's node was lost")
    assert heard.events == [("ended", 1, "FAIL"), ("board",)]


LARGE = Failure("the model has 9 parameters, more than the 8 that constraints allow", parameters=9)


def test_a_trial_that_a_constraint_does_not_allow_is_pruned_untrained_with_the_reason(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        driver, heard = driven(ledger, begun=2)
        driver.failed(1, LARGE)
        trial = ledger.trial(1)
        assert driver.error is None
    assert (trial.state, trial.error, trial.parameters, trial.curve) == ("PRUNED", LARGE.reason, 9, [])
    assert heard.events == [("ended", 1, "PRUNED"), ("board",)]


def test_a_baseline_that_a_constraint_does_not_allow_ends_the_sweep_but_can_go_on_with_another(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        driver, _ = driven(ledger, begun=1)
        driver.failed(0, LARGE)
        assert "the baseline (trial 0) must keep the constraints, but the model has 9 parameters" in str(driver.error)
        assert driver.next_trial() is None
    with opened(tmp_path) as ledger:
        assert ledger.unfinished == 1


@pytest.mark.parametrize("objective", ["val_accuracy", ["val_accuracy", "parameters"]], ids=["one", "several"])
def test_the_sampler_learns_to_keep_away_from_what_a_constraint_does_not_allow(tmp_path: Path, objective: Any) -> None:
    sampler = optuna.samplers.TPESampler(seed=0, n_startup_trials=8)
    sweep = tiny_sweep(trials=60, sampler=sampler, objective=objective)
    with opened(tmp_path, sweep) as ledger:
        driver, _ = driven(ledger)
        while (spec := driver.next_trial()) is not None:
            if spec.params["learning_rate"] > 1e-3 and spec.number:
                driver.failed(spec.number, LARGE)
            else:
                driver.measured(spec.number, measurement(50, 0.5))
                driver.measured(spec.number, measurement(100, 0.5))
    states = [trial.state for trial in read_study(tmp_path, NAME).trials]
    assert states[40:].count("PRUNED") < states[:20].count("PRUNED")


def test_a_lost_worker_is_counted_in_the_journal_and_told_and_its_trial_goes_on(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        driver, heard = driven(ledger, begun=2)
        for _ in range(2):
            driver.worker_lost(1)
        driver.measured(1, measurement(100))
    assert heard.events[:2] == [("WorkerLost",), ("WorkerLost",)]
    assert [trial.workers_lost for trial in read_study(tmp_path, NAME).trials[:2]] == [0, 2]
