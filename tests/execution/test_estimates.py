"""What configurations would cost, from processes that build them side by side."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import pytest
from builders import BASELINE, tiny_dataset, tiny_sweep

from sweep.errors import SweepError
from sweep.execution import estimates as module
from sweep.execution.estimates import TIMED_SAMPLES, Estimates, estimated
from sweep.space.suggest import Suggestion
from sweep.training.messages import Estimate


class Pool:
    """Processes that are this one: each call is made at once, with what it was called with kept."""

    calls: list[tuple[Any, ...]]
    answer: Callable[..., Any]

    def __init__(self, max_workers: int, mp_context: object) -> None:
        self.max_workers = max_workers

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *exc: object) -> None:
        """Nothing."""

    def submit(self, function: object, *work: Any) -> Pool:
        Pool.calls.append(work)
        self._result = Pool.answer(len(Pool.calls) - 1, *work)
        made = Pool(self.max_workers, None)
        made._result = self._result
        return made

    def result(self) -> Any:
        return self._result


def candidates(count: int) -> list[Suggestion]:
    return [Suggestion({**BASELINE, "batch_size": 4, "kernel_size": number}, ()) for number in range(count)]


def each_by_its_params(process: int, config: bytes, part: list[Any], *rest: Any) -> Estimates:
    """Estimates whose parameters are the candidates' kernel sizes; the second process takes twice as long."""
    pace = float(1 + process)
    each = [Estimate(params["kernel_size"], 1.0, pace, start_seconds=pace, example_seconds=pace) for params in part]
    return Estimates(each, pace)


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    Pool.calls = []
    Pool.answer = staticmethod(each_by_its_params)
    monkeypatch.setattr(module, "ProcessPoolExecutor", Pool)


@pytest.mark.parametrize(("slots", "processes"), [(1, 1), (2, 2), (3, 3), (64, 4)])
def test_as_many_processes_as_trials_share_the_configurations_and_their_order_stays(
    slots: int, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "slots_here", lambda sweep: slots)
    result = estimated(tiny_sweep(), tiny_dataset(), candidates(11))
    assert len(Pool.calls) == processes
    assert [estimate.parameters for estimate in result.each] == list(range(11))
    assert all(work[1][0]["kernel_size"] == 0 for work in Pool.calls)  # the baseline in each
    assert sum(work[-1] for work in Pool.calls) == TIMED_SAMPLES
    assert {work[-2] for work in Pool.calls} == {12}  # half of the five epochs of five steps


def test_the_baselines_times_are_the_means_of_all_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "slots_here", lambda sweep: 2)
    result = estimated(tiny_sweep(), tiny_dataset(), candidates(3))
    baseline = result.each[0]
    assert (baseline.step_seconds, baseline.start_seconds, baseline.example_seconds) == (1.5, 1.5, 1.5)
    assert result.import_seconds == 2.0


def test_a_baseline_that_can_not_be_built_in_one_process_can_not_be_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "slots_here", lambda sweep: 2)
    Pool.answer = staticmethod(
        lambda process, config, part, *rest: Estimates([Estimate(error="no" * process)] * len(part))
    )
    assert estimated(tiny_sweep(), tiny_dataset(), candidates(2)).each[0].error == "no"


def test_a_process_that_dies_is_one_message() -> None:
    def die(*work: Any) -> Estimates:
        raise BrokenProcessPool("died")

    Pool.answer = staticmethod(die)
    with pytest.raises(SweepError, match="a process that builds the models died; the largest may need more memory"):
        estimated(tiny_sweep(), tiny_dataset(), candidates(2))
