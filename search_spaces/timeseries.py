"""A time series: 1-D convolutions forecast the next hour's load of a small power grid from the last two days.

What is validated on comes after what is trained on, and what is tested on after both: `make_data` returns all three.
"""

import numpy as np

from sweep import Sweep

WINDOW = 48
NOISE = 0.2  # no forecast has a smaller error than the noise of the hour to come


def space(trial):
    layers = trial.suggest_int("layers", 1, 3)
    return {
        "layers": layers,
        "filters": trial.suggest_categorical("filters", [8, 16, 32]),
        "kernel_size": trial.suggest_int("kernel_size", 2, 5),
        "dilated": layers > 1 and trial.suggest_categorical("dilated", [False, True]),
        "learning_rate": trial.suggest_float("learning_rate", 3e-4, 1e-2, log=True),
        "batch_size": 64,
    }


def make_model(params):
    import keras  # here, not above: only the workers pay for importing TensorFlow

    stack = [keras.Input((WINDOW, 1))]
    for layer in range(params["layers"]):
        dilation = 3**layer if params["dilated"] else 1
        stack.append(
            keras.layers.Conv1D(
                params["filters"], params["kernel_size"], dilation_rate=dilation, padding="causal", activation="relu"
            )
        )
    model = keras.Sequential([*stack, keras.layers.Flatten(), keras.layers.Dense(1)])
    model.compile(
        keras.optimizers.Adam(params["learning_rate"]),
        loss="mse",
        metrics=[keras.metrics.RootMeanSquaredError(name="rmse")],
    )
    return model


def make_data():
    """Windows of 48 hours, each with the hour that follows: half a year, a month and a month."""
    hours = np.arange(24 * 240)
    day, week = 2 * np.pi * hours / 24, 2 * np.pi * hours / (24 * 7)
    noise = np.random.default_rng(0).normal(0, NOISE, len(hours))
    load = np.sin(day) * (1 + 0.5 * np.cos(week)) + 0.5 * np.cos(2 * day) + noise
    for hour in range(2, len(load)):
        load[hour] += 0.6 * noise[hour - 1]  # a cold hour is often followed by another
    windows = np.lib.stride_tricks.sliding_window_view(load, WINDOW + 1)
    x, y = windows[:, :WINDOW, np.newaxis], windows[:, WINDOW]
    parts = (slice(0, 4_320), slice(4_320, 5_040), slice(5_040, None))
    return tuple((x[part], y[part]) for part in parts)


SWEEP = Sweep(
    space=space,
    baseline={"layers": 1, "filters": 16, "kernel_size": 3, "learning_rate": 1e-3},
    model=make_model,
    data=make_data,
    objective="val_rmse",
    trials=10,
    epochs=8,
    rungs=(50,),  # after 272 training steps
    confirm_seeds=3,
)
