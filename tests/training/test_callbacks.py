"""Callbacks see one single `fit`, whatever pieces a trial is trained in, and go on with a trial from its checkpoint."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from keras import callbacks, layers, optimizers
from models import TRAINED, Build, dataset, dense, plain, sequential, started, table, targets, to_the_end, trained

from sweep.data.dataset import Dataset
from sweep.errors import InputError
from sweep.training.callbacks import Forwarding, ForwardingBatches, forwarding_class
from sweep.training.messages import TrainingConfig, TrialSpec
from sweep.training.worker import Worker

FULL = os.environ.get("SWEEP_FAULTS") == "full"
"""Else only some of the cases are tried, as they take minutes."""

pytestmark = [pytest.mark.sweep, pytest.mark.filterwarnings("ignore")]

EPOCHS, STEPS = 4, (10, 30, 100)
"""Of 10 training steps each; so a trial of 40 steps is measured after 4, 12 and 40."""
PER_EPOCH = 10
Event = tuple[str, Any, dict[str, float]]


def data() -> Dataset:
    return dataset(table()[0], targets())


def one(optimizer: Any = "adam", **options: Any) -> Build:
    return dense(1, optimizer, loss="mae", metrics=["mse"], **options)


class Recorder(callbacks.Callback):
    """Keeps what it is called with."""

    def __init__(self, stops_at: tuple[int, int] | None = None) -> None:
        super().__init__()
        self.events: list[Event] = []
        self.stops_at = stops_at
        self.current = 0

    def _keep(self, hook: str, index: Any, logs: Any) -> None:
        self.events.append((hook, index, {name: float(value) for name, value in (logs or {}).items()}))

    def on_train_begin(self, logs: Any = None) -> None:
        self._keep("train begin", dict(self.params or {}), logs)

    def on_train_end(self, logs: Any = None) -> None:
        self._keep("train end", None, logs)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.current = epoch
        self._keep("epoch begin", epoch, logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._keep("epoch end", epoch, logs)

    def on_test_begin(self, logs: Any = None) -> None:
        self._keep("test begin", None, logs)

    def on_test_end(self, logs: Any = None) -> None:
        self._keep("test end", None, logs)


class BatchRecorder(Recorder):
    """Keeps batches too, and may stop the training after one of them."""

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._keep("batch begin", batch, logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._keep("batch end", batch, logs)
        if (self.current, batch) == self.stops_at:
            self.model.stop_training = True

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        self._keep("test batch", batch, logs)


def assert_alike(ours: list[Event], theirs: list[Event]) -> None:
    assert [event[:2] for event in ours] == [event[:2] for event in theirs]
    for (_, _, our_logs), (_, _, logs) in zip(ours, theirs, strict=True):
        assert our_logs == pytest.approx(logs, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("kind", [Recorder, BatchRecorder])
@pytest.mark.parametrize("stops_at", [None, (2, 4), (0, 9), (3, 9)])
def test_a_callback_sees_the_events_and_logs_of_one_fit(kind: type[Recorder], stops_at: tuple[int, int] | None) -> None:
    ours, theirs = kind(stops_at), kind(stops_at)
    worker, measurement = trained(one(), data(), epochs=EPOCHS, steps=STEPS, fit=lambda params: {"callbacks": ours})
    _, validation, test = plain(one(), data(), epochs=EPOCHS, validates=True, callbacks=[theirs])
    assert_alike(ours.events, theirs.events)
    assert measurement.val == pytest.approx(validation, rel=1e-5)
    assert measurement.test == pytest.approx(test, rel=1e-5)
    if kind is BatchRecorder and stops_at is not None:
        stopped = stops_at[0] * PER_EPOCH + stops_at[1] + 1
        assert (measurement.step, measurement.epochs) == (100, stopped / PER_EPOCH)
        assert int(worker.model.optimizer.iterations) == stopped


def watching(make: Callable[[], list[callbacks.Callback]]) -> Callable[[Any], dict[str, Any]]:
    return lambda params: {"callbacks": make()}


def falling(epoch: int, rate: float) -> float:
    return rate * 0.5 if epoch % 2 else rate


COARSE = one(lambda: optimizers.SGD(0.4))
"""It soon oscillates, so that what waits for progress has something to do."""
AVERAGING = one(lambda: optimizers.Adam(0.05, use_ema=True, ema_momentum=0.9))

OF_KERAS: dict[str, tuple[Build, Callable[[], list[callbacks.Callback]]]] = {
    "early stopping": (COARSE, lambda: [callbacks.EarlyStopping("val_loss", patience=1, restore_best_weights=True)]),
    "early stopping by a training metric": (COARSE, lambda: [callbacks.EarlyStopping("mse", patience=1)]),
    "reduced rate": (COARSE, lambda: [callbacks.ReduceLROnPlateau("val_loss", factor=0.3, patience=1)]),
    "scheduled rate": (one(), lambda: [callbacks.LearningRateScheduler(falling)]),
    "swapped at epochs": (AVERAGING, lambda: [callbacks.SwapEMAWeights(swap_on_epoch=True)]),
    "swapped to measure": (AVERAGING, lambda: [callbacks.SwapEMAWeights()]),
    "no number": (one(), lambda: [callbacks.TerminateOnNaN()]),
    "both": (
        COARSE,
        lambda: [
            callbacks.ReduceLROnPlateau("val_mse", factor=0.5, patience=1),
            callbacks.EarlyStopping("val_mse", patience=2, restore_best_weights=True),
        ],
    ),
}


@pytest.mark.parametrize("name", OF_KERAS)
def test_kerass_callbacks_do_across_rungs_what_they_do_in_one_fit(name: str) -> None:
    build, make = OF_KERAS[name]
    worker, measurement = trained(build, data(), epochs=8, steps=STEPS, fit=watching(make))
    theirs = make()
    model, validation, test = plain(build, data(), epochs=8, validates=True, callbacks=theirs)
    for our_weight, weight in zip(worker.model.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(our_weight, weight, rtol=1e-5, atol=1e-5)
    assert float(worker.model.optimizer.learning_rate) == pytest.approx(float(model.optimizer.learning_rate))
    assert int(worker.model.optimizer.iterations) == int(model.optimizer.iterations)
    assert (measurement.val, measurement.test) == (
        pytest.approx(validation, rel=1e-5),
        pytest.approx(test, rel=1e-5),
    )
    assert worker.model.history.history == {
        name: pytest.approx(values, rel=1e-5) for name, values in model.history.history.items()
    }


def kept(worker: Worker) -> list[dict[str, Any]]:
    """What a worker's callbacks hold, of plain values."""
    return [item["values"] for item in worker._training.state()["callbacks"]]


