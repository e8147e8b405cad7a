"""Your own model and your own data: dense networks of one to three hidden layers on three spiral arms.

`space`, `make_model` and `make_data` are all there is to write. They travel to the workers by value, so they may
use whatever this file defines; packages they import must be installed on the workers.
"""

import numpy as np

from sweep import Sweep


def space(trial):
    depth = trial.suggest_int("depth", 1, 3)
    params = {
        "depth": depth,
        "activation": trial.suggest_categorical("activation", ["relu", "tanh"]),
        "learning_rate": trial.suggest_float("learning_rate", 1e-4, 1e-1, log=True),
        "batch_size": trial.suggest_categorical("batch_size", [32, 64, 128]),
    }
    for layer in range(1, depth + 1):  # a conditional space is a plain loop or `if`
        params[f"units_{layer}"] = trial.suggest_int(f"units_{layer}", 8, 64, log=True)
    return params


def make_model(params):
    import keras  # here, not above: only the workers pay for importing TensorFlow

    stack = [keras.Input((2,))]
    for layer in range(1, params["depth"] + 1):
        stack.append(keras.layers.Dense(params[f"units_{layer}"], activation=params["activation"]))
    model = keras.Sequential([*stack, keras.layers.Dense(3)])
    model.compile(
        optimizer=keras.optimizers.Adam(params["learning_rate"]),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),  # labels are integers
    )
    return model


def make_data():
    """Three spiral arms, 6,000 points to train on and 1,500 to test on."""
    rng = np.random.default_rng(7)
    arm = rng.integers(0, 3, 7_500)
    along = rng.uniform(0.1, 1, 7_500)
    angle = arm * 2 * np.pi / 3 + along * 4 + rng.normal(0, 0.15, 7_500)
    points = np.stack([along * np.cos(angle), along * np.sin(angle)], axis=1).astype("float32")
    return (points[:6_000], arm[:6_000]), (points[6_000:], arm[6_000:])


SWEEP = Sweep(
    space=space,
    baseline={"depth": 1, "activation": "relu", "learning_rate": 1e-3, "batch_size": 64, "units_1": 32},
    model=make_model,
    data=make_data,
    trials=16,
    epochs=15,
    rungs=(30,),  # after 352 training steps; 10 % would be 117, too few to tell
)
