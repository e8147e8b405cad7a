"""The compiled loop trains as ordinary Keras does, repeats itself, and notices a loss that is no number."""

from __future__ import annotations

import gc
import itertools
import time
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from sweep.data.dataset import Dataset
from sweep.data.parts import Part
from sweep.data.sources import digits
from sweep.errors import InputError, MachineError
from sweep.training.batches import batches
from sweep.training.checkpoint import unpack
from sweep.training.examples import Examples
from sweep.training.loop import QuickTraining
from sweep.training.measured import EVALUATION_BATCH, DivergedError
from sweep.training.messages import Measurement, TrainingConfig, TrialSpec
from sweep.training.worker import Worker, settle_devices

pytestmark = pytest.mark.sweep

settle_devices(1)  # before any test's first operation

SMALL = {"filters_1": 8, "filters_2": 8, "filters_3": 8, "dense_units": 16, "learning_rate": 0.003, "batch_size": 32}


@pytest.fixture(scope="module")
def data() -> Dataset:
    return digits("digits")


def dense(params: dict[str, Any]) -> keras.Model:
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10)])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def train(training_config: TrainingConfig, data: Dataset, spec: TrialSpec) -> list[Measurement]:
    worker = Worker(training_config, data.training(), data.test)
    worker.start(spec)
    return [measurement for _ in training_config.steps if (measurement := worker.advance())]


def with_a_channel(part: Part) -> Examples:
    return Examples(part).reshaped((28, 28, 1))


def training_of(
    model: keras.Model, examples: Examples, clock: Callable[[], float] = time.process_time
) -> QuickTraining:
    return QuickTraining(model, examples, None, examples, total=1_000, size=50, seed=9, clock=clock)


def measured(rungs: Sequence[Measurement | None]) -> list[tuple[float, float, float | None]]:
    return [
        (measurement.val["accuracy"], measurement.val["loss"], measurement.test.get("accuracy"))
        for measurement in rungs
        if measurement
    ]


def test_the_same_spec_gives_the_same_numbers_whatever_the_worker_trained_before(data: Dataset) -> None:
    training_config = TrainingConfig(None, epochs=2, steps=(10, 50, 100))
    worker = Worker(training_config, data.training(), data.test)
    spec = TrialSpec(3, {**SMALL, "dropout": 0.3}, seed=11)
    results = []
    for between in (TrialSpec(1, SMALL, seed=5), TrialSpec(2, {**SMALL, "optimizer": "adam"}, seed=6)):
        worker.start(spec)
        results.append(measured([worker.advance() for _ in training_config.steps]))
        worker.start(between)
        worker.advance()
    worker.start(spec)
    results.append(measured([worker.advance() for _ in training_config.steps]))
    assert results[0] == results[1] == results[2]


@pytest.mark.parametrize("optimizer", ["rmsprop", "adam"])
def test_a_trial_goes_on_from_its_checkpoint_with_the_numbers_it_would_have_had(data: Dataset, optimizer: str) -> None:
    training_config = TrainingConfig(None, epochs=3, steps=(10, 60, 100))
    spec = TrialSpec(3, {**SMALL, "dropout": 0.4, "optimizer": optimizer}, seed=21)
    whole = measured(train(training_config, data, spec))
    first = Worker(training_config, data.training(), data.test)
    first.start(spec)
    assert first.advance() is not None
    asked: list[int] = []
    assert first.advance(lambda: asked.append(1) is None and len(asked) > 1) is None
    saved = first.checkpoint()

    second = Worker(training_config, data.training(), data.test)
    second.start(TrialSpec(8, SMALL, seed=1))
    second.advance()
    second.start(spec, saved)
    rest = [measurement for measurement in (second.advance(), second.advance()) if measurement]
    assert [measurement.step for measurement in rest] == [60, 100]
    assert measured(rest) == whole[1:]


@pytest.mark.parametrize("spoil", [lambda saved: saved[:-200], lambda saved: b"", lambda saved: saved[50:]])
def test_a_damaged_checkpoint_is_not_used(data: Dataset, spoil: Any) -> None:
    training_config = TrainingConfig(None, epochs=1, steps=(50, 100))
    worker = Worker(training_config, data.training(), data.test)
    worker.start(TrialSpec(0, SMALL, 4))
    worker.advance()
    saved = worker.checkpoint()
    worker.start(TrialSpec(0, SMALL, 4), spoil(saved))
    again = worker.advance()
    assert again is not None
    assert again.step == 50
    assert worker.epochs_done == 0


def test_a_checkpoint_of_another_configuration_is_not_used(data: Dataset) -> None:
    training_config = TrainingConfig(None, epochs=2, steps=(50, 100))
    worker = Worker(training_config, data.training(), data.test)
    worker.start(TrialSpec(0, SMALL, 4))
    worker.advance()
    saved = worker.checkpoint()
    for spec in (
        TrialSpec(0, SMALL, 5),
        TrialSpec(0, {**SMALL, "filters_1": 9}, 4),
        TrialSpec(0, {**SMALL, "learning_rate": 1.0}, 4),
    ):
        worker.start(spec, saved)
        assert worker.epochs_done == 0
    worker.start(TrialSpec(0, SMALL, 4), saved)
    assert worker.epochs_done == 1


