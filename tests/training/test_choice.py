"""Which models the quick loop takes, and which are trained by Keras's own `fit`; what fits no data is refused."""

from __future__ import annotations

import re
from types import MethodType
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from models import CLASSES, FEATURES, dense, table, table_data, targets
from models import dataset as made_of

from sweep.data.dataset import Dataset
from sweep.data.sources import digits
from sweep.errors import InputError
from sweep.training.choice import check_fits, output_shape, reason_for_fit, shape_taken
from sweep.training.messages import TrainingConfig

pytestmark = pytest.mark.sweep

SPARSE = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


class OwnFit(keras.Sequential):
    def fit(self, *words: Any, **named: Any) -> Any:
        """Something else."""


class OwnTest(keras.Sequential):
    def test_step(self, data: Any) -> Any:
        """Something else."""


class OwnTrain(keras.Sequential):
    def train_step(self, data: Any) -> Any:
        """Something else."""


class Subclassed(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.out = layers.Dense(CLASSES)

    def call(self, inputs: Any) -> Any:
        return self.out(inputs)


def compiled(model: keras.Model, **options: Any) -> keras.Model:
    model.compile(**{"optimizer": "sgd", "loss": SPARSE, **options})
    return model


def of_kind(kind: type[keras.Model] = keras.Sequential, units: int = CLASSES, **options: Any) -> keras.Model:
    return compiled(kind([keras.Input((FEATURES,)), layers.Dense(units)]), **options)


class MeasuringLayer(layers.Dense):
    def __init__(self) -> None:
        super().__init__(CLASSES)
        self.mean = keras.metrics.Mean("activation")

    def call(self, inputs: Any) -> Any:
        self.mean.update_state(inputs)
        return super().call(inputs)


class Measuring(Subclassed):
    def __init__(self) -> None:
        super().__init__()
        self.out = MeasuringLayer()


def masked() -> keras.Model:
    return compiled(keras.Sequential([keras.Input((FEATURES,)), layers.Masking(), layers.Dense(CLASSES)]))


def two_outputs() -> keras.Model:
    inputs = keras.Input((FEATURES,))
    return compiled(keras.Model(inputs, [layers.Dense(CLASSES)(inputs), layers.Dense(CLASSES)(inputs)]))


def reason(model: keras.Model, data: Dataset, **config: Any) -> str:
    return reason_for_fit(model, TrainingConfig(lambda params: model, 1, (100,), **config), data.training())


@pytest.mark.parametrize(
    "make",
    [
        of_kind,
        lambda: compiled(Subclassed()),
        lambda: of_kind(units=CLASSES + 2),
        *(
            lambda metric=metric: of_kind(metrics=[metric])
            for metric in ("acc", "accuracy", keras.metrics.SparseCategoricalAccuracy())
        ),
    ],
)
def test_a_score_for_each_whole_number_label_is_trained_by_the_quick_loop(make: Any) -> None:
    assert reason(make(), table_data(), objectives=("val_accuracy", "parameters")) == ""


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: of_kind(metrics=["accuracy", "AUC"]), "is compiled with AUC"),
        (lambda: of_kind(metrics=[keras.metrics.SparseTopKCategoricalAccuracy()]), "SparseTopKCategoricalAccuracy"),
        (lambda: of_kind(weighted_metrics=["mae"]), "is compiled with mae"),
        (lambda: of_kind(weighted_metrics=["accuracy"]), "is compiled with accuracy"),
        (lambda: of_kind(metrics=[keras.metrics.Accuracy()]), "is compiled with Accuracy"),
        (lambda: compiled(Measuring()), "layers of the model have metrics of their own"),
        (masked, "masks some of its outputs"),
        (lambda: of_kind(OwnFit), "has fit of its own"),
        (lambda: of_kind(OwnTrain), "has train_step of its own"),
        (lambda: of_kind(OwnTest), "has test_step of its own"),
        (lambda: of_kind(units=1, loss="mse"), r"output has the shape \(None, 1\), not a score for each of 3 labels"),
        (two_outputs, "has several outputs"),
    ],
)
def test_what_the_quick_loop_can_not_do_is_trained_by_fit(make: Any, expected: str) -> None:
    assert re.search(expected, reason(make(), table_data()))


