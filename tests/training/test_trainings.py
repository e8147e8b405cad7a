"""A trial's model, the way it is trained, and the objectives that it must measure."""

from __future__ import annotations

from typing import Any

import pytest
from models import Build, dataset, dense, started, table, table_data, targets

from sweep.data.dataset import Dataset
from sweep.errors import InputError
from sweep.training.fit import FitTraining
from sweep.training.loop import QuickTraining
from sweep.training.messages import TooLargeError, TrainingConfig
from sweep.training.trainings import Trainings

pytestmark = pytest.mark.sweep


def numbers() -> Dataset:
    return dataset(table()[0], targets())


def make(build: Build, data: Dataset, **config: Any) -> Any:
    trainings = Trainings(TrainingConfig(build, 1, (100,), **config), data.training(), data.test)
    return trainings.make({"batch_size": 16}, 1)


def test_the_quick_loop_is_taken_where_it_fits_and_fit_where_it_is_asked_for_or_needed() -> None:
    assert isinstance(make(dense(metrics=["accuracy"]), table_data()), QuickTraining)
    assert isinstance(make(dense(), table_data(), fit=lambda params: {}), FitTraining)
    assert isinstance(make(dense(1, loss="mse"), numbers()), FitTraining)


@pytest.mark.parametrize(
    ("build", "objectives", "message"),
    [
        (
            dense(1, loss="mse", metrics=["mae"]),
            ("val_auc",),
            "measures, val_loss, val_mae, but it is val_auc; compile",
        ),
        (dense(1, loss="mse"), ("parameters", "val_mae"), "measures, val_loss, but it is val_mae; compile the model"),
    ],
)
def test_an_objective_that_the_model_does_not_measure_is_refused_before_training(
    build: Build, objectives: tuple[str, ...], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        make(build, numbers(), objectives=objectives)


def test_an_objective_that_only_fit_measures_is_measured_by_it() -> None:
    training = make(dense(metrics=["acc"]), table_data(), objectives=("val_acc",))
    assert isinstance(training, FitTraining)
    assert training.names() == ["acc", "loss"]


def test_a_model_of_fit_sets_its_precision_itself() -> None:
    with pytest.raises(InputError, match=r"sets its precision itself, .* but --precision is bfloat16; leave it out"):
        make(dense(1, loss="mse"), numbers(), precision="bfloat16")


def test_a_model_that_is_only_built_with_data_is_refused_if_it_is_too_large() -> None:
    with pytest.raises(TooLargeError, match="has 161 parameters, more than the 160"):
        make(dense(1, loss="mse"), numbers(), max_parameters=160)


def test_the_test_examples_are_as_many_as_were_given() -> None:
    worker = started(dense(1, loss="mae"), numbers())
    measurement = worker.advance()
    assert measurement is not None
    assert worker.losses is not None
    assert worker.losses.shape == (48,)
    assert float(worker.losses.mean()) == pytest.approx(measurement.test["loss"], rel=1e-5)
