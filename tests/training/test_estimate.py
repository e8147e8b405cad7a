"""What a configuration would cost here."""

from __future__ import annotations

from typing import Any

import keras
import pytest

from sweep.data.sources import digits
from sweep.training.estimate import estimate
from sweep.training.messages import Estimate, TrainingConfig
from sweep.training.worker import settle_devices

pytestmark = pytest.mark.sweep

SHAPE = (28, 28, 1)
PARAMS = {"filters_1": 4, "filters_2": 4, "filters_3": 4, "batch_size": 8}


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> None:
    settle_devices(1)


def dense(params: dict[str, Any]) -> keras.Model:
    """784 inputs and 10 outputs: 7,850 weights, and plain gradient descent without state."""
    model = keras.Sequential([keras.Input(SHAPE), keras.layers.Flatten(), keras.layers.Dense(10)])
    model.compile(keras.optimizers.SGD(), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def of(model: Any, params: dict[str, Any] = PARAMS, *, timed: bool = False) -> Estimate:
    dataset = digits("digits")
    return estimate(TrainingConfig(model, 1, (100,)), params, dataset.training(), dataset.test, timed=timed)


def test_a_configuration_is_built_and_its_weights_are_counted() -> None:
    estimate = of(None)
    assert estimate.error == ""
    assert estimate.step_seconds is None
    assert estimate.parameters is not None
    assert estimate.parameters > (of(None, {**PARAMS, "filters_1": 2}).parameters or 0)


def test_memory_is_of_weights_gradients_optimizer_and_one_batch() -> None:
    estimate = of(dense)
    assert estimate.parameters == 7_850
    outputs = 784 + 10  # of both layers, an example
    assert estimate.megabytes == pytest.approx(4 * (2 * 7_850 + 2 * 8 * outputs) / 1e6, rel=0.01)


def test_a_larger_batch_and_an_optimizer_with_state_take_more_memory() -> None:
    assert (of(dense, {**PARAMS, "batch_size": 16}).megabytes or 0) > (of(dense).megabytes or 0)
    adam, sgd = (of(None, {**PARAMS, "optimizer": name}).megabytes or 0 for name in ("adam", "sgd"))
    assert adam > sgd


def test_a_step_is_timed_where_it_is_asked_for() -> None:
    estimate = of(dense, timed=True)
    assert estimate.step_seconds is not None
    assert 0 < estimate.step_seconds < 10
    assert estimate.start_seconds > estimate.step_seconds
    assert 0 < estimate.example_seconds < 1


def test_what_is_not_timed_has_no_times() -> None:
    estimate = of(dense)
    assert (estimate.step_seconds, estimate.start_seconds, estimate.example_seconds) == (None, 0.0, 0.0)


def failing(params: dict[str, Any]) -> keras.Model:
    raise RuntimeError("no luck\nat all")


@pytest.mark.parametrize(
    ("model", "params", "says"),
    [
        (failing, PARAMS, "RuntimeError: no luck"),
        (lambda params: 3, PARAMS, "model(params) must return a keras.Model, but it returned int"),
        (None, {**PARAMS, "kernel_size": 5}, "what fits: kernel_size at most 4"),
    ],
)
def test_what_can_not_be_built_says_why_and_ends_nothing(model: Any, params: dict[str, Any], says: str) -> None:
    estimate = of(model, params, timed=True)
    assert says in estimate.error
    assert (estimate.parameters, estimate.megabytes, estimate.step_seconds) == (None, None, None)
