"""A model that would not be trained and measured as plain Keras does is refused, with what to do."""

from __future__ import annotations

import random
from collections.abc import Callable
from types import MethodType
from typing import Any

import keras
import pytest
import tensorflow as tf
from keras import layers

from sweep.data.dataset import Dataset
from sweep.data.sources import digits
from sweep.errors import InputError
from sweep.training.building import shape_taken, with_channels
from sweep.training.estimate import estimate
from sweep.training.messages import Failure, TooLargeError, TrainingConfig, TrialSpec, failure_of
from sweep.training.worker import Worker, settle_devices

pytestmark = pytest.mark.sweep

settle_devices(1)  # before any test's first operation

SPARSE = "sparse_categorical_crossentropy"
UNFIT = {
    "not one-hot: use sparse_categorical_crossentropy": (
        *("categorical_focal_crossentropy", "categorical_hinge", keras.losses.Dice(), keras.losses.Tversky()),
        keras.losses.CategoricalHinge(),
    ),
    "with two classes use Dense": (
        *("hinge", "squared_hinge", "binary_focal_crossentropy", keras.losses.BinaryFocalCrossentropy(), "bce"),
        keras.losses.hinge,
    ),
    "labels are classes, and it would compare": (
        *("cosine_similarity", "mean_absolute_percentage_error", "mean_squared_logarithmic_error", "mape", "msle"),
        *("MSE", keras.losses.CosineSimilarity(), keras.losses.mean_squared_error, "kl_divergence"),
    ),
}
Build = Callable[[Any], keras.Model]


@pytest.fixture(scope="module")
def data() -> Dataset:
    return digits("digits")


def made(*stack: Any, shape: tuple[int, ...] = (28, 28), kind: type = keras.Sequential, **compiled: Any) -> Build:
    """A model function; the layers are made anew from their configs."""

    def build(params: Any) -> keras.Model:
        model = kind(
            [keras.Input(shape), layers.Flatten(), *(type(one).from_config(one.get_config()) for one in stack)]
        )
        model.compile(**{"optimizer": "adam", "loss": SPARSE, **compiled})
        return model

    return build


def worker_of(build: Build, data: Dataset) -> Worker:
    return Worker(TrainingConfig(build, 1, (100,)), data.training(), data.test)


class OwnFit(keras.Sequential):
    def fit(self, *words: Any, **named: Any) -> Any:
        """Something else."""


class OwnTest(keras.Sequential):
    def test_step(self, data: Any) -> Any:
        """Something else."""


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (made(layers.Dense(10), loss="categorical_crossentropy"), "not one-hot: use sparse_categorical_crossentropy"),
        (
            made(layers.Dense(10), loss=keras.losses.CategoricalCrossentropy()),
            "CategoricalCrossentropy: labels are whole",
        ),
        (made(layers.Dense(10), loss="mse"), "it is mse: labels are classes"),
        (made(layers.Dense(10), loss=["mse"]), "it is mse: labels are classes"),
        *((made(layers.Dense(10), loss=loss), says) for says, losses in UNFIT.items() for loss in losses),
        (made(layers.Dense(10), loss=None), r"give compile\(\) a loss"),
        (made(layers.Dense(1, activation="sigmoid"), loss="binary_crossentropy"), r"end it with Dense\(10\)"),
        (made(layers.Dense(10), metrics=["AUC"]), "it has AUC; leave out metrics="),
        (made(layers.Dense(10), metrics=[keras.metrics.TopKCategoricalAccuracy()]), "it has TopKCategoricalAccuracy"),
        (made(layers.Dense(10), weighted_metrics=["mae"]), "it has mae"),
        (made(layers.Dense(10), kind=OwnFit), "OwnFit has fit of its own, which would not be called"),
        (made(layers.Dense(10), kind=OwnTest), "OwnTest has test_step of its own"),
        (made(layers.Dense(10), shape=(30, 30)), r"inputs of shape \(28, 28\), but it takes \(30, 30\)"),
    ],
)
def test_what_would_not_be_as_in_plain_keras_is_refused(data: Dataset, build: Build, says: str) -> None:
    with pytest.raises(InputError, match=says):
        worker_of(build, data).start(TrialSpec(0, {}, 1))


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


def test_inputs_are_as_they_were_given_unless_the_model_takes_a_channel(data: Dataset) -> None:
    for shape in ((28, 28), (28, 28, 1)):
        worker = worker_of(made(layers.Dense(10), shape=shape), data)
        worker.start(TrialSpec(0, {}, 1))
        assert worker.model.input_shape == (None, *shape)
        assert worker.advance() is not None
    assert with_channels((28, 28)) == (28, 28, 1)
    assert with_channels((8,)) == (8,)
    assert shape_taken(made(layers.Dense(10), shape=(8, 3))({}), (8, 3)) == (8, 3)


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


def test_a_model_that_cannot_be_built_for_the_inputs_is_told_to_say_what_it_takes(data: Dataset) -> None:
    def build(params: Any) -> keras.Model:
        model = keras.Sequential([layers.Conv2D(2, 5), layers.GlobalMaxPooling2D(), layers.Dense(10)])
        model.compile("adam", SPARSE)
        return model

    with pytest.raises(InputError, match=r"inputs of shape \(28, 28\), .* begin it with keras.Input"):
        worker_of(build, data).start(TrialSpec(0, {}, 1))


@pytest.mark.parametrize("seed", [keras.utils.set_random_seed, random.seed])
def test_a_model_function_that_sets_the_random_seed_is_refused(data: Dataset, seed: Callable[[int], None]) -> None:
    def build(params: Any) -> keras.Model:
        seed(1)
        return made(layers.Dense(10))(params)

    with pytest.raises(InputError, match="must leave the random seed alone"):
        worker_of(build, data).start(TrialSpec(0, {}, 2))
    for _ in range(2):
        estimated = estimate(TrainingConfig(build, 1, (100,)), {}, (28, 28), 10, timed=False)
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


@pytest.mark.parametrize("name", ["fit", "evaluate", "train_step", "test_step"])
def test_a_method_that_is_set_on_the_model_itself_is_refused(data: Dataset, name: str) -> None:
    def build(params: Any) -> keras.Model:
        model = made(layers.Dense(10))(params)
        setattr(model, name, MethodType(lambda self, *words: {"loss": 0.0}, model))
        return model

    with pytest.raises(InputError, match=f"but {name} was set on the model itself, .*; make it a method of a subclass"):
        worker_of(build, data).start(TrialSpec(0, {}, 1))


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


def test_a_loss_of_ones_own_may_have_the_name_of_one_of_kerass(data: Dataset) -> None:
    def dice(labels: Any, scores: Any) -> Any:
        return keras.losses.sparse_categorical_crossentropy(labels, scores, from_logits=True)

    worker = worker_of(made(layers.Dense(10), loss=dice), data)
    worker.start(TrialSpec(0, {}, 1))
    assert worker.advance() is not None


@pytest.mark.filterwarnings("ignore")
def test_the_type_of_an_error_that_tensorflow_names_is_told_once(data: Dataset) -> None:
    worker = worker_of(made(layers.Dense(10), loss=keras.losses.CTC()), data)
    worker.start(TrialSpec(0, {}, 1))
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        worker.advance()
    assert failure_of(caught.value, {}).reason.count("ValueError") == 1
