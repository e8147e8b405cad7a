"""The driver of confirming runs hands them out and writes down what comes back."""

from __future__ import annotations

from pathlib import Path

from builders import NAME, measurement, mixed_study
from observers import Quiet

from sweep.analysis.study_analysis import Analysis
from sweep.execution.confirmation_driver import ConfirmationDriver
from sweep.execution.confirmation_plan import fixed_plan, open_plan
from sweep.space.sweep import MAX_CONFIRM_SEEDS
from sweep.study.events import StopReason
from sweep.study.opening import open_confirmations
from sweep.study.records import read_study
from sweep.training.messages import Failure


def test_a_run_whose_worker_was_lost_is_made_again(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    heard = Quiet()
    with open_confirmations(tmp_path, NAME) as confirmations:
        driver = ConfirmationDriver(confirmations, fixed_plan(Analysis(confirmations.record()), 1, 2).runs[:1], heard)
        spec = driver.next_trial()
        assert spec is not None
        driver.failed(spec.number, Failure("the worker's node was lost", lost=True))
        assert confirmations.record().confirming == []
    assert heard.runs[0].error == "the worker's node was lost"


def test_the_confirmer_hands_out_each_run_and_writes_it_down(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    heard = Quiet()
    with open_confirmations(tmp_path, NAME) as confirmations:
        runs = fixed_plan(Analysis(confirmations.record()), 1, 1).runs
        driver = ConfirmationDriver(confirmations, runs, heard)
        specs = [spec for _ in range(2) if (spec := driver.next_trial())]
        assert driver.next_trial() is None
        assert [spec.stem for spec in specs] == ["confirm-0000-00", "confirm-0001-00"]
        assert specs[1].params == confirmations.record().trials[1].params
        checkpoint = tmp_path / NAME / "checkpoints" / "confirm-0000-00.npz"
        checkpoint.parent.mkdir()
        checkpoint.write_bytes(b"saved")
        measured = measurement(100, val_accuracy=None, val_loss=None, test_accuracy=0.93)
        assert driver.measured(specs[0].number, measured) is False
        driver.failed(specs[1].number, Failure("ValueError: no luck"))
    assert not checkpoint.exists()
    kept = read_study(tmp_path, NAME).confirming
    assert [(run.trial, run.test.get("accuracy"), run.error) for run in kept] == [
        (0, 0.93, ""),
        (1, None, "ValueError: no luck"),
    ]
    assert kept == heard.runs
    assert [run.seed for run in kept] == [spec.seed for spec in specs]


def test_confirming_stops_when_its_time_is_up(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    now = [0.0]
    with open_confirmations(tmp_path, NAME) as confirmations:
        driver = ConfirmationDriver(confirmations, [], Quiet(), timeout_seconds=5, clock=lambda: now[0])
    driver.tick()
    assert driver.stop_reason is None
    now[0] = 5.0
    driver.tick()
    assert driver.stop_reason == StopReason()


def test_no_run_is_started_once_it_is_decided_and_what_runs_is_kept(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    with open_confirmations(tmp_path, NAME) as confirmations:
        plan = open_plan(Analysis(confirmations.record()), 1)
        plan.write(confirmations)
        driver = ConfirmationDriver(confirmations, plan.runs, Quiet(), still_needed=plan.still_needed)
        running = [spec for _ in range(3) if (spec := driver.next_trial())]
        while running:
            spec = running.pop(0)
            trial = spec.number // (MAX_CONFIRM_SEEDS + 1)
            accuracy = 0.9 + 0.05 * trial + 0.001 * (spec.number % 3)
            driver.measured(spec.number, measurement(100, val_accuracy=None, val_loss=None, test_accuracy=accuracy))
            if (another := driver.next_trial()) is not None:
                running.append(another)
        assert driver.next_trial() is None
        study = confirmations.record()
    verdict = Analysis(study).confirmations[1].verdict
    assert verdict is not None
    assert (verdict.outcome, verdict.pairs) == ("better", 5)
    assert len(study.confirming) == 2 * 5 + 2  # two were running when it was decided
    assert plan.still_needed(study) == []


def test_a_failed_or_lost_run_leaves_nothing_to_decide(tmp_path: Path) -> None:
    for lost in (False, True):
        mixed_study(tmp_path / str(lost))
        with open_confirmations(tmp_path / str(lost), NAME) as confirmations:
            plan = open_plan(Analysis(confirmations.record()), 1)
            plan.write(confirmations)
            driver = ConfirmationDriver(confirmations, plan.runs, Quiet(), still_needed=plan.still_needed)
            spec = driver.next_trial()
            assert spec is not None
            driver.failed(spec.number, Failure("out of memory", lost=lost))
            assert driver.next_trial() is None
            assert bool(plan.still_needed(confirmations.record())) == lost  # a lost one comes first the next time
