"""A worker whose trials are trained by a function of the user's: measured, pruned, interrupted, resumed, confirmed."""

from __future__ import annotations

import pickle
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

from sweep.data.dataset import Dataset, TrainingData, checked
from sweep.errors import InputError, Pruned
from sweep.training import own_worker
from sweep.training.checkpoint import unpack
from sweep.training.measured import DivergedError
from sweep.training.messages import Measurement, TrainingConfig, TrialSpec
from sweep.training.own_run import Run
from sweep.training.own_worker import OwnWorker

pytestmark = pytest.mark.sweep

Train = Callable[[dict[str, Any], Run], Any]
SPEC = TrialSpec(0, {"rate": 0.5}, 7)


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Any:
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 5
    while left := set(threading.enumerate()) - before:
        assert time.monotonic() < deadline, left
        time.sleep(0.01)


@pytest.fixture(scope="module")
def data() -> Dataset:
    x = np.arange(36, dtype=np.float32).reshape(18, 2)
    y = np.arange(18) % 2
    return checked("numbers", {"x_train": x, "y_train": y, "x_test": x[:4] + 100, "y_test": y[:4]}, "a test")


def worker(train: Train, data: Dataset, training: TrainingData | None = None, **changes: Any) -> OwnWorker:
    facts = {"epochs": 4, "steps": (100,), "objectives": ("val_loss",), "train": train, **changes}
    return OwnWorker(TrainingConfig(None, **facts), training or data.training(), data.test)


def measured(worker: OwnWorker, spec: TrialSpec = SPEC, saved: bytes | None = None) -> list[Measurement]:
    """All measurements of a trial."""
    worker.start(spec, saved)
    measurements = []
    while not measurements or measurements[-1].step < 100:
        measurement = worker.advance()
        assert measurement is not None
        measurements.append(measurement)
    return measurements


def walk(params: dict[str, Any], run: Run) -> None:
    """A random walk, which goes on from where it was saved."""
    epoch, position, state = (0, 0.0, None) if run.saved is None else pickle.loads(run.saved)  # noqa: S301
    rng = np.random.default_rng(run.seed)
    if state is not None:
        rng.bit_generator.state = state
    while epoch < run.epochs:
        epoch, position = epoch + 1, position + params["rate"] * rng.normal()
        run.report(epoch, val_loss=position, val_steps=epoch, parameters=1)
        run.save(pickle.dumps((epoch, position, rng.bit_generator.state)))
    run.test(test_loss=position + 1)


def test_a_trial_is_measured_at_each_report_and_tested_at_its_end(data: Dataset) -> None:
    measurements = measured(worker(walk, data))
    assert [(item.step, item.epochs, item.parameters) for item in measurements] == [
        (25, 1, 1),
        (50, 2, 1),
        (75, 3, 1),
        (100, 4, 1),
    ]
    assert [item.test for item in measurements[:3]] == [{}, {}, {}]
    assert measurements[-1].test == {"loss": measurements[-1].val["loss"] + 1}
    assert measurements[-1].val["steps"] == 4


def test_the_same_seed_gives_the_same_numbers_and_another_one_others(data: Dataset) -> None:
    def train(params: dict[str, Any], run: Run) -> None:
        run.report(4, val_loss=float(keras.ops.sum(keras.random.normal((2,)))) + np.random.normal())
        run.test(test_loss=0)

    losses = [measured(worker(train, data), TrialSpec(0, {}, seed))[-1].val["loss"] for seed in (7, 7, 8)]
    assert losses[0] == losses[1] != losses[2]


def test_the_function_sees_what_is_held_out_and_in_a_confirming_run_all(data: Dataset) -> None:
    sizes = []

    def train(params: dict[str, Any], run: Run) -> None:
        sizes.append([len(part) for part in run.data])
        np.testing.assert_array_equal(run.data.test.x, data.test.x)
        for epoch in (1, 2, 4):
            run.report(epoch, val_loss=epoch)
        run.test(test_loss=0.25)

    measured(worker(train, data))
    (confirmed,) = measured(worker(train, data, data.whole(), steps=(100,)))
    assert sizes == [[15, 3, 4], [18, 3, 4]]
    assert (confirmed.step, confirmed.val, confirmed.test) == (100, {}, {"loss": 0.25})