@pytest.mark.parametrize("name", ["fit", "evaluate", "train_step", "test_step"])
def test_a_method_that_is_set_on_the_model_itself_is_called_by_fit(name: str) -> None:
    model = of_kind()
    setattr(model, name, MethodType(lambda self, *words: {"loss": 0.0}, model))
    assert reason(model, table_data()) == f"the model has {name} of its own"


def test_other_data_than_labels_and_other_wishes_are_for_fit() -> None:
    x, y = table()
    assert reason(of_kind(), table_data(), fit=lambda params: {}) == "the sweep has a fit function"
    assert reason(of_kind(), table_data(), objectives=("val_acc",)) == "the objective is val_acc"
    for data in (made_of(x, targets()), made_of({"x": x}, y), made_of(x, y, np.ones(len(y)))):
        assert reason(of_kind(), data) == "its data are more than one array of inputs with whole-number labels"


def test_inputs_are_as_they_were_given_unless_the_model_takes_a_channel() -> None:
    for shape in ((28, 28), (28, 28, 1)):
        assert shape_taken(keras.Sequential([keras.Input(shape), layers.Flatten()]), (28, 28)) == shape
    assert shape_taken(keras.Sequential([keras.Input((8, 3)), layers.Flatten()]), (8, 3)) == (8, 3)
    assert shape_taken(Subclassed(), (28, 28)) == (28, 28)


def test_an_output_has_the_shape_of_all_but_the_examples() -> None:
    train = table_data().training().train
    assert output_shape(of_kind(), train) == (None, CLASSES)
    assert output_shape(compiled(Subclassed()), train) == (None, CLASSES)
    assert output_shape(two_outputs(), train) is None
    assert output_shape(compiled(keras.Model()), train) is None  # it has no call


def test_a_model_that_takes_other_inputs_is_refused() -> None:
    data = digits("digits").training()
    wrong = compiled(keras.Sequential([keras.Input((30, 30)), layers.Flatten(), layers.Dense(10)]))
    with pytest.raises(
        InputError, match=r"inputs of shape \(28, 28\), but it takes \(30, 30\); begin it with keras.Input\("
    ):
        check_fits(wrong, data)
    unbuilt = compiled(keras.Sequential([layers.Conv2D(2, 5), layers.GlobalMaxPooling2D(), layers.Dense(10)]))
    with pytest.raises(InputError, match=r"inputs of shape \(28, 28\), .* begin it with keras.Input"):
        check_fits(unbuilt, data)
    pair = [keras.Input((28, 28)), keras.Input((28, 28))]
    with pytest.raises(InputError, match="takes several inputs; have data return x as a dict or tuple"):
        check_fits(compiled(keras.Model(pair, layers.Dense(10)(layers.Flatten()(layers.Add()(pair))))), data)


def test_a_model_that_takes_batches_of_one_size_is_refused_with_that_as_the_reason() -> None:
    x, y = table()
    fixed = [keras.Input(batch_shape=(16, FEATURES, 1)), layers.SimpleRNN(2, stateful=True), layers.Dense(CLASSES)]
    with pytest.raises(InputError, match=r"16 examples at once, .* in place of a batch_shape, .* stateful=True"):
        check_fits(compiled(keras.Sequential(fixed)), made_of(x[:, :, None], y).training())


def test_a_loss_that_does_not_fit_is_refused_before_a_step_is_trained() -> None:
    with pytest.raises(InputError, match="it is mse: labels are classes"):
        check_fits(dense(loss="mse")({}), table_data().training())