def interrupted(build: Build, fit: Any, pauses: int) -> bytes:
    """The checkpoint of a trial that is stopped once it was asked so often whether to pause."""
    asked: list[int] = []
    worker = started(build, data(), epochs=8, steps=STEPS, fit=fit)
    while worker.advance(lambda: asked.append(1) is None and len(asked) > pauses) is not None:
        pass
    return worker.checkpoint()


RESUMED = list(product([name for name in OF_KERAS if name != "no number"], [1, 7, 10, 23]))
"""Each set of callbacks with each number of steps after which its trial goes on elsewhere."""


@pytest.mark.parametrize(("name", "few"), RESUMED if FULL else RESUMED[::5])
def test_a_trial_that_goes_on_in_another_worker_has_its_callbacks_state(
    name: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    build, make = OF_KERAS[name]
    whole = started(build, data(), epochs=8, steps=STEPS, fit=watching(make))
    measurements = to_the_end(whole)
    monkeypatch.setattr("sweep.training.worker.FIRST_STEPS", few)
    saved = interrupted(build, watching(make), 1)
    resumed = started(build, data(), epochs=8, steps=STEPS, fit=watching(make), saved=saved)
    assert resumed._position == min(few, 8)
    rest = to_the_end(resumed)
    assert [(item.step, item.val, item.test) for item in rest] == [
        (item.step, item.val, item.test) for item in measurements[-len(rest) :]
    ]
    for ours, theirs in zip(kept(resumed), kept(whole), strict=True):
        assert ours.keys() == theirs.keys()
        assert {name: ours[name] for name in ours if name != "best_weights"} == {
            name: theirs[name] for name in theirs if name != "best_weights"
        }
    assert resumed.model.history.history == whole.model.history.history


def test_files_that_callbacks_write_are_those_of_one_fit(tmp_path: Path) -> None:
    def make(folder: str) -> list[callbacks.Callback]:
        (tmp_path / folder).mkdir()
        return [
            callbacks.CSVLogger(tmp_path / folder / "log.csv"),
            callbacks.ModelCheckpoint(
                tmp_path / folder / "best.weights.h5", save_best_only=True, save_weights_only=True
            ),
        ]

    worker, _ = trained(COARSE, data(), epochs=EPOCHS, steps=STEPS, fit=watching(lambda: make("ours")))
    model, _, _ = plain(COARSE, data(), epochs=EPOCHS, validates=True, callbacks=make("theirs"))
    ours, theirs = (list(csv.DictReader((tmp_path / name / "log.csv").open())) for name in ("ours", "theirs"))
    assert [row["epoch"] for row in ours] == [str(epoch) for epoch in range(EPOCHS)]
    assert [list(row) for row in ours] == [list(row) for row in theirs]
    for one_row, row in zip(ours, theirs, strict=True):
        assert [float(value) for value in one_row.values()] == pytest.approx([float(value) for value in row.values()])
    worker.model.load_weights(tmp_path / "ours" / "best.weights.h5")
    model.load_weights(tmp_path / "theirs" / "best.weights.h5")
    for our_weight, weight in zip(worker.model.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(our_weight, weight, rtol=1e-5, atol=1e-5)


def test_a_log_goes_on_where_a_resumed_trial_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sweep.training.worker.FIRST_STEPS", 4)
    file = tmp_path / "log.csv"
    fit = watching(lambda: [callbacks.CSVLogger(file)])
    worker = started(one(), data(), epochs=EPOCHS, steps=(50, 100), fit=fit)
    worker.advance()
    resumed = started(one(), data(), epochs=EPOCHS, steps=(50, 100), fit=fit, saved=worker.checkpoint())
    to_the_end(resumed)
    assert [row["epoch"] for row in csv.DictReader(file.open())] == ["0", "1", "2", "3"]


def test_a_training_that_stops_early_skips_the_rungs_after_it() -> None:
    stop = [callbacks.EarlyStopping("val_loss", patience=0, min_delta=9e9)]
    worker = started(one(), data(), epochs=10, steps=(10, 30, 50, 100), fit=lambda params: {"callbacks": stop})
    measurements = to_the_end(worker)
    assert [(item.step, item.epochs, bool(item.test)) for item in measurements] == [(10, 1, False), (100, 2, True)]
    assert worker.epochs_done == 2


def test_without_validation_examples_callbacks_see_training_metrics_alone() -> None:
    recorder = Recorder()
    whole = data().whole()
    config = TrainingConfig(one(), 1, (100,), fit=lambda params: {"callbacks": [recorder]})
    worker = Worker(config, whole, data().test)
    worker.start(TrialSpec(0, {"batch_size": 16}, 7))
    measurement = worker.advance()
    assert measurement is not None
    assert measurement.val == {}
    assert len(whole.train) == TRAINED
    assert [(hook, sorted(logs)) for hook, _, logs in recorder.events if hook == "epoch end"] == [
        ("epoch end", ["loss", "mse"])
    ]


class Failing(callbacks.Callback):
    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        raise KeyError("val_f1")


def test_a_callback_that_raises_is_named() -> None:
    with pytest.raises(InputError, match=r"but Failing.on_epoch_end raised KeyError: 'val_f1'; mend the callback"):
        trained(one(), data(), fit=lambda params: {"callbacks": [Failing()]})


class Inventive(callbacks.Callback):
    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs["val_own"] = -float(epoch)


def test_what_a_callback_adds_to_the_logs_is_for_callbacks_and_no_metric_of_the_trial() -> None:
    recorder = Recorder()
    _, measurement = trained(one(), data(), fit=lambda params: {"callbacks": [Inventive(), recorder]})
    assert [logs["val_own"] for hook, _, logs in recorder.events if hook == "epoch end"] == [0, -1]
    assert set(measurement.val) == {"loss", "mse"}


def test_only_callbacks_that_want_batches_are_told_of_them() -> None:
    assert forwarding_class([Recorder(), callbacks.EarlyStopping()]) is Forwarding
    assert forwarding_class([Recorder(), BatchRecorder()]) is ForwardingBatches
    assert forwarding_class([callbacks.LambdaCallback(on_train_batch_end=print)]) is ForwardingBatches
    assert Forwarding.async_safe
    assert not ForwardingBatches.async_safe


def test_what_is_averaged_over_an_epoch_goes_on_within_it() -> None:
    build = lambda params: sequential(  # noqa: E731
        layers.Dense(1, activation="sigmoid"), loss="binary_crossentropy", metrics=["auc"]
    )
    binary = dataset(table()[0], (table()[1] > 0).astype(np.int32))
    recorder, other = Recorder(), Recorder()
    trained(build, binary, steps=(7, 15, 40, 100), fit=lambda params: {"callbacks": [recorder]})
    plain(build, binary, validates=True, callbacks=[other])
    assert_alike(recorder.events, other.events)


def test_the_history_is_that_of_one_fit_with_validation_scores_where_callbacks_watch_them() -> None:
    theirs = callbacks.History()
    plain(one(), data(), epochs=EPOCHS, validates=True, callbacks=[theirs])
    _, watched = trained(one(), data(), epochs=EPOCHS, steps=STEPS, fit=watching(lambda: [Recorder()]))
    assert [point["epoch"] for point in watched.history] == list(range(1, EPOCHS + 1))
    for name in ("loss", "mse", "val_loss", "val_mse"):
        assert [point[name] for point in watched.history] == pytest.approx(theirs.history[name], rel=1e-4)
    _, unwatched = trained(one(), data(), epochs=EPOCHS, steps=STEPS)
    assert [set(point) for point in unwatched.history] == [{"epoch", "loss", "mse"}] * EPOCHS


def test_what_a_callback_adds_to_the_measured_joins_the_history_if_it_is_a_number() -> None:
    class Adding(callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            logs |= {"rate": np.float32(0.5), "note": "a text", "epoch": -1, "many": np.zeros(2)}

    _, measurement = trained(one(), data(), epochs=2, fit=watching(lambda: [Adding()]))
    assert [point["epoch"] for point in measurement.history] == [1, 2]
    assert [point["rate"] for point in measurement.history] == [0.5, 0.5]
    assert not {"note", "many"} & set(measurement.history[0])
