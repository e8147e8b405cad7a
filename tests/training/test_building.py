"""What a model function may do and return; what can not be trained is refused, with what to do."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import keras
import pytest
import tensorflow as tf
from keras import layers

from sweep.data.dataset import Dataset
from sweep.data.sources import digits
from sweep.errors import InputError
from sweep.training.building import make_model
from sweep.training.estimate import estimate
from sweep.training.messages import Failure, TooLargeError, TrainingConfig, TrialSpec, failure_of
from sweep.training.worker import Worker, settle_devices

pytestmark = pytest.mark.sweep

settle_devices(1)  # before any test's first operation

SPARSE = "sparse_categorical_crossentropy"
Build = Callable[[Any], keras.Model]


@pytest.fixture(scope="module")
def data() -> Dataset:
    return digits("digits")


def made(*stack: Any, **compiled: Any) -> Build:
    """A model function; the layers are made anew from their configs."""

    def build(params: Any) -> keras.Model:
        model = keras.Sequential(
            [keras.Input((28, 28)), layers.Flatten(), *(type(one).from_config(one.get_config()) for one in stack)]
        )
        model.compile(**{"optimizer": "adam", "loss": SPARSE, **compiled})
        return model

    return build


def worker_of(build: Build, data: Dataset) -> Worker:
    return Worker(TrainingConfig(build, 1, (100,)), data.training(), data.test)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda params: "model", "must return a keras.Model, but it returned str"),
        (
            lambda params: keras.Sequential([keras.Input((2,))]),
            r"compile\(\) was not called on it; call model.compile\(",
        ),
    ],
)
def test_what_is_no_compiled_model_is_refused(data: Dataset, build: Build, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make_model(TrainingConfig(build, 1, (100,)), {}, data.training())


def test_a_policy_that_a_model_function_sets_ends_with_its_trial(data: Dataset) -> None:
    def build(params: Any) -> keras.Model:
        keras.mixed_precision.set_dtype_policy("mixed_float16")
        return made(layers.Dense(10))(params)

    config = TrainingConfig(build, 1, (100,))
    assert make_model(config, {}, data.training()).compute_dtype == "float16"
    assert make_model(TrainingConfig(made(layers.Dense(10)), 1, (100,)), {}, data.training()).compute_dtype == "float32"


@pytest.mark.parametrize("build", [None, made(layers.Dense(10))], ids=["built-in", "own"])
def test_a_model_with_more_parameters_than_allowed_is_refused_before_its_first_step(
    data: Dataset, build: Build | None
) -> None:
    parameters = 93_322 if build is None else 7_850
    for most in (parameters, parameters - 1):
        training_config = TrainingConfig(build, 1, (100,), max_parameters=most)
        worker = Worker(training_config, data.training(), data.test)
        if most == parameters:
            worker.start(TrialSpec(0, {}, 1))
            continue
        with pytest.raises(
            TooLargeError, match=f"has {parameters:,} parameters, more than the {most:,} that"
        ) as caught:
            worker.start(TrialSpec(0, {}, 1))
        assert failure_of(caught.value, {}) == Failure(str(caught.value), parameters=parameters)


def test_a_model_function_is_given_no_ingredients(data: Dataset) -> None:
    given: list[dict[str, Any]] = []

    def build(params: dict[str, Any]) -> Any:
        given.append(params)
        return made(layers.Dense(10))(params)

    spec = TrialSpec(0, {"width": 2, "units": 16}, 1, ingredients=("width",))
    worker_of(build, data).start(spec)
    assert given == [{"units": 16}]


@pytest.mark.parametrize("metrics", [None, ["accuracy"], ["acc"], [keras.metrics.SparseCategoricalAccuracy()]])
def test_accuracy_is_measured_anyway_and_may_be_named(data: Dataset, metrics: Any) -> None:
    worker = worker_of(made(layers.Dense(10), metrics=metrics), data)
    worker.start(TrialSpec(0, {}, 1))
    measurement = worker.advance()
    assert measurement is not None
    assert measurement.val["accuracy"] is not None
    assert measurement.val["accuracy"] > 0.2


def test_a_model_or_layer_that_an_earlier_trial_has_trained_is_refused(data: Dataset) -> None:
    shared = layers.Dense(10)

    def build(params: Any) -> keras.Model:
        model = keras.Sequential([keras.Input((28, 28)), layers.Flatten(), shared])
        model.compile("adam", SPARSE)
        return model

    worker = worker_of(build, data)
    worker.start(TrialSpec(0, {}, 1))
    with pytest.raises(InputError, match="must build a new model each time"):
        worker.start(TrialSpec(1, {}, 2))


@pytest.mark.filterwarnings("ignore")
def test_the_reason_of_an_error_is_told_and_not_its_heading(data: Dataset) -> None:
    def squared(labels: Any, scores: Any) -> Any:
        return tf.reduce_mean(tf.square(tf.cast(labels, tf.float32) - scores))

    def broken(labels: Any, scores: Any) -> Any:
        return scores.nothing

    for loss, says in ((squared, "Incompatible shapes: [64] vs. [64,10]"), (broken, "has no attribute 'nothing'")):
        worker = worker_of(made(layers.Dense(10), loss=loss), data)
        worker.start(TrialSpec(0, {}, 1))
        with pytest.raises(Exception) as caught:  # noqa: PT011 - TensorFlow's kinds
            worker.advance()
        assert says in failure_of(caught.value, {}).reason  # type: ignore[arg-type]


def test_what_an_earlier_trial_has_trained_is_refused_also_where_it_is_frozen_now(data: Dataset) -> None:
    shared = layers.Dense(4)

    def build(params: Any) -> keras.Model:
        shared.trainable = params["tune"]
        model = keras.Sequential([keras.Input((28, 28)), layers.Flatten(), shared, layers.Dense(10, name="out")])
        model.compile("adam", SPARSE)
        return model

    worker = worker_of(build, data)
    worker.start(TrialSpec(0, {"tune": False}, 1))
    worker.start(TrialSpec(1, {"tune": True}, 1))  # nothing has trained it yet
    with pytest.raises(InputError, match="must build a new model each time"):
        worker.start(TrialSpec(2, {"tune": False}, 2))


@pytest.mark.parametrize("seed", [keras.utils.set_random_seed, random.seed])
def test_a_model_function_that_sets_the_random_seed_is_refused(data: Dataset, seed: Callable[[int], None]) -> None:
    def build(params: Any) -> keras.Model:
        seed(1)
        return made(layers.Dense(10))(params)

    with pytest.raises(InputError, match="must leave the random seed alone"):
        worker_of(build, data).start(TrialSpec(0, {}, 2))
    for _ in range(2):
        estimated = estimate(TrainingConfig(build, 1, (100,)), {}, data.training(), data.test, timed=False)
        assert "must leave the random seed alone" in estimated.error


@pytest.mark.parametrize("drawn", [0, 1, 623, 624, 10_000])
def test_a_model_function_may_draw_random_numbers_and_put_their_state_back(data: Dataset, drawn: int) -> None:
    def build(params: Any) -> keras.Model:
        for _ in range(drawn):
            random.getrandbits(32)
        state = random.getstate()
        random.seed(1)
        random.setstate(state)
        keras.backend.clear_session()
        return made(layers.Dense(10))(params)

    worker_of(build, data).start(TrialSpec(0, {}, 2))


def statistics() -> layers.Layer:
    return layers.BatchNormalization(center=False, scale=False)


def noise() -> layers.Layer:
    return layers.GaussianNoise(1.0)


def frozen() -> layers.Layer:
    layer = layers.Dense(784)
    layer.trainable = False
    return layer


@pytest.mark.parametrize(("make", "refused"), [(statistics, True), (noise, True), (frozen, False)])
def test_a_layer_of_an_earlier_trial_is_refused_if_the_trial_has_changed_it(
    data: Dataset, make: Callable[[], layers.Layer], refused: bool
) -> None:
    shared = make()

    def build(params: Any) -> keras.Model:
        model = keras.Sequential([keras.Input((28, 28)), layers.Flatten(), shared, layers.Dense(10)])
        model.compile("adam", SPARSE)
        return model

    worker = worker_of(build, data)
    for number in range(3):
        if refused and number:
            with pytest.raises(InputError, match="must build a new model each time"):
                worker.start(TrialSpec(number, {}, number))
        else:
            worker.start(TrialSpec(number, {}, number))
            worker.advance()


@pytest.mark.filterwarnings("ignore")
def test_the_type_of_an_error_that_tensorflow_names_is_told_once(data: Dataset) -> None:
    worker = worker_of(made(layers.Dense(10), loss=keras.losses.CTC()), data)
    worker.start(TrialSpec(0, {}, 1))
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        worker.advance()
    assert failure_of(caught.value, {}).reason.count("ValueError") == 1
