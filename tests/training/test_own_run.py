"""What a train function may report, save and test, and what it is told."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sweep.errors import InputError, Pruned
from sweep.training.own_run import Exchange, Run, RunData


class Answering(Exchange):
    """An exchange whose worker has answered before it is asked: so many reports go on, and then no more."""

    def __init__(self, goes_on: int = 99) -> None:
        super().__init__()
        for index in range(100):
            self.answers.put(index < goes_on)


def run_of(exchange: Exchange, epochs: int = 10) -> Run:
    nothing: Any = None
    return Run(7, epochs, RunData(nothing, nothing, nothing), exchange)


def steps(exchange: Exchange) -> list[int]:
    reports = [exchange.reports.get_nowait() for _ in range(exchange.reports.qsize())]
    return [report.step for report in reports if report is not None]


def test_each_report_has_the_percent_of_the_budget_as_its_step() -> None:
    exchange = Answering()
    run = run_of(exchange, epochs=7)
    for epoch in (0.01, 1, 2.5, 6, 7):
        run.report(epoch, val_accuracy=epoch / 10)
    assert steps(exchange) == [1, 14, 35, 85]
    assert exchange.last is not None
    assert (exchange.last.step, exchange.last.epoch, exchange.last.val) == (100, 7.0, {"accuracy": 0.7})


def test_a_shorter_trial_reports_in_percent_of_the_budget_and_ends_at_its_own_end() -> None:
    exchange = Answering()
    nothing: Any = None
    run = Run(7, 4, RunData(nothing, nothing, nothing), exchange, budget=10)
    for epoch in (1, 3, 4):
        run.report(epoch, val_accuracy=0.5)
    assert steps(exchange) == [10, 30]
    assert exchange.last is not None
    assert (exchange.last.step, exchange.last.epoch) == (100, 4.0)


def test_of_the_reports_within_a_percent_the_first_is_measured_and_the_last_stands() -> None:
    exchange = Answering()
    run = run_of(exchange, epochs=1000)
    for epoch in (10, 12, 19, 20):
        run.report(epoch, val_loss=epoch)
    assert steps(exchange) == [1, 2]
    run.report(21, val_loss=0.5)
    assert exchange.last is not None
    assert exchange.last.val == {"loss": 0.5}


@pytest.mark.parametrize("epoch", [3, 2, 2.999])
def test_epochs_rise(epoch: float) -> None:
    run = run_of(Answering())
    run.report(3, val_loss=1)
    with pytest.raises(InputError, match=rf"must be given rising epochs, but got {epoch} after 3"):
        run.report(epoch, val_loss=1)


@pytest.mark.parametrize("epoch", [0, -1, 10.5, math.nan, math.inf])
def test_an_epoch_lies_within_the_budget(epoch: float) -> None:
    with pytest.raises(InputError, match=r"must be given an epoch from above 0 to run.epochs, 10, but got"):
        run_of(Answering()).report(epoch, val_loss=1)


@pytest.mark.parametrize("wrong", ["0.9", None, [0.9, 0.8], True, 1j, b"1", 10**400])
def test_what_is_no_number_is_refused_by_its_name(wrong: Any) -> None:
    run = run_of(Answering())
    with pytest.raises(InputError, match=r"run.report's val_accuracy must be a number, but got"):
        run.report(1, val_accuracy=wrong)
    with pytest.raises(InputError, match=r"run.test's test_accuracy must be a number, but got"):
        run.test(test_accuracy=wrong)
    with pytest.raises(InputError, match=r"run.report's epoch must be a number, but got"):
        run.report(wrong, val_accuracy=0.5)


@pytest.mark.parametrize("name", ["accuracy", "test_accuracy", "val_", "Val_loss"])
def test_a_metric_is_named_for_what_it_is_measured_on(name: str) -> None:
    with pytest.raises(InputError, match=rf"run.report must be given metrics named val_\.\.\., but got {name}"):
        run_of(Answering()).report(1, **{name: 0.5})


def test_numpy_s_numbers_are_taken() -> None:
    exchange = Answering()
    run_of(exchange).report(np.int64(1), parameters=np.int32(12), val_loss=np.float32(0.5))
    run_of(exchange).test(test_loss=np.array(0.25))
    assert exchange.last is not None
    assert (exchange.last.parameters, exchange.last.val, exchange.test) == (12, {"loss": 0.5}, {"loss": 0.25})


@pytest.mark.parametrize("wrong", [1.5, "12", True, -1])
def test_parameters_are_a_whole_number(wrong: Any) -> None:
    with pytest.raises(InputError, match=r"run.report's parameters must be a whole number >= 0, but got"):
        run_of(Answering()).report(1, parameters=wrong, val_loss=1)


def test_parameters_that_were_reported_once_stay() -> None:
    exchange = Answering()
    run = run_of(exchange)
    run.report(1, parameters=12, val_loss=1)
    run.report(2, val_loss=1)
    assert exchange.last is not None
    assert exchange.last.parameters == 12


def test_a_pruned_run_raises_at_that_report_and_at_each_one_after() -> None:
    run = run_of(Answering(goes_on=1))
    run.report(1, val_loss=1)
    for epoch in (2, 3, 10):
        with pytest.raises(Pruned):
            run.report(epoch, val_loss=1)


def test_what_was_saved_last_is_what_it_goes_on_from() -> None:
    run = run_of(Answering())
    assert run.saved is None
    run.save(b"one")
    run.save(b"two")
    assert run.saved == b"two"
    with pytest.raises(InputError, match=r"run.save must be given bytes, as pickle.dumps makes, but got dict"):
        run.save({"epoch": 1})  # type: ignore[arg-type]
    assert run.saved == b"two"


def test_an_accuracy_in_percent_is_refused_before_it_is_written_down() -> None:
    run = run_of(Answering())
    with pytest.raises(InputError, match=r"run.report's val_accuracy must be a share of right answers, 0 to 1, but"):
        run.report(1, val_accuracy=95.2)
    with pytest.raises(InputError, match=r"run.test's test_accuracy must be a share"):
        run.test(test_accuracy=95.2)


def test_the_test_examples_are_measured_once() -> None:
    run = run_of(Exchange())
    run.test(test_accuracy=0.5)
    with pytest.raises(
        InputError, match=r"must be called once, with all metrics, but .* measured test_accuracy before"
    ):
        run.test(test_loss=0.1)
