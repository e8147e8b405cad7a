"""`run`, what a user's `train(params, run)` is given: data, seed and budget, and the ways to report, save and stop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any, NamedTuple

from sweep.data.parts import Part
from sweep.errors import InputError, Pruned
from sweep.space.metrics import TEST, VAL
from sweep.space.numbers import is_number


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
        last: the last report.
        test: what was measured on the test examples.
        stopped: whether the function was told to stop.
        reports: reports for the worker; None once the function has ended.
        answers: for each report, whether the trial goes on.
    """

    saved: bytes | None = None
    last: Report | None = None
    test: Mapping[str, float] = field(default_factory=dict)
    stopped: bool = False
    reports: SimpleQueue[Report | None] = field(default_factory=SimpleQueue)
    answers: SimpleQueue[bool] = field(default_factory=SimpleQueue)


class Run:
    """One trial, as its train function sees it.

    Args:
        seed: seed of the trial.
        epochs: budget of the trial.
        data: the examples.
        exchange: the way to the worker.

    Attributes:
        seed: seed of the trial; the random numbers of Python, NumPy, TensorFlow and Keras are seeded with it.
        epochs: budget of the trial, in epochs or whatever else the function counts.
        data: the examples, a `RunData`.
    """

    def __init__(self, seed: int, epochs: int, data: RunData, exchange: Exchange) -> None:
        self.seed = seed
        self.epochs = epochs
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
            parameters: number of the model's parameters, for the board. Default: not known.
            **metrics: each metric on the validation examples by its name, such as `val_accuracy=0.9`.

        Raises:
            sweep.Pruned: if the trial is to stop. Let it pass.
            InputError: if the epoch is outside the budget, or a metric is no number.
        """
        exchange = self._exchange
        if exchange.stopped:
            raise Pruned
        if not is_number(epoch) or not 0 < epoch <= self.epochs:
            raise InputError(f"run.report must have an epoch from above 0 to {self.epochs}, but got {epoch!r}")
        val = _numbers(metrics, VAL, "run.report")
        step = max(1, int(100 * float(epoch) / self.epochs + 1e-9))
        before = 0 if exchange.last is None else exchange.last.step
        if step < before:
            raise InputError(f"run.report must have rising epochs, but got {epoch} after {exchange.last}")
        exchange.last = Report(step, round(float(epoch), 3), val, parameters)
        if step >= 100 or step == before:
            return  # the last report stands with what is tested; the board has one point for each percent
        exchange.reports.put(exchange.last)
        if not exchange.answers.get():
            exchange.stopped = True
            raise Pruned

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
            InputError: if a metric is no number.
        """
        self._exchange.test = _numbers(metrics, TEST, "run.test")


def _numbers(metrics: Mapping[str, Any], prefix: str, call: str) -> dict[str, float]:
    numbers = {}
    for name, value in metrics.items():
        if not name.startswith(prefix) or name == prefix:
            raise InputError(f"{call} must be given metrics named {prefix}..., but got {name}")
        try:
            numbers[name.removeprefix(prefix)] = float(value)  # numbers of NumPy and TensorFlow, too
        except (TypeError, ValueError) as error:
            raise InputError(f"{call} must be given numbers, but {name} is {value!r}") from error
    return numbers