@pytest.mark.parametrize("saves", [1, 2, 3])
def test_a_trial_that_goes_on_in_a_fresh_worker_has_the_same_numbers(data: Dataset, saves: int) -> None:
    whole = measured(worker(walk, data))
    first = worker(walk, data)
    first.start(SPEC)
    for _ in range(saves + 1):
        assert first.advance() is not None
    checkpoint = first.checkpoint()
    first.close()
    rest = measured(worker(walk, data), saved=checkpoint)
    assert [(item.step, item.val) for item in rest] == [(item.step, item.val) for item in whole[saves:]]
    assert rest[-1].test == whole[-1].test
    before = unpack(checkpoint)
    assert before is not None
    assert rest[0].seconds >= before.seconds > 0


def test_a_trial_that_was_interrupted_after_its_last_report_ends_with_that(data: Dataset) -> None:
    proceed = threading.Event()

    def train(params: dict[str, Any], run: Run) -> None:
        if run.saved is None:
            run.report(4, val_loss=0.5, parameters=3)
            run.save(b"done")
            proceed.wait(5)
        run.test(test_loss=0.25)

    first = worker(train, data)
    first.start(SPEC)
    assert first.advance(lambda: first.epochs_done == 4 and first._exchange.saved is not None) is None
    checkpoint = first.checkpoint()
    proceed.set()
    first.close()
    (last,) = measured(worker(train, data), saved=checkpoint)
    assert (last.step, last.epochs, last.val, last.test, last.parameters) == (100, 4, {"loss": 0.5}, {"loss": 0.25}, 3)


def test_a_checkpoint_of_another_trial_is_not_gone_on_from(data: Dataset) -> None:
    first = worker(walk, data)
    first.start(SPEC)
    first.advance()
    first.advance()
    checkpoint = first.checkpoint()
    first.close()
    other = TrialSpec(1, {"rate": 0.5}, 8)
    assert [item.step for item in measured(worker(walk, data), other, checkpoint)] == [25, 50, 75, 100]
    assert [item.step for item in measured(worker(walk, data), other, b"damaged")] == [25, 50, 75, 100]


def test_a_pruned_function_is_told_at_its_report_and_ends_before_the_next_trial_starts(data: Dataset) -> None:
    ends: list[str] = []

    def train(params: dict[str, Any], run: Run) -> None:
        try:
            run.report(1, val_loss=1)
        except Pruned:
            ends.append("pruned")
            raise
        run.report(4, val_loss=1)
        run.test(test_loss=1)

    training = worker(train, data)
    training.start(SPEC)
    assert training.advance() is not None
    assert ends == []
    assert measured(training)[-1].step == 100
    assert ends == ["pruned"]
    training.start(SPEC)
    training.advance()
    training.close()
    assert ends == ["pruned", "pruned"]
    training.close()


def test_a_function_that_swallows_it_is_told_at_each_report_and_disturbs_no_other_trial(data: Dataset) -> None:
    pruned_at = []

    def train(params: dict[str, Any], run: Run) -> None:
        for epoch in range(1, 5):
            try:
                run.report(epoch, val_loss=params["rate"])
            except Pruned:
                pruned_at.append(epoch)
        run.test(test_loss=params["rate"])
        if pruned_at == [1, 2, 3, 4] and params["rate"] == 0.5:
            raise ValueError("of the trial that was pruned")

    training = worker(train, data)
    training.start(SPEC)
    training.advance()
    after = measured(training, TrialSpec(1, {"rate": 0.25}, 7))
    assert pruned_at == [1, 2, 3, 4]
    assert [item.val["loss"] for item in after] == [0.25] * 4


