"""The 32/64/64 MNIST baseline and the small CNNs around it."""

from sweep import Sweep


def space(trial):
    return {
        "filters_1": trial.suggest_categorical("filters_1", [16, 32, 48, 64]),
        "filters_2": trial.suggest_categorical("filters_2", [32, 48, 64, 96]),
        "filters_3": trial.suggest_categorical("filters_3", [32, 64, 96]),
        "kernel_size": trial.suggest_int("kernel_size", 2, 4),  # three unpadded 5x5 layers run out of pixels
        "optimizer": trial.suggest_categorical("optimizer", ["rmsprop", "adam", "nadam", "sgd"]),
        "learning_rate": trial.suggest_float("learning_rate", 5e-4, 1e-2, log=True),
        "batch_size": trial.suggest_categorical("batch_size", [32, 64, 128, 256]),
        "schedule": trial.suggest_categorical("schedule", ["constant", "cosine", "onecycle"]),
        "ema": trial.suggest_categorical("ema", [0.0, 0.99]),
    }


SWEEP = Sweep(
    space=space,
    baseline={
        "filters_1": 32,
        "filters_2": 64,
        "filters_3": 64,
        "kernel_size": 3,
        "optimizer": "rmsprop",
        "learning_rate": 1e-3,
        "batch_size": 64,
        "schedule": "constant",
        "ema": 0.0,
    },
    trials=24,
    epochs=5,
)
