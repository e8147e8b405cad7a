"""The recipe knobs of the built-in network: each is what plain Keras does, written by hand."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, optimizers
from keras.optimizers.schedules import CosineDecay

from sweep import build_model
from sweep.data.dataset import Dataset, checked
from sweep.errors import InputError
from sweep.training.batches import batches
from sweep.training.messages import Measurement, TrainingConfig, TrialSpec
from sweep.training.worker import Worker, settle_devices

pytestmark = pytest.mark.sweep

settle_devices(1)  # before any test's first operation

SEED, SIZE, EPOCHS, STEPS = 7, 20, 2, 16
SMALL = {"filters_1": 4, "filters_2": 4, "filters_3": 4, "padding": "same", "dense_units": 8, "batch_size": SIZE}
ALL = {
    "optimizer": "adam",
    "learning_rate": 0.01,
    "schedule": "onecycle",
    "ema": 0.8,
    "label_smoothing": 0.1,
    "batch_norm": True,
    "weight_decay": 0.01,
    "augment": "shift_rotate",
    "dropout": 0.2,
}


@pytest.fixture(scope="module")
def data() -> Dataset:
    """160 images to train on and 32 to validate on, of 8x8, in three classes that can be told apart in part."""
    rng = np.random.default_rng(4)
    y = rng.integers(0, 3, 240)
    x = (rng.normal(size=(240, 8, 8)) + y[:, None, None] * 0.5).astype(np.float32)
    return checked("images", {"x_train": x[:192], "y_train": y[:192], "x_test": x[192:], "y_test": y[192:]}, "a test")


def by_hand(optimizer: Any, *, smoothing: float = 0.0, normalized: bool = False, augment: Any = lambda: []) -> Any:
    def normalization() -> list[Any]:
        return [layers.BatchNormalization(momentum=0.9)] if normalized else []

    def convolution() -> Any:
        return layers.Conv2D(4, 3, padding="same", use_bias=not normalized)

    stack = [
        *(convolution(), layers.MaxPooling2D(2), *normalization(), layers.ReLU()),
        *(convolution(), layers.MaxPooling2D(2), *normalization(), layers.ReLU()),
        *(convolution(), *normalization(), layers.ReLU()),
        *(layers.Flatten(), layers.Dense(8, activation="relu"), layers.Dense(3)),
    ]
    model = keras.Sequential([keras.Input((8, 8, 1)), *augment(), *stack])
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing)
    model.compile(optimizer, loss, metrics=["accuracy"])
    return model


def shifted_and_rotated() -> list[Any]:
    return [
        layers.RandomTranslation(0.08, 0.08, fill_mode="nearest"),
        layers.RandomRotation(10 / 360, fill_mode="nearest"),
    ]


KNOBS: dict[str, tuple[dict[str, Any], Callable[[], keras.Model]]] = {
    "cosine": (
        {"schedule": "cosine", "warmup": 0.25, "learning_rate": 0.05},
        lambda: by_hand(optimizers.RMSprop(CosineDecay(0.0, 12, warmup_target=0.05, warmup_steps=4))),
    ),
    "one cycle, at the optimizer's own rate": (
        {"schedule": "onecycle", "optimizer": "adam"},
        lambda: by_hand(optimizers.Adam(CosineDecay(0.001 / 25, 11, warmup_target=0.001, warmup_steps=5))),
    ),
    "averages": ({"ema": True}, lambda: by_hand(optimizers.RMSprop(use_ema=True))),
    "smoothing": ({"label_smoothing": 0.2}, lambda: by_hand("rmsprop", smoothing=0.2)),
    "normalization": ({"batch_norm": True}, lambda: by_hand("rmsprop", normalized=True)),
    "decay": ({"weight_decay": 0.3}, lambda: by_hand(optimizers.RMSprop(weight_decay=0.3))),
    "decay of none": (
        {"weight_decay": 0, "optimizer": "adamw"},
        lambda: by_hand(optimizers.AdamW(weight_decay=0.0)),
    ),
    "augmentation": ({"augment": "shift_rotate"}, lambda: by_hand("rmsprop", augment=shifted_and_rotated)),
}


def trained(data: Dataset, params: dict[str, Any], **config: Any) -> tuple[Worker, list[Measurement]]:
    config = {"epochs": EPOCHS, "steps": (50, 100), **config}
    worker = Worker(TrainingConfig(None, **config), data.training(), data.test)
    worker.start(TrialSpec(0, {**SMALL, **params}, SEED))
    return worker, [done for _ in worker._rungs if (done := worker.advance())]


def fitted(model: keras.Model, data: Dataset, steps: int) -> dict[str, float]:
    """The validation scores of a model that plain Keras has trained for so many of our steps."""
    part = data.training()
    assert part.val is not None
    order = batches(len(part.train), SIZE, 0, steps, SEED).ravel()
    one_hot = np.eye(3, dtype=np.float32)
    model.fit(part.train.x[order][..., None], one_hot[part.train.y[order]], SIZE, shuffle=False, verbose=0)
    scores: dict[str, float] = model.evaluate(
        part.val.x[..., None], one_hot[part.val.y], batch_size=200, verbose=0, return_dict=True
    )
    return scores


@pytest.mark.parametrize("name", KNOBS)
def test_each_knob_gives_the_numbers_of_plain_keras_at_a_rung_and_at_the_end(data: Dataset, name: str) -> None:
    params, build = KNOBS[name]
    worker, measured = trained(data, params)
    for done, steps in zip(measured, (STEPS // 2, STEPS), strict=True):
        keras.utils.set_random_seed(SEED)
        model = build()
        weights = worker.model.get_weights()
        assert done.val == pytest.approx(fitted(model, data, steps), rel=1e-4, abs=1e-5)
    for mine, theirs in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.filterwarnings("ignore")
def test_a_trial_with_all_knobs_goes_on_from_its_checkpoint_as_if_it_had_never_stopped(data: Dataset) -> None:
    config = TrainingConfig(None, EPOCHS, (50, 100), precision="bfloat16")
    whole, measured = trained(data, ALL, precision="bfloat16")
    spec = TrialSpec(0, {**SMALL, **ALL}, SEED)
    first, second = (Worker(config, data.training(), data.test) for _ in range(2))
    first.start(spec)
    assert same(first.advance(), measured[0])
    second.start(spec, first.checkpoint())
    assert same(second.advance(), measured[0])  # a rung that it stands at is measured anew, as it may not be written
    assert same(second.advance(), measured[1])
    for mine, theirs in zip(second._variables(), whole._variables(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def same(done: Measurement | None, other: Measurement) -> bool:
    return done is not None and (done.val, done.test, done.epochs) == (other.val, other.test, other.epochs)


def test_by_keras_own_fit_the_averages_are_measured_too(data: Dataset) -> None:
    _, quick = trained(data, {"ema": 0.8})
    worker, by_fit = trained(data, {"ema": 0.8}, fit=lambda params: {})
    assert worker.reason
    for done, other in zip(by_fit, quick, strict=True):
        assert done.val == pytest.approx(other.val, rel=1e-4)


@pytest.mark.filterwarnings("ignore")
def test_a_saved_model_needs_nothing_of_sweeps_and_predicts_what_was_measured(data: Dataset, tmp_path: Path) -> None:
    worker, measured = trained(data, ALL)
    worker.model.save(tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        assert b"sweep" not in archive.read("config.json")
    model = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    predicted = model.predict(data.test.x, verbose=0).argmax(-1)
    assert np.mean(predicted == data.test.y) == pytest.approx(measured[-1].test["accuracy"])
    np.testing.assert_array_equal(predicted, worker.predicted)


def test_a_trial_with_fewer_epochs_is_measured_at_the_budgets_rungs_and_ends_at_its_own_end(data: Dataset) -> None:
    params = {"schedule": "cosine"}
    worker, measured = trained(data, {**params, "epochs": 2}, epochs=4, steps=(25, 50, 75, 100))
    alone, whole = trained(data, params)
    assert [(done.step, done.epochs) for done in measured] == [(25, 1.0), (100, 2.0)]
    assert [done.val for done in measured] == [done.val for done in whole]
    assert worker.epochs_done == alone.epochs_done == 2


def test_more_epochs_than_the_budget_are_refused(data: Dataset) -> None:
    with pytest.raises(InputError, match=r"epochs must be at most the budget, 2, but got 3; give the sweep more"):
        trained(data, {"epochs": 3})


def test_smoothed_labels_are_refused_where_the_loss_is_the_objective(data: Dataset) -> None:
    with pytest.raises(InputError, match=r"label_smoothing must be 0 where val_loss is an objective.*but got 0.1"):
        trained(data, {"label_smoothing": 0.1}, objectives=("val_loss",))


def test_a_schedule_must_know_its_steps() -> None:
    with pytest.raises(InputError, match=r"steps must say how many .* schedule='onecycle'"):
        build_model({"schedule": "onecycle"})


def test_images_are_changed_in_training_alone_and_the_initial_weights_stay_as_they_are_without() -> None:
    made = []
    for params in ({}, {"augment": "shift_rotate"}):
        keras.utils.set_random_seed(SEED)
        made.append(build_model({**SMALL, **params}, (8, 8, 1), 3))
    plain, augmented = made
    for mine, theirs in zip(augmented.get_weights(), plain.get_weights(), strict=False):
        np.testing.assert_array_equal(mine, theirs)
    x = np.random.default_rng(0).random((5, 8, 8, 1)).astype(np.float32)
    np.testing.assert_array_equal(augmented.predict(x, verbose=0), plain.predict(x, verbose=0))
    assert np.abs(augmented(x, training=True) - plain(x, training=True)).max() > 1e-3