def test_a_function_that_does_not_end_is_left_alone_and_disturbs_no_other_trial(
    data: Dataset, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(own_worker, "END_SECONDS", 0.05)
    proceed = threading.Event()

    def train(params: dict[str, Any], run: Run) -> None:
        if params["rate"] == 0.5:
            proceed.wait(5)
            raise ValueError("of the trial that was to end")
        run.report(1, val_loss=1)
        proceed.set()
        run.report(4, val_loss=1)
        run.test(test_loss=1)

    training = worker(train, data)
    training.start(SPEC)
    assert training.advance(lambda: True) is None
    assert [item.step for item in measured(training, TrialSpec(1, {"rate": 0.25}, 7))] == [25, 100]
    assert "the train function of trial-0000 goes on 0.05 s after it was told to stop" in capsys.readouterr().out


def reporting(*reports: dict[str, Any], test: dict[str, Any] | None = None, ends: int = 4) -> Train:
    """A function that makes some reports, the last one at its end."""

    def train(params: dict[str, Any], run: Run) -> None:
        for index, report in enumerate(reports, 1):
            run.report(ends if index == len(reports) else index, **report)
        if test is not None:
            run.test(**test)

    return train


def interrupting(params: dict[str, Any], run: Run) -> None:
    raise KeyboardInterrupt


LOSS: dict[str, Any] = {"val_loss": 0.5}


@pytest.mark.parametrize(
    ("train", "kind", "says"),
    [
        (reporting(LOSS), InputError, r"must call run.test\(test_loss=...\) before it ends, but it did not"),
        (reporting(LOSS, test={"test_mae": 1}), InputError, r"must call run.test\(test_loss=...\) before it ends"),
        (reporting(test={"test_loss": 1}), InputError, r"must call run.report\(epoch, val_loss=...\) at least once"),
        (
            reporting({"val_mae": 1, "val_mse": 1}, test={"test_loss": 1}),
            InputError,
            "must be given val_loss, the objective, but it was given val_mae, val_mse",
        ),
        (reporting({}, LOSS, test={"test_loss": 1}), InputError, "val_loss, the objective, but it was given nothing"),
        (reporting({"val_loss": np.nan}, LOSS), DivergedError, "val_loss is nan after 1 epochs"),
        (reporting(LOSS, {"val_loss": -np.inf}, test={"test_loss": 1}), DivergedError, "val_loss is -inf after 4 epo"),
        (reporting(LOSS, test={"test_loss": np.nan}), DivergedError, "test_loss is nan after 4 epochs"),
        (reporting({"val_loss": "low"}), InputError, "run.report's val_loss must be a number, but got 'low'"),
        (reporting(LOSS, ends=5), InputError, "an epoch from above 0 to run.epochs, 4, but got 5"),
        (lambda params, run: 1 / 0, ZeroDivisionError, "division by zero"),
        (lambda params: None, TypeError, "takes 1 positional argument but 2 were given"),
        (lambda params, run: params["units"], KeyError, "units"),
        (lambda params, run: sys.exit(3), RuntimeError, "must return, but it raised SystemExit"),
        (interrupting, RuntimeError, "must return, but it raised KeyboardInterrupt"),
    ],
)
def test_what_goes_wrong_is_the_trial_s_failure_and_the_next_one_is_trained(
    data: Dataset, train: Train, kind: type[Exception], says: str
) -> None:
    def first_wrong(params: dict[str, Any], run: Run) -> None:
        (train if run.seed == SPEC.seed else walk)(params, run)

    training = worker(train if train.__code__.co_argcount == 1 else first_wrong, data)
    with pytest.raises(kind, match=says):
        measured(training)
    if train.__code__.co_argcount == 2:
        assert len(measured(training, TrialSpec(1, {"rate": 0.5}, 8))) == 4
    training.close()


def test_a_metric_besides_the_objective_may_be_infinite(data: Dataset) -> None:
    train = reporting({"val_loss": 1, "val_ratio": np.inf}, test={"test_loss": 1, "test_ratio": np.nan})
    assert measured(worker(train, data))[-1].val == {"loss": 1.0, "ratio": np.inf}


def test_parameters_that_are_an_objective_must_be_reported(data: Dataset) -> None:
    both = ("val_loss", "parameters")
    with pytest.raises(InputError, match=r"must be given parameters=..., the number of the model's parameters"):
        measured(worker(reporting(LOSS, test={"test_loss": 1}), data, objectives=both))
    train = reporting({**LOSS, "parameters": 5}, test={"test_loss": 1})
    assert measured(worker(train, data, objectives=both))[-1].parameters == 5


def test_a_function_that_ends_early_has_the_epochs_that_it_took(data: Dataset) -> None:
    *before, last = measured(worker(reporting(LOSS, {"val_loss": 0.4}, ends=3, test={"test_loss": 0.3}), data))
    assert [item.step for item in before] == [25, 75]
    assert (last.step, last.epochs, last.val, last.test) == (100, 3, {"loss": 0.4}, {"loss": 0.3})


def test_a_function_is_given_params_of_its_own(data: Dataset) -> None:
    def train(params: dict[str, Any], run: Run) -> None:
        params["rate"] *= 2
        walk(params, run)

    training = worker(train, data)
    assert measured(training)[-1].val == measured(training)[-1].val
    assert SPEC.params == {"rate": 0.5}


def test_the_history_has_every_report(data: Dataset) -> None:
    def train(params: dict[str, Any], run: Run) -> None:
        for epoch in (0.5, 1, 1.01, 4):
            run.report(epoch, val_loss=epoch)
        run.test(test_loss=0.0)

    measurements = measured(worker(train, data))
    told = [[(point["epoch"], point["val_loss"]) for point in item.history] for item in measurements]
    assert told == [[(0.5, 0.5)], [(1, 1)], [(1.01, 1.01), (4, 4)]]
