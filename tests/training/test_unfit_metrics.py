"""A metric that can't compare scores with whole-number labels is refused by its name."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from models import named

from sweep.data.parts import Part
from sweep.errors import InputError
from sweep.training.unfit_metrics import refuse_unfit_metrics

pytestmark = pytest.mark.sweep

METRICS = keras.metrics
X = np.zeros((12, 8), np.float32)
LABELS = Part(X, np.arange(12, dtype=np.int32) % 3)
TWO_LABELS = Part(X, np.arange(12, dtype=np.int32) % 2)
ONE_HOT = Part(X, np.eye(3, dtype=np.float32)[LABELS.y])


class OwnStep(keras.Sequential):
    def test_step(self, data: Any) -> Any:
        """Something else."""


def check(metrics: Any, part: Part, units: int, kind: type[keras.Model] = keras.Sequential) -> None:
    model = kind([keras.Input((8,)), layers.Dense(units)])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=metrics)
    refuse_unfit_metrics(model, part, (None, units))


@pytest.mark.parametrize(
    "metric",
    ["AUC", METRICS.Precision(), METRICS.F1Score(), "binary_accuracy", "mae", METRICS.mean_squared_error],
    ids=named,
)
def test_a_metric_that_compares_number_by_number_is_refused_by_its_name(metric: Any) -> None:
    name = metric if isinstance(metric, str) else getattr(metric, "__name__", type(metric).__name__)
    with pytest.raises(InputError, match=f"got {name}, which would compare 3 scores with one label; use metrics=.*y$"):
        check(["accuracy", metric], LABELS, 3)
    with pytest.raises(InputError, match=r"or end the model with Dense\(1, activation='sigmoid'\)"):
        check([metric], TWO_LABELS, 2)


def test_metrics_that_fit_are_let_pass() -> None:
    check(["acc", METRICS.SparseTopKCategoricalAccuracy(), METRICS.SparseCategoricalCrossentropy()], LABELS, 3)
    check(["AUC"], TWO_LABELS, 1)
    check([METRICS.AUC(), METRICS.F1Score()], ONE_HOT, 3)
    check(["AUC"], LABELS, 3, OwnStep)
