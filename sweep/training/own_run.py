"""`run`, what a user's `train(params, run)` is given: data, seed and budget, and the ways to report, save and stop."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any, NamedTuple

from sweep.data.parts import Part
from sweep.errors import InputError, Pruned
from sweep.space.metrics import TEST, VAL, refuse_no_share
from sweep.training.messages import EPOCH


class RunData(NamedTuple):
    """The examples of a trial, as the data function returned them, checked; pixels of type uint8 are not scaled.

    Args:
        train: the examples to train on.
        validation: the examples to report on. In a confirming run `train` has them, too, and reports are not kept.
        test: the examples to measure the trained model on, once.
    """

    train: Part
    validation: Part
    test: Part


@dataclass(frozen=True)
class Report:
    """What a train function reported.

    Args:
        step: percent of the budget, 1 to 100.
        epoch: the epoch, from above 0 to the budget.
        val: each validation metric by its name without "val_".
        parameters: number of the model's parameters, if it was reported.
    """

    step: int
    epoch: float
    val: Mapping[str, float]
    parameters: int | None


@dataclass(eq=False)
class Exchange:
    """What a train function's thread and its worker tell each other.

    Args:
        saved: what the function saved last; at first that of an interrupted training of the trial.
        restored: the last report of that training; it stands if the function has nothing more to report.
        last: the last report.
        test: what was measured on the test examples.
        error: what the function raised.
        stopped: whether the function is to stop.
        reports: reports for the worker; None once the function has ended.
        answers: for each report, whether the trial goes on.
        history: epoch and validation metrics of each report since the worker measured last.
    """

    saved: bytes | None = None
    restored: Report | None = None
    last: Report | None = None
    test: Mapping[str, float] = field(default_factory=dict)
    error: BaseException | None = None
    stopped: bool = False
    reports: SimpleQueue[Report | None] = field(default_factory=SimpleQueue)
    answers: SimpleQueue[bool] = field(default_factory=SimpleQueue)
    history: list[dict[str, float]] = field(default_factory=list)


class Run:
    """One trial, as its train function sees it.

    Args:
        seed: seed of the trial.
        epochs: epochs of the trial: its parameter `epochs`, else the budget.
        data: the examples.
        exchange: the way to the worker.
        budget: the budget, of which rungs are percents. Default: `epochs`.

    Attributes:
        seed: seed of the trial; the random numbers of Python, NumPy, TensorFlow and Keras are seeded with it.
        epochs: the trial's parameter `epochs`, else the budget; in epochs or whatever else the function counts.
        data: the examples, a `RunData`.
    """

    def __init__(self, seed: int, epochs: int, data: RunData, exchange: Exchange, budget: int | None = None) -> None:
        self.seed = seed
        self.epochs = epochs
        self._budget = budget or epochs
        self.data = data
        self._exchange = exchange

    @property
    def saved(self) -> bytes | None:
        """What was saved last, also by an interrupted training of this trial; None if nothing was."""
        return self._exchange.saved

    def report(self, epoch: float, *, parameters: int | None = None, **metrics: float) -> None:
        """Tell how good the model is after an epoch.

        Args:
            epoch: number of epochs trained, above 0 and at most `epochs`; it rises from report to report.
            parameters: number of the model's parameters, for the board. Default: what was reported before.
            **metrics: each metric on the validation examples by its name, such as `val_accuracy=0.9`.

        Raises:
            sweep.Pruned: if the trial is to stop. Let it pass.
            InputError: if the epoch is outside the budget or does not rise, or a metric is no number.
        """
        exchange = self._exchange
        if exchange.stopped:
            raise Pruned
        before = exchange.last
        report = exchange.last = self._checked(epoch, parameters, metrics, before)
        exchange.history.append({EPOCH: report.epoch, **{VAL + name: value for name, value in report.val.items()}})
        if report.step >= 100 or (before is not None and report.step == before.step):
            return  # the last report stands with what is tested; the board has one point for each percent
        exchange.reports.put(report)
        if not exchange.answers.get():
            exchange.stopped = True
            raise Pruned

    def _checked(self, epoch: Any, parameters: Any, metrics: Mapping[str, Any], before: Report | None) -> Report:
        number = _number(epoch, "run.report's epoch")
        if not 0 < number <= self.epochs:
            raise InputError(
                f"run.report must be given an epoch from above 0 to run.epochs, {self.epochs}, but got {epoch!r}"
            )
        if before is not None and number <= before.epoch:
            raise InputError(f"run.report must be given rising epochs, but got {epoch!r} after {before.epoch:g}")
        if parameters is not None:
            parameters = _whole(parameters, "run.report's parameters")
        elif before is not None:
            parameters = before.parameters
        step = 100 if number >= self.epochs else max(1, int(100 * number / self._budget + 1e-9))
        return Report(step, round(number, 3), _numbers(metrics, VAL, "run.report"), parameters)

    def save(self, state: bytes) -> None:
        """Keep what the training can go on from, if it is interrupted. Only the last is kept.

        Args:
            state: whatever the function makes of its state; `saved` has it when the trial goes on.
        """
        if not isinstance(state, bytes):
            raise InputError(f"run.save must be given bytes, as pickle.dumps makes, but got {type(state).__name__}")
        self._exchange.saved = state

    def test(self, **metrics: float) -> None:
        """Tell how good the trained model is on the test examples; once, at the end.

        Args:
            **metrics: each metric on the test examples by its name, such as `test_accuracy=0.9`.

        Raises:
            InputError: if a metric is no number, or it is called a second time.
        """
        if self._exchange.test:
            raise InputError(
                "run.test must be called once, with all metrics, but it was called again; it measured "
                f"{', '.join(TEST + name for name in self._exchange.test)} before"
            )
        self._exchange.test = _numbers(metrics, TEST, "run.test")


def _numbers(metrics: Mapping[str, Any], prefix: str, call: str) -> dict[str, float]:
    for name in metrics:
        if not name.startswith(prefix) or name == prefix:
            raise InputError(f"{call} must be given metrics named {prefix}..., but got {name}")
    numbers = {name.removeprefix(prefix): _number(value, f"{call}'s {name}") for name, value in metrics.items()}
    refuse_no_share(numbers, f"{call}'s {prefix}")
    return numbers


def _number(value: Any, what: str) -> float:
    """A number of Python's, NumPy's or TensorFlow's as a float."""
    if not isinstance(value, str | bytes | bool):
        with suppress(TypeError, ValueError, OverflowError):
            return float(value)
    raise InputError(f"{what} must be a number, but got {value!r}")


def _whole(value: Any, what: str) -> int:
    if not isinstance(value, bool):
        with suppress(TypeError):
            whole = operator.index(value)
            if whole >= 0:
                return whole
    raise InputError(f"{what} must be a whole number >= 0, but got {value!r}")
