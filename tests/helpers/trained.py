"""A study whose trials were really trained, by a worker in this process and without Ray."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras

from sweep.data.sources import resolve
from sweep.errors import describe
from sweep.space.code import function_sha256
from sweep.space.loader import fingerprint, load_sweep
from sweep.study.definition import Definition
from sweep.study.opening import open_ledger
from sweep.study.origin import Origin
from sweep.study.storage.artifacts import model_name
from sweep.training.environment import Environment, environment
from sweep.training.messages import Failure, Measurement, TrainingConfig
from sweep.training.worker import Worker

NAME = "small"
SPACE = """
from sweep import Sweep

def space(trial):
    return {
        "filters_1": trial.suggest_categorical("filters_1", [4, 8]),
        "filters_2": 8,
        "filters_3": 8,
        "dense_units": 16,
        "dropout": 0.2,
        "learning_rate": trial.suggest_float("learning_rate", 1e-3, 1e-2, log=True),
        "batch_size": 32,
    }

SWEEP = Sweep(
    space=space, baseline={"filters_1": 8, "learning_rate": 3e-3}, data="digits", trials=3, epochs=2, rungs=(50,)
)
"""
OWN = """
import keras
from sweep import Sweep

@keras.saving.register_keras_serializable(package="mine")
class Twice(keras.layers.Layer):
    def call(self, x):
        return 2 * x

def space(trial):
    return {"units": trial.suggest_int("units", 8, 16), "batch_size": 32}

def model(params):
    if params["units"] == FAILING:
        raise FileNotFoundError("no such layer")
    made = keras.Sequential([
        keras.Input((28, 28, 1)),
        keras.layers.Flatten(),
        keras.layers.Dense(params["units"], activation="relu"),
        MIDDLE,
        keras.layers.Dense(10),
    ])
    made.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return made

SWEEP = Sweep(space=space, baseline={"units": 12}, model=model, data="digits", trials=2, epochs=2, rungs=(50,))
"""


def own(middle: str = "keras.layers.Dropout(0.3)", failing: int = 0) -> str:
    """A search-space file with a model function of its own."""
    return OWN.replace("MIDDLE", middle).replace("FAILING", str(failing))


def trained(
    folder: Path,
    text: str = SPACE,
    *,
    precision: str = "float32",
    prune: int | None = 1,
    recorded: Callable[[Environment], Environment] = lambda here: here,
) -> Path:
    """Train the whole study of a file into `folder / "results"`, and keep the models; returns the results folder.

    Args:
        folder: where the file is written.
        text: of the file.
        precision: of the study.
        prune: the trial that is pruned at its first rung.
        recorded: changes the environment that is recorded.
    """
    file = folder / f"{NAME}.py"
    file.write_text(text)
    sweep = load_sweep(file)
    dataset = resolve(sweep.data, "auto")
    training_config = TrainingConfig(sweep.model, sweep.epochs, sweep.steps, precision=precision)
    if sweep.model:
        code = {"file_sha256": fingerprint(file), "model_sha256": function_sha256(sweep.model, folder)}
        training_config = replace(training_config, **code)
    here = {"environment": json.dumps(recorded(environment(training_config)))}
    worker = Worker(training_config, dataset.training(), dataset.test)
    results = folder / "results"
    with open_ledger(results, NAME, sweep, Definition.of(sweep, dataset)) as ledger:
        ledger.settle_precision(precision, precision)
        ledger.note_origin(Origin.of(file, sweep, "auto", dataset))
        while (spec := ledger.next_trial()) is not None:
            try:
                worker.start(spec)
            except FileNotFoundError as error:
                ledger.fail(spec.number, Failure(describe(error), "Traceback"))
                continue
            for _ in training_config.steps:
                measurement = worker.advance()
                assert measurement is not None
                measurement = Measurement(**{**vars(measurement), **here})
                ledger.report(spec.number, measurement)
                if spec.number == prune:
                    ledger.prune(spec.number)
                    break
            else:
                keep(worker.model, results / NAME / model_name(spec.stem))
                ledger.complete(spec.number, measurement)
    return results


def keep(model: keras.Model, path: Path) -> None:
    """Save a model where the artifact store would."""
    path.parent.mkdir(exist_ok=True)
    model.save(path)


def rewrite(results: Path, old: Any, new: Any) -> None:
    """Change what the ledger says, as if it had been measured so."""
    journal = results / NAME / "journal.log"
    before, after = (json.dumps(value, separators=(",", ":")) for value in (old, new))
    text = journal.read_text()
    assert before in text
    journal.write_text(text.replace(before, after))
