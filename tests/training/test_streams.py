"""Trials whose examples come in batches: the numbers are those of Keras's own `fit`, and go on from a checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from models import CLASSES, FEATURES, SEED, dense, sequential
from pipelines import BATCH, SIZES, Rows, noisy, of_keras, plain, rows, stream

from sweep.data.sources import resolve
from sweep.data.streams import StreamPart
from sweep.errors import InputError
from sweep.training.messages import Measurement, TrainingConfig, TrialSpec
from sweep.training.streams import TrainingStream
from sweep.training.worker import Worker

pytestmark = pytest.mark.sweep

EPOCHS = 3
TOLERANCE = 1e-5
SCORED = {"metrics": ["accuracy"]}


def worker_of(function: Any, build: Any = None, *, data: Any = None, **config: Any) -> Worker:
    """A worker on the streams of a function; `data` is what it is given in the place of that function."""
    dataset = resolve(function, "auto", {})
    training_config = TrainingConfig(build or dense(**SCORED), EPOCHS, (100,), data=data or function, **config)
    return Worker(training_config, dataset.training(), dataset.test)


def finished(worker: Worker, saved: bytes | None = None) -> Measurement:
    worker.start(TrialSpec(0, {}, SEED), saved)
    measurement = worker.advance()
    assert measurement is not None
    return measurement


def by_plain_keras(build: Any, train: Any, **keywords: Any) -> dict[str, dict[str, float]]:
    """What Keras measures that trained with `fit(train)`."""
    keras.utils.set_random_seed(SEED)
    model = build({})
    model.fit(train, epochs=EPOCHS, shuffle=False, verbose=0, **keywords)
    return {
        kind: model.evaluate(part, verbose=0, return_dict=True)
        for kind, part in (("val", stream("val")), ("test", stream("test")))
    }


def assert_close(measurement: Measurement, wanted: dict[str, dict[str, float]]) -> None:
    assert measurement.val == pytest.approx(wanted["val"], abs=TOLERANCE)
    assert measurement.test == pytest.approx(wanted["test"], abs=TOLERANCE)


def scores(measurement: Measurement) -> tuple[Any, Any]:
    return measurement.val, measurement.test


def test_an_unshuffled_stream_trains_as_by_keras_though_its_last_batch_is_smaller() -> None:
    worker = worker_of(plain)
    measurement = finished(worker)
    assert worker.reason == "its data come in batches"
    assert measurement.epochs == EPOCHS
    assert_close(measurement, by_plain_keras(dense(**SCORED), stream("train")))


def test_weights_are_the_third_of_a_batch_and_class_weights_a_keyword_of_fit() -> None:
    weight = np.linspace(0.1, 2, SIZES["train"], dtype=np.float32)
    measurement = finished(worker_of(lambda: (stream("train", weight), stream("val"), stream("test"))))
    assert_close(measurement, by_plain_keras(dense(**SCORED), stream("train", weight)))
    class_weight = {0: 1.0, 1: 5.0, 2: 0.2}
    measurement = finished(worker_of(plain, fit=lambda params: {"class_weight": class_weight}))
    assert_close(measurement, by_plain_keras(dense(**SCORED), stream("train"), class_weight=class_weight))


def two_inputs(params: Any) -> keras.Model:
    """A model of two named inputs."""
    left, right = (keras.Input((FEATURES // 2,), name=name) for name in ("left", "right"))
    joined = layers.concatenate([layers.Dense(4)(left), layers.Dense(8)(right)])
    model = keras.Model({"left": left, "right": right}, layers.Dense(CLASSES)(joined))
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model


def two_in_order(params: Any) -> keras.Model:
    """The same with its inputs in a list."""
    named = two_inputs(params)
    model = keras.Model([named.input["left"], named.input["right"]], named.output)
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model


@pytest.mark.parametrize(
    ("build", "split"),
    [
        (two_inputs, lambda x, y: ({"left": x[:, :4], "right": x[:, 4:]}, y)),
        (two_in_order, lambda x, y: ((x[:, :4], x[:, 4:]), y)),
    ],
)
def test_several_inputs_go_to_the_model_as_the_stream_gives_them(build: Any, split: Any) -> None:
    def parts() -> Any:
        return (*(stream(kind).map(split) for kind in SIZES),)

    measurement = finished(worker_of(parts, build))
    keras.utils.set_random_seed(SEED)
    model = build({})
    model.fit(parts()[0], epochs=EPOCHS, shuffle=False, verbose=0)
    assert measurement.val == pytest.approx(model.evaluate(parts()[1], verbose=0, return_dict=True), abs=TOLERANCE)


def generated(kind: str) -> tf.data.Dataset:
    """A part that does not say how many batches it has."""
    spec = (tf.TensorSpec((None, FEATURES)), tf.TensorSpec((None,), tf.int64))
    return tf.data.Dataset.from_generator(stream(kind).as_numpy_iterator, output_signature=spec)


def test_a_generator_s_stream_trains_as_any_other() -> None:
    measurement = finished(worker_of(lambda: (generated("train"), generated("val"), generated("test"))))
    assert_close(measurement, by_plain_keras(dense(**SCORED), stream("train")))


def augmented() -> Any:
    """A stream with noise of a Keras layer, whose random state all passes share."""
    noise = layers.GaussianNoise(0.3)
    train = tf.data.Dataset.from_tensor_slices(rows("train")).shuffle(100).batch(BATCH)
    train = train.map(lambda x, y: (noise(x, training=True), y), num_parallel_calls=tf.data.AUTOTUNE)
    return train.prefetch(tf.data.AUTOTUNE), stream("val"), stream("test")


@pytest.mark.parametrize("function", [noisy, lambda: noisy(tf.data.AUTOTUNE), augmented, of_keras])
def test_the_same_seed_gives_the_same_numbers_in_a_fresh_worker_and_after_another_trial(function: Any) -> None:
    worker = worker_of(function)
    first, after_another = scores(finished(worker)), scores(finished(worker))
    assert first == after_another == scores(finished(worker_of(function)))
    worker.start(TrialSpec(0, {}, SEED + 1))
    other = worker.advance()
    assert other is not None
    assert scores(other) != first


def test_noise_that_a_pipeline_draws_is_another_one_in_each_epoch() -> None:
    drawn: list[list[bytes]] = []

    class Noting(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.out = layers.Dense(CLASSES)

        def call(self, inputs: Any, training: bool = False) -> Any:
            if training:
                drawn.append(sorted(row.tobytes() for row in np.asarray(inputs)))
            return self.out(inputs)

    def build(params: Any) -> keras.Model:
        model = Noting()
        model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), run_eagerly=True)
        return model

    finished(worker_of(noisy, build))
    assert len({row for batch in drawn[:7] for row in batch}) == SIZES["train"]
    assert len({row for batch in drawn for row in batch}) == EPOCHS * SIZES["train"]


def test_an_epoch_is_one_pass_over_the_stream_with_no_other_beside_it() -> None:
    passes: list[str] = []

    def noted() -> Any:
        def batches() -> Any:
            passes.append("train")
            return stream("train").as_numpy_iterator()

        spec = (tf.TensorSpec((None, FEATURES)), tf.TensorSpec((None,), tf.int64))
        train = tf.data.Dataset.from_generator(batches, output_signature=spec)
        return train.prefetch(3), stream("val"), stream("test")

    worker = worker_of(noted)
    for number in (1, 2):
        passes.clear()
        finished(worker)
        assert len(passes) == EPOCHS, number


def dropped(params: Any) -> keras.Model:
    """A model that draws at random, and averages its weights."""
    return sequential(
        layers.Dense(16, activation="relu"),
        layers.Dropout(0.3),
        layers.Dense(CLASSES),
        optimizer=keras.optimizers.Adam(0.01, use_ema=True),
        **SCORED,
    )


def with_numpy_noise() -> Any:
    return Rows("train", lambda x: (x + np.random.normal(size=x.shape)).astype(np.float32)), Rows("val"), Rows("test")


@pytest.mark.parametrize(
    ("function", "stop"), [(noisy, 16), (augmented, 3), (of_keras, 7), (of_keras, 16), (with_numpy_noise, 16)]
)
def test_a_trial_goes_on_from_within_an_epoch_with_the_same_numbers(function: Any, stop: int) -> None:
    def config() -> dict[str, Any]:
        return {"fit": lambda params: {"callbacks": [keras.callbacks.EarlyStopping(patience=9)]}}

    whole = scores(finished(worker_of(function, dropped, **config())))
    worker = worker_of(function, dropped, **config())
    worker.start(TrialSpec(0, {}, SEED))
    worker._position = worker._training.run(0, stop)
    assert scores(finished(worker_of(function, dropped, **config()), worker.checkpoint())) == whole


def test_early_stopping_stops_a_stream_and_the_trial_has_the_epochs_that_it_took() -> None:
    def fit(params: Any) -> Any:
        stopping = keras.callbacks.EarlyStopping("val_loss", mode="max", patience=1, restore_best_weights=True)
        return {"callbacks": [stopping]}

    measurement = finished(worker_of(plain, fit=fit))
    assert measurement.epochs == 2  # as the loss falls, the second epoch is not better
    wanted = by_plain_keras(dense(**SCORED), stream("train"), validation_data=stream("val"), **fit({}))
    assert_close(measurement, wanted)


def test_a_pydataset_is_shuffled_by_the_seed_and_its_on_epoch_end_is_called_between_epochs() -> None:
    made: list[Rows] = []

    def noted() -> Any:
        made.append(Rows("train"))
        return made[-1], Rows("val"), Rows("test")

    worker = worker_of(noted)
    orders = []
    for seed in (SEED, SEED, SEED + 1):
        worker.start(TrialSpec(0, {}, seed))
        worker.advance()
        events = made[-1].events
        ends = [index for index, event in enumerate(events) if event == "end"]
        assert ends[:2] == [7, 15]
        epochs = [events[0:7], events[8:15], events[16:23]]
        assert [sorted(epoch) for epoch in epochs] == [[*range(7)]] * 3
        orders.append(epochs)
    assert orders[0] == orders[1] != orders[2]
    assert orders[0][0] != orders[0][1]


def test_losses_are_those_of_the_same_examples_in_the_same_order_in_each_trial() -> None:
    worker = worker_of(noisy)
    finished(worker)
    model, losses = worker.model, worker.losses
    assert losses is not None
    x, y = rows("test")
    wanted = np.asarray(model.loss.call(y, model.predict(x, verbose=0)))
    assert np.sort(losses) == pytest.approx(np.sort(wanted), abs=TOLERANCE)
    finished(worker)
    assert np.array_equal(losses, worker.losses)
    assert worker.predicted is None


def test_another_validation_or_test_part_on_a_worker_is_the_trials_failure() -> None:
    for kind in ("val", "test"):

        def changed(kind: str = kind) -> Any:
            others = {name: stream(name) for name in SIZES}
            others[kind] = others[kind].map(lambda x, y: (x + 1, y))
            return (*others.values(),)

        worker = worker_of(plain, data=changed)
        with pytest.raises(InputError, match=f"the same {kind} part each time it is called.* it gave other examples"):
            finished(worker)
    fewer = worker_of(plain, data=lambda: (stream("train"), stream("val").take(1), stream("test")))
    with pytest.raises(InputError, match=r"same val part .*, 30 examples, but on a worker it gave 16 examples"):
        finished(fewer)


@pytest.mark.parametrize(("batches", "says"), [(5, "epoch 1 has fewer"), (9, "epoch 1 has more")])
def test_an_epoch_must_have_as_many_batches_as_the_driver_counted(batches: int, says: str) -> None:
    def other() -> Any:
        return stream("train").repeat(2).take(batches), stream("val"), stream("test")

    with pytest.raises(InputError, match=rf"must have 7 batches in each epoch, as it had at first, but {says}"):
        finished(worker_of(plain, data=other))


def test_a_stream_that_raises_while_it_is_trained_on_ends_its_trial_with_that_error() -> None:
    class Breaking(Rows):
        def __getitem__(self, index: int) -> Any:
            if index == 6 and self.events.count("end"):
                raise LookupError("no such shard")
            return super().__getitem__(index)

    with pytest.raises(LookupError, match="no such shard"):
        finished(worker_of(of_keras, data=lambda: (Breaking("train"), Rows("val"), Rows("test"))))


def test_a_batch_is_what_a_model_is_looked_at_with() -> None:
    part = resolve(plain, "auto", {}).train
    assert isinstance(part, StreamPart)
    examples = TrainingStream(stream("train"), part, 1, SEED, EPOCHS)
    inputs, number = examples.some_inputs()
    assert (len(examples), number) == (SIZES["train"], BATCH)
    assert np.array_equal(inputs, rows("train")[0][:BATCH])
    assert [len(y) for _, y in examples.few()] == [BATCH]
    drawn = examples.batches(99, SEED, EPOCHS, as_arrays=True)
    assert drawn.ends == [7, 14, 21]
    assert [len(y) for _, y in drawn.choose(5, 7)["x"]] == [BATCH, 4]
    assert len(drawn.choose(7, 8)["x"]) == 1


def test_confirming_runs_have_no_validation_part() -> None:
    dataset = resolve(plain, "auto", {})
    config = TrainingConfig(dense(**SCORED), EPOCHS, (50, 100), data=plain).on_everything()
    measurement = finished(Worker(config, dataset.whole(), dataset.test))
    assert measurement.val == {}
    assert set(measurement.test) == {"loss", "accuracy"}


def test_batches_of_varying_sizes_are_trained_on() -> None:
    def part(lengths: list[int]) -> tf.data.Dataset:
        numbers = tf.data.Dataset.from_tensor_slices(lengths)
        return numbers.map(lambda length: (tf.ones((length, 2)), length % 2)).padded_batch(2)

    def padded() -> Any:
        return part([3, 4, 5, 9, 2, 2]), part([2, 2]), part([7, 7])

    def build(params: Any) -> keras.Model:
        return sequential(layers.GlobalAveragePooling1D(), layers.Dense(2), shape=(None, 2), **SCORED)

    assert set(finished(worker_of(padded, build)).test) == {"loss", "accuracy"}


def test_an_unfit_model_is_refused_by_what_the_stream_gives() -> None:
    narrow: Callable[[Any], keras.Model] = lambda params: sequential(layers.Dense(CLASSES), shape=(3,))  # noqa: E731
    with pytest.raises(InputError, match=r"model\(params\) must take inputs of shape \(8,\), but it takes \(3,\)"):
        finished(worker_of(plain, narrow))


def test_an_epoch_is_the_batches_of_the_stream_whatever_batch_size_is() -> None:
    worker = worker_of(plain)
    worker.start(TrialSpec(0, {"batch_size": 3}, SEED))
    assert worker._training.total == EPOCHS * -(-SIZES["train"] // BATCH)
    train = resolve(plain, "auto", {}).train
    assert isinstance(train, StreamPart)
    assert replace(train, batches=1) != train
