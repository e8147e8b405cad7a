"""Small models and data for tests of training, and what plain Keras makes of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import layers

from sweep.data.dataset import Dataset, checked
from sweep.data.parts import Part, Tree
from sweep.training.batches import batches, total_steps
from sweep.training.examples import Examples
from sweep.training.measured import EVALUATION_BATCH
from sweep.training.messages import Measurement, TrainingConfig, TrialSpec
from sweep.training.worker import Worker, settle_devices

settle_devices(1)  # before any test's first operation

Build = Callable[[Any], keras.Model]

SEED, SIZE, EPOCHS, CLASSES = 7, 16, 2, 3
TRAINED, TESTED = 192, 48
"""Examples in a training part, of which one in six is held out, and in a test part."""
FEATURES = 8


def dataset(x: Tree, y: Tree, weight: Any = None) -> Dataset:
    """A data set of 240 examples, the last 48 of which are to test on."""
    arrays = {}
    for kind, rows in (("train", slice(TRAINED)), ("test", slice(TRAINED, None))):
        arrays |= {f"x_{kind}": _cut(x, rows), f"y_{kind}": _cut(y, rows)}
        if weight is not None:
            arrays[f"sample_weight_{kind}"] = _cut(weight, rows)
    return checked("table", arrays, "a test")


def named(value: Any) -> str:
    """What a test's name says of a loss, a metric or a text: the same in every process, so without an address."""
    return (
        value
        if isinstance(value, str)
        else str(getattr(value, "name", "") or getattr(value, "__name__", "") or type(value).__name__)
    )


def _cut(tree: Any, rows: slice) -> Any:
    if isinstance(tree, dict):
        return {name: _cut(item, rows) for name, item in tree.items()}
    if isinstance(tree, tuple):
        return tuple(_cut(item, rows) for item in tree)
    return tree[rows]


def table() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """240 rows of eight numbers, in three classes that can be told apart in part."""
    rng = np.random.default_rng(3)
    y = rng.integers(0, CLASSES, TRAINED + TESTED)
    return (rng.normal(size=(len(y), FEATURES)) + y[:, np.newaxis] * 0.7).astype(np.float32), y


def table_data() -> Dataset:
    """192 rows of eight numbers to train on, 48 to test on, in three classes."""
    return dataset(*table())


def targets() -> np.ndarray[Any, Any]:
    """A number to predict for each row of `table`, float32."""
    x, _ = table()
    return (x[:, 0] * 2 - x[:, 1] + np.sin(3 * x[:, 2])).astype(np.float32)


def started(
    build: Build | None,
    data: Dataset,
    *,
    epochs: int = EPOCHS,
    steps: tuple[int, ...] = (100,),
    saved: bytes | None = None,
    seed: int = SEED,
    size: int = SIZE,
    **config: Any,
) -> Worker:
    """A worker that has started a trial of a model."""
    worker = Worker(TrainingConfig(build, epochs, steps, **config), data.training(), data.test)
    worker.start(TrialSpec(0, {"batch_size": size}, seed), saved)
    return worker


def trained(build: Build, data: Dataset, **options: Any) -> tuple[Worker, Measurement]:
    """A worker that has trained a trial to its end, and what was measured there.

    Args:
        build: the model function.
        data: the data set.
        **options: as `started` takes them.
    """
    worker = started(build, data, **options)
    return worker, to_the_end(worker)[-1]


def to_the_end(worker: Worker) -> list[Measurement]:
    """What a worker measures at each rung that is left of its trial."""
    measurements: list[Measurement] = []
    while not measurements or measurements[-1].step < 100:
        measurement = worker.advance()
        assert measurement is not None
        measurements.append(measurement)
    return measurements


def in_batches(part: Part, epochs: int = EPOCHS, seed: int = SEED, size: int = SIZE) -> dict[str, Any]:
    """What `fit` is called with so that it gets a trial's very batches, in as many epochs."""
    total = total_steps(len(part), size, epochs)
    order = batches(len(part), size, 0, total, seed).ravel()
    x, y, weight = Examples(part).arrays(order)
    once = {"batch_size": size, "shuffle": False, "verbose": 0}
    return {"x": x, "y": y, "sample_weight": weight, **once, "epochs": epochs, "steps_per_epoch": total // epochs}


def plain(
    build: Build, data: Dataset, *, epochs: int = EPOCHS, validates: bool = False, **keywords: Any
) -> tuple[keras.Model, dict[str, float], dict[str, float]]:
    """The model that Keras's `fit` trains on the same batches, and what its `evaluate` measures in validation and test.

    Args:
        build: the model function.
        data: the data set.
        epochs: number of epochs.
        validates: whether `fit` validates after each epoch.
        **keywords: what `fit` is called with besides.
    """
    keras.utils.set_random_seed(SEED)
    model = build({})
    validation = data.training().val
    assert validation is not None
    if validates:
        trees = Examples(validation).arrays(slice(None))
        keywords["validation_data"] = tuple(tree for tree in trees if tree is not None)
        keywords["validation_batch_size"] = EVALUATION_BATCH
    model.fit(**in_batches(data.training().train, epochs), **keywords)
    return model, evaluated(model, validation), evaluated(model, data.test)


def evaluated(model: keras.Model, part: Part) -> dict[str, float]:
    """What a model's `evaluate` measures, by the names of its metrics."""
    x, y, weight = Examples(part).arrays(slice(None))
    measured = model.evaluate(x, y, sample_weight=weight, batch_size=EVALUATION_BATCH, verbose=0, return_dict=True)
    return {name: float(value) for name, value in measured.items()}


def sequential(*stack: Any, shape: tuple[int, ...] = (FEATURES,), **compiled: Any) -> keras.Model:
    """A model of some layers, compiled for whole-number labels unless something else is said."""
    model = keras.Sequential([keras.Input(shape), *stack])
    defaults = {"optimizer": "adam", "loss": keras.losses.SparseCategoricalCrossentropy(from_logits=True)}
    model.compile(**{**defaults, **compiled})
    return model


def dense(units: int = CLASSES, optimizer: Any = "adam", **compiled: Any) -> Build:
    """A model function of one hidden layer, whose weights are made afresh, and its optimizer if that is a function."""

    def build(params: Any) -> keras.Model:
        made = optimizer() if callable(optimizer) else optimizer
        return sequential(layers.Dense(16, activation="relu"), layers.Dense(units), optimizer=made, **compiled)

    return build
