"""The driver hands out plans, takes what comes back, and knows when the sweep is over."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from builders import NAME, fail, opened, rung, tiny_space, tiny_sweep, trial_record

from sweep.driver import Driver
from sweep.errors import SweepFailed
from sweep.job import Failure, Plan, Rung
from sweep.ledger import Ledger
from sweep.records import TrialRecord, read_study


@dataclass
class Heard:
    """An observer that writes down what it is told."""

    said: list[tuple[Any, ...]] = field(default_factory=list)

    def started(self, plan: Plan) -> None:
        self.said.append(("started", plan.number))

    def measured(self, number: int, rung: Rung) -> None:
        self.said.append(("measured", number, rung.step))

    def ended(self, trial: TrialRecord) -> None:
        self.said.append(("ended", trial.number, trial.state))

    def tick(self) -> None:
        self.said.append(("tick",))

    def boarded(self, number: int) -> None:
        self.said.append(("board",))


class ScriptedLedger:
    """A ledger that stops the trials it is told to stop, and remembers what was done to it."""

    def __init__(self, stops: set[int] = frozenset(), plans: int = 3) -> None:  # type: ignore[assignment]
        self.done: list[tuple[Any, ...]] = []
        self._stops = stops
        self._plans = [Plan(number, {}, 7) for number in range(plans)]

    def next_plan(self, failed: object = None) -> Plan | None:
        return self._plans.pop(0) if self._plans else None

    def report(self, number: int, rung: Rung) -> bool:
        self.done.append(("report", number, rung.step))
        return number in self._stops

    def complete(self, number: int, rung: Rung) -> None:
        self.done.append(("complete", number))

    def prune(self, number: int) -> None:
        self.done.append(("prune", number))

    def fail(self, number: int, failure: Failure) -> None:
        self.done.append(("fail", number, failure.reason))

    def trial(self, number: int) -> TrialRecord:
        return trial_record(number)

    def reaches(self, value: float, target: float) -> bool:
        return value >= target


def scripted(**given: Any) -> tuple[Driver, ScriptedLedger, Heard]:
    ledger, heard = ScriptedLedger(**given), Heard()
    return Driver(ledger, heard, heard.boarded), ledger, heard  # type: ignore[arg-type]


def driven(ledger: Ledger) -> tuple[Driver, Heard]:
    heard = Heard()
    return Driver(ledger, heard, heard.boarded), heard


def test_each_plan_is_announced_once_and_the_end_is_none() -> None:
    driver, _, heard = scripted(plans=2)
    assert [plan.number if (plan := driver.next_plan()) else None for _ in range(3)] == [0, 1, None]
    assert heard.said == [("started", 0), ("started", 1)]


def test_a_trial_goes_on_until_its_budget_is_spent() -> None:
    driver, ledger, heard = scripted()
    driver.next_plan()
    assert driver.measured(0, rung(50)) is True
    assert driver.measured(0, rung(100)) is False
    assert ledger.done == [("report", 0, 50), ("report", 0, 100), ("complete", 0)]
    assert heard.said[1:] == [("measured", 0, 50), ("measured", 0, 100), ("ended", 0, "COMPLETE"), ("board",)]


def test_a_trial_that_the_pruner_stops_is_pruned_and_the_board_rewritten() -> None:
    driver, ledger, heard = scripted(stops={1})
    assert driver.measured(1, rung(50)) is False
    assert ledger.done == [("report", 1, 50), ("prune", 1)]
    assert heard.said[-2:] == [("ended", 1, "COMPLETE"), ("board",)]


def test_a_trial_at_its_last_step_completes_whatever_the_pruner_says() -> None:
    driver, ledger, _ = scripted(stops={1})
    assert driver.measured(1, rung(100)) is False
    assert ledger.done[-1] == ("complete", 1)


def test_a_failed_trial_is_one_trial_lost() -> None:
    driver, ledger, heard = scripted()
    driver.failed(2, Failure("ValueError: bad"))
    assert ledger.done == [("fail", 2, "ValueError: bad")]
    assert heard.said == [("ended", 2, "COMPLETE"), ("board",)]
    assert driver.over is None
    assert driver.next_plan() is not None


def test_a_failed_baseline_ends_the_sweep_with_its_reason() -> None:
    driver, ledger, heard = scripted()
    driver.failed(0, Failure("ValueError: bad"))
    assert isinstance(driver.over, SweepFailed)
    assert driver.over.exit_code == 3
    assert "baseline" in str(driver.over)
    assert "ValueError: bad" in str(driver.over)
    assert ledger.done == [("fail", 0, "ValueError: bad")]
    assert heard.said[-1] == ("board",)
    assert driver.next_plan() is None


def test_a_tick_goes_to_the_observer() -> None:
    driver, _, heard = scripted()
    driver.tick()
    assert heard.said == [("tick",)]


def test_a_whole_study_driven_by_hand(tmp_path: Path) -> None:
    sweep = tiny_sweep(trials=12, rungs=(10, 50))
    with opened(tmp_path, sweep) as ledger:
        driver, heard = driven(ledger)
        while (plan := driver.next_plan()) is not None:
            for step in sweep.steps:
                if not driver.measured(plan.number, rung(step, 0.9 / (plan.number + 1))):
                    break
    trials = read_study(tmp_path, NAME).trials
    assert [trial.number for trial in trials] == list(range(12))
    assert trials[0].state == "COMPLETE"
    assert {trial.state for trial in trials} == {"COMPLETE", "PRUNED"}
    ended = [said[1:] for said in heard.said if said[0] == "ended"]
    assert ended == [(trial.number, trial.state) for trial in trials]
    for trial in trials:
        assert (trial.last["step"] == 100) == (trial.state == "COMPLETE")


def test_a_failed_baseline_keeps_what_other_trials_had_reached(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        driver, _ = driven(ledger)
        for _ in range(2):
            driver.next_plan()
        driver.measured(1, rung(50, 0.7))
        driver.failed(0, Failure("ValueError: bad", "Traceback"))
        assert driver.next_plan() is None
    trials = read_study(tmp_path, NAME).trials
    assert [trial.state for trial in trials] == ["FAIL", "RUNNING"]
    assert trials[1].last["val_accuracy"] == 0.7


def test_a_sweep_that_lost_its_baseline_earlier_is_told_by_the_ledger(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        plan = ledger.next_plan()
        assert plan is not None
        fail(ledger, plan)
    assert read_study(tmp_path, NAME).trials[0].state == "FAIL"


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
        assert [plan.number if (plan := driver.next_plan()) else None for _ in range(2)] == [0, 2]
    assert ("ended", 1, "FAIL") in heard.said


def test_a_fault_of_the_ledger_is_not_swallowed() -> None:
    driver, ledger, _ = scripted()

    def full(number: int, rung: Rung) -> bool:
        raise OSError(28, "No space left on device")

    ledger.report = full  # type: ignore[method-assign]
    with pytest.raises(OSError, match="No space"):
        driver.measured(0, rung(50))


def test_the_sweep_has_enough_when_its_time_is_up() -> None:
    now = [100.0]
    ledger, heard = ScriptedLedger(), Heard()
    driver = Driver(ledger, heard, heard.boarded, timeout_seconds=5, clock=lambda: now[0])  # type: ignore[arg-type]
    driver.tick()
    assert driver.enough == ""
    now[0] = 105.0
    driver.tick()
    assert "--timeout" in driver.enough


@pytest.mark.parametrize(("target", "reached"), [(0.5, True), (0.999999, False)])
def test_the_sweep_has_enough_when_a_trial_reaches_the_target(target: float, reached: bool) -> None:
    ledger, heard = ScriptedLedger(), Heard()
    driver = Driver(ledger, heard, heard.boarded, target=target)  # type: ignore[arg-type]
    driver.next_plan()
    driver.measured(0, rung(100))
    assert bool(driver.enough) == reached


def test_a_baseline_that_lost_its_workers_ends_the_sweep_but_is_left_to_go_on_with() -> None:
    driver, ledger, _ = scripted()
    driver.next_plan()
    driver.failed(0, Failure("the worker's node was lost", lost=True))
    assert isinstance(driver.over, SweepFailed)
    assert "goes on with it" in str(driver.over)
    assert ledger.done == []
    driver, ledger, _ = scripted()
    driver.next_plan()
    driver.failed(1, Failure("the worker's node was lost", lost=True))
    assert driver.over is None
    assert ledger.done == [("fail", 1, "the worker's node was lost")]
