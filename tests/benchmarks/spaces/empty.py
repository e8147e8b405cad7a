"""Trials that train next to nothing: one dense layer, one step on a handful of points; the default space's params."""

import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna

from sweep import Sweep

DEFAULT: Sweep = runpy.run_path(str(Path(__file__).parents[3] / "search_spaces" / "default.py"))["SWEEP"]


def make_model(params):
    import keras  # here, not above: only the workers pay for importing TensorFlow

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    model.compile(optimizer="sgd", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def make_data():
    """20 points to train on, 10 to test on."""
    points = np.random.default_rng(0).normal(size=(30, 4)).astype("float32")
    labels = (points[:, 0] > 0).astype("int32")
    return (points[:20], labels[:20]), (points[20:], labels[20:])


SWEEP = replace(
    DEFAULT, model=make_model, data=make_data, epochs=1, rungs=(), pruner=optuna.pruners.NopPruner(), trials=300
)