def test_memory_holds_no_trial_that_has_ended(data: Dataset) -> None:
    worker = Worker(TrainingConfig(None, epochs=1, steps=(100,)), data.training(), data.test)
    counts = []
    for number in range(4):
        worker.start(TrialSpec(number, {**SMALL, "filters_1": 4 + number}, number))
        worker.advance()
        gc.collect()
        counts.append(sum(type(thing).__name__ == "FuncGraph" for thing in gc.get_objects()))
    assert counts[1] == counts[2] == counts[3]


def test_bfloat16_learns_what_float32_does_and_keeps_float32_weights(data: Dataset) -> None:
    spec = TrialSpec(0, {**SMALL, "filters_2": 16}, 0)
    half, full = (
        train(TrainingConfig(None, epochs=8, steps=(100,), precision=name), data, spec)[-1]
        for name in ("bfloat16", "float32")
    )
    assert half.precision == "bfloat16"
    assert half.val["loss"] != full.val["loss"]
    assert abs(half.val["accuracy"] - full.val["accuracy"]) < 0.1


def test_another_seed_gives_other_numbers(data: Dataset) -> None:
    training_config = TrainingConfig(None, epochs=1, steps=(100,))
    assert measured(train(training_config, data, TrialSpec(0, SMALL, 1))) != measured(
        train(training_config, data, TrialSpec(0, SMALL, 2))
    )


def test_rungs_do_not_change_what_is_learnt(data: Dataset) -> None:
    few = train(TrainingConfig(None, epochs=2, steps=(100,)), data, TrialSpec(0, SMALL, 4))[-1]
    many = train(TrainingConfig(None, epochs=2, steps=(3, 17, 50, 80, 100)), data, TrialSpec(0, SMALL, 4))[-1]
    assert few.val["loss"] == many.val["loss"]
    assert few.test.get("accuracy") == many.test.get("accuracy")


def test_a_trial_learns_and_only_its_last_rung_has_a_test_accuracy(data: Dataset) -> None:
    rungs = train(TrainingConfig(None, epochs=8, steps=(10, 40, 100)), data, TrialSpec(0, SMALL, 0))
    assert [not measurement.test for measurement in rungs] == [True, True, False]
    assert [measurement.inference_us is None for measurement in rungs] == [True, True, False]
    assert rungs[-1].val["accuracy"] > 0.7
    assert rungs[-1].val["accuracy"] > rungs[0].val["accuracy"]
    assert [measurement.epochs for measurement in rungs] == [0.8, 3.2, 8]


def test_a_completed_trial_keeps_the_labels_of_its_one_test_evaluation(data: Dataset) -> None:
    worker = Worker(TrainingConfig(None, epochs=4, steps=(50, 100)), data.training(), data.test)
    worker.start(TrialSpec(0, SMALL, 0))
    worker.advance()
    assert worker.predicted is None
    measurement = worker.advance()
    assert measurement is not None
    assert worker.predicted is not None
    assert worker.predicted.shape == data.test.y.shape
    assert np.mean(worker.predicted == data.test.y) == pytest.approx(measurement.test["accuracy"], abs=1e-12)
    outputs = worker.model.predict(data.test.x.astype(np.float32) / 255, verbose=0)
    np.testing.assert_array_equal(worker.predicted, outputs.argmax(axis=1))
    worker.start(TrialSpec(1, SMALL, 0))
    assert worker.predicted is None


def test_more_examples_than_one_evaluation_batch_keep_their_order(data: Dataset) -> None:
    examples = with_a_channel(data.training().train)
    twice_as_many = with_a_channel(data.training().train.followed_by(data.training().train))
    training = training_of(dense({}), examples)
    once, twice = training.measure(examples), training.measure(twice_as_many)
    assert len(twice_as_many) > 2 * EVALUATION_BATCH
    assert once.labels is not None
    np.testing.assert_array_equal(twice.labels, np.concatenate([once.labels] * 2))
    assert twice.metrics["accuracy"] == pytest.approx(once.metrics["accuracy"])


