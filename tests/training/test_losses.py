"""A loss that does not fit the labels or targets is refused, with what to do; any other is not."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from models import named, sequential

from sweep.data.parts import Part
from sweep.errors import InputError
from sweep.training.losses import name_of, refuse_unfit_loss

pytestmark = pytest.mark.sweep

LOSSES = keras.losses
X = np.zeros((12, 8), np.float32)
LABELS = Part(X, np.arange(12, dtype=np.int32) % 10)
TWO_LABELS = Part(X, np.arange(12, dtype=np.int32) % 2)
NUMBERS = Part(X, np.zeros(12, np.float32))
PAIRS = Part(X, np.zeros((12, 2), np.float32))
ONE_HOT = Part(X, np.eye(10, dtype=np.float32)[LABELS.y])

UNFIT: dict[str, tuple[Any, ...]] = {
    "not one-hot: use sparse_categorical_crossentropy": (
        *("categorical_crossentropy", "categorical_focal_crossentropy", "categorical_hinge", LOSSES.Dice()),
        *(LOSSES.Tversky(), LOSSES.CategoricalHinge(), LOSSES.CategoricalCrossentropy()),
    ),
    "takes labels 0 and 1, and the largest is 9: use sparse_categorical_crossentropy": (
        *("binary_crossentropy", "hinge", "squared_hinge", "binary_focal_crossentropy", "bce"),
        *(LOSSES.BinaryFocalCrossentropy(), LOSSES.hinge),
    ),
    "labels are classes, and it would compare": (
        *("mse", ["mse"], "cosine_similarity", "mean_absolute_percentage_error", "mean_squared_logarithmic_error"),
        *("mape", "msle", "MSE", LOSSES.CosineSimilarity(), LOSSES.mean_squared_error, "kl_divergence"),
    ),
}


def check(loss: Any, part: Part, units: int, kind: type[keras.Model] = keras.Sequential) -> None:
    model = kind([keras.Input((8,)), layers.Dense(units)])
    model.compile("adam", loss)
    refuse_unfit_loss(model, part, (None, units))


@pytest.mark.parametrize(
    ("loss", "message"), [(loss, message) for message, losses in UNFIT.items() for loss in losses], ids=named
)
def test_a_loss_that_does_not_fit_whole_number_labels_is_refused(loss: Any, message: str) -> None:
    with pytest.raises(InputError, match=f"the loss must fit labels that are whole numbers, but it is .*{message}"):
        check(loss, LABELS, 10)


def test_two_scores_of_two_labels_are_not_compared_with_their_numbers() -> None:
    with pytest.raises(InputError, match="with two classes use Dense"):
        check("binary_crossentropy", TWO_LABELS, 2)


@pytest.mark.parametrize(
    ("loss", "part", "units", "message"),
    [
        ("mae", NUMBERS, 3, r"shape of its targets, \(1,\) .* but it has \(3,\); end the model with Dense\(1\)"),
        ("mse", PAIRS, 1, r"shape of its targets, \(2,\) .* but it has \(1,\); end the model with Dense\(2\)"),
        ("categorical_crossentropy", ONE_HOT, 9, r"\(10,\) .* but it has \(9,\); end the model with Dense\(10\)"),
    ],
)
def test_an_output_without_the_shape_of_its_targets_is_refused(loss: Any, part: Part, units: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check(loss, part, units)


@pytest.mark.parametrize(
    ("loss", "part", "units"),
    [
        ("sparse_categorical_crossentropy", LABELS, 10),
        ("sparse_categorical_crossentropy", LABELS, 12),
        ("binary_crossentropy", TWO_LABELS, 1),
        ("hinge", TWO_LABELS, 1),
        ("mse", LABELS, 1),
        ("mae", NUMBERS, 1),
        (LOSSES.Huber(), PAIRS, 2),
        ("categorical_crossentropy", ONE_HOT, 10),
        ("binary_crossentropy", ONE_HOT, 10),
    ],
)
def test_a_loss_that_fits_is_let_pass(loss: Any, part: Part, units: int) -> None:
    check(loss, part, units)


@pytest.mark.parametrize("loss", ["sparse_categorical_crossentropy", LOSSES.SparseCategoricalCrossentropy()], ids=named)
@pytest.mark.parametrize(
    ("part", "output", "message"),
    [
        (LABELS, (3,), r"a score for each of 10 classes, but it has 3; end the model with Dense\(10\)$"),
        (TWO_LABELS, (1,), r"with Dense\(2\), or with Dense\(1, activation='sigmoid'\) and use binary_crossentropy"),
        (LABELS, (28, 10), r"shape \(10,\) for each example, .* but it has \(28, 10\); put layers.Flatten\(\)"),
        (ONE_HOT, (10,), r"y has the shape \(10,\) for each example; if it is one-hot, use categorical_crossentropy"),
    ],
)
def test_an_output_without_a_score_for_each_class_is_refused(
    loss: Any, part: Part, output: tuple[int, ...], message: str
) -> None:
    model = keras.Sequential()
    model.compile("adam", loss)
    with pytest.raises(InputError, match=message):
        refuse_unfit_loss(model, part, (None, *output))


def test_a_class_that_the_loss_ignores_needs_no_score_and_each_step_may_have_its_label() -> None:
    check(LOSSES.SparseCategoricalCrossentropy(ignore_class=9), LABELS, 9)
    steps = Part(X, np.zeros((12, 4), np.int32))
    model = keras.Sequential()
    model.compile("adam", "sparse_categorical_crossentropy")
    refuse_unfit_loss(model, steps, (None, 4, 10))


def test_a_model_without_a_loss_is_refused_unless_it_has_a_way_of_its_own() -> None:
    class OwnLoss(keras.Sequential):
        def compute_loss(self, *words: Any, **named: Any) -> Any:
            """Something else."""

    class OwnStep(keras.Sequential):
        def train_step(self, data: Any) -> Any:
            """Something else."""

    with pytest.raises(InputError, match=r"compile\(\) got none; give compile\(\) a loss"):
        check(None, LABELS, 10)
    check(None, LABELS, 10, OwnLoss)
    check(None, LABELS, 10, OwnStep)


def test_a_loss_of_ones_own_may_have_the_name_of_one_of_kerass() -> None:
    def dice(labels: Any, scores: Any) -> Any:
        return LOSSES.sparse_categorical_crossentropy(labels, scores, from_logits=True)

    class MeanSquaredError(LOSSES.Loss):
        def call(self, labels: Any, scores: Any) -> Any:
            return dice(labels, scores)

    check(dice, LABELS, 10)
    check(MeanSquaredError(), LABELS, 10)


def test_a_loss_is_called_by_its_text_function_or_class() -> None:
    assert [name_of(item) for item in ("mse", LOSSES.hinge, LOSSES.Dice())] == ["mse", "hinge", "Dice"]
    assert name_of(sequential(layers.Dense(2)).loss) == "SparseCategoricalCrossentropy"