def test_timing_the_inference_changes_neither_the_model_nor_the_random_state(data: Dataset) -> None:
    worker = Worker(TrainingConfig(None, epochs=1, steps=(100,)), data.training(), data.test)
    worker.start(TrialSpec(0, {**SMALL, "dropout": 0.4}, 0))
    measurement = worker.advance()
    assert measurement is not None
    assert measurement.inference_us is not None
    assert measurement.inference_us > 0
    before = unpack(worker.checkpoint())
    worker._training.seconds_to_predict()
    after = unpack(worker.checkpoint())
    assert before is not None
    assert after is not None
    for a, b in zip(before.arrays, after.arrays, strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_inference_time_is_that_of_the_quickest_pass_whatever_disturbs_the_others(data: Dataset) -> None:
    marks = itertools.accumulate(itertools.chain([0, 9, 0.5, 3], itertools.repeat(2)))
    training = training_of(dense({}), with_a_channel(data.training().train), lambda: next(marks))
    assert training.seconds_to_predict() == 0.5 / EVALUATION_BATCH


def test_the_loop_equals_keras_fit_on_the_same_batches(data: Dataset) -> None:
    part = data.training()
    indices = batches(len(part.train), 50, 0, 25, seed=9)
    x = part.train.x.astype(np.float32) / 255
    keras.utils.set_random_seed(3)
    ours = dense({})
    theirs = keras.models.clone_model(ours)
    theirs.set_weights(ours.get_weights())
    theirs.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    training_of(ours, with_a_channel(part.train)).run(0, 25)
    order = indices.ravel()
    theirs.fit(x[order], part.train.y[order], batch_size=50, shuffle=False, verbose=0)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_a_models_own_train_step_is_used(data: Dataset) -> None:
    class Frozen(keras.Sequential):
        def train_step(self, data: Any) -> dict[str, Any]:
            return {"loss": 0.5}

    def build(params: dict[str, Any]) -> keras.Model:
        model = Frozen(dense({}).layers)
        model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        return model

    rungs = train(TrainingConfig(build, epochs=1, steps=(50, 100)), data, TrialSpec(0, {}, 0))
    assert rungs[0].val["loss"] == rungs[1].val["loss"]


def test_a_loss_that_is_no_number_ends_the_trial_at_once(data: Dataset) -> None:
    training_config = TrainingConfig(None, epochs=50, steps=(100,))
    with pytest.raises(DivergedError, match=r"loss is (nan|inf) at training step \d+"):
        train(training_config, data, TrialSpec(0, {**SMALL, "optimizer": "sgd", "learning_rate": 1e20}, 0))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda params: "model", "must return a keras.Model, but it returned str"),
        (lambda params: keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten()]), "must return a compiled"),
        (lambda params: one_output(), "binary_crossentropy, which takes labels 0 and 1, and the largest is 9"),
        (lambda params: compiled_for((14, 14, 1)), r"inputs of shape \(28, 28\), but it takes \(14, 14, 1\)"),
    ],
)
def test_an_unfit_model_is_refused(data: Dataset, build: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        train(TrainingConfig(build, epochs=1, steps=(100,)), data, TrialSpec(0, {}, 0))


def compiled_for(shape: tuple[int, ...]) -> keras.Model:
    model = keras.Sequential([keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(10)])
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def one_output() -> keras.Model:
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])
    model.compile("sgd", "binary_crossentropy")
    return model


def test_a_gpu_that_was_given_but_is_not_seen_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])
    with pytest.raises(MachineError, match=r"TensorFlow sees none on .*; there, install tensorflow\[and-cuda\]"):
        settle_devices(1, gpu=True)


def test_a_gpu_that_is_seen_is_not_complained_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["/physical_device:GPU:0"])
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: [])
    settle_devices(1, gpu=True)


def losses(measurement: Measurement) -> list[float]:
    assert [point["epoch"] for point in measurement.history] == list(range(1, len(measurement.history) + 1))
    return [point["loss"] for point in measurement.history]


def test_each_epochs_training_loss_is_told_however_it_is_cut_and_as_keras_has_it(data: Dataset) -> None:
    spec = TrialSpec(3, SMALL, seed=21)
    rungs = train(TrainingConfig(None, epochs=3, steps=(10, 60, 100)), data, spec)
    assert [len(measurement.history) for measurement in rungs] == [0, 1, 3]
    told = losses(rungs[-1])
    assert told[0] > told[1] > told[2]
    [whole] = train(TrainingConfig(None, epochs=3, steps=(100,)), data, spec)
    assert losses(whole) == pytest.approx(told, rel=1e-5)
    [by_fit] = train(TrainingConfig(None, epochs=3, steps=(100,), fit=lambda params: {}), data, spec)
    assert losses(by_fit) == pytest.approx(told, rel=1e-2)  # the weights themselves drift apart a little


def test_a_trial_that_goes_on_from_within_an_epoch_tells_its_whole_loss(data: Dataset) -> None:
    training_config, spec = TrainingConfig(None, epochs=3, steps=(50, 100)), TrialSpec(3, SMALL, seed=21)
    whole = train(training_config, data, spec)[-1]
    first = Worker(training_config, data.training(), data.test)
    first.start(spec)
    first.advance()
    second = Worker(training_config, data.training(), data.test)
    second.start(spec, first.checkpoint())
    again, rest = second.advance(), second.advance()
    assert again is not None
    assert rest is not None
    assert len(again.history) == 1
    assert losses(rest) == pytest.approx(losses(whole), rel=1e-5)
