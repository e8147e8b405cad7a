"""The 32/64/64 MNIST baseline, and what raises its accuracy: schedules, averages, smoothing, augmentation and more."""

from sweep import Sweep


def space(trial):
    schedule = trial.suggest_categorical("schedule", ["constant", "cosine", "onecycle"])
    return {
        "filters_1": trial.suggest_categorical("filters_1", [16, 32, 48, 64]),
        "filters_2": trial.suggest_categorical("filters_2", [32, 48, 64, 96]),
        "filters_3": trial.suggest_categorical("filters_3", [32, 64, 96]),
        "kernel_size": trial.suggest_int("kernel_size", 2, 4),
        "dropout": trial.suggest_float("dropout", 0.0, 0.5),
        "optimizer": trial.suggest_categorical("optimizer", ["rmsprop", "adam", "nadam", "sgd"]),
        "learning_rate": trial.suggest_float("learning_rate", 5e-4, 1e-2, log=True),
        "batch_size": trial.suggest_categorical("batch_size", [32, 64, 128, 256]),
        "schedule": schedule,
        "warmup": None if schedule == "constant" else trial.suggest_float("warmup", 0.0, 0.5),
        "ema": trial.suggest_categorical("ema", [0.0, 0.99, 0.997]),
        "label_smoothing": trial.suggest_float("label_smoothing", 0.0, 0.2),
        "batch_norm": trial.suggest_categorical("batch_norm", [False, True]),
        "weight_decay": trial.suggest_float("weight_decay", 0.0, 0.1),
        "augment": trial.suggest_categorical("augment", ["none", "shift", "rotate", "shift_rotate"]),
        "epochs": trial.suggest_int("epochs", 2, 5),
    }


SWEEP = Sweep(
    space=space,
    baseline={
        "filters_1": 32,
        "filters_2": 64,
        "filters_3": 64,
        "kernel_size": 3,
        "dropout": 0.0,
        "optimizer": "rmsprop",
        "learning_rate": 1e-3,
        "batch_size": 64,
        "schedule": "constant",
        "ema": 0.0,
        "label_smoothing": 0.0,
        "batch_norm": False,
        "weight_decay": 0.0,
        "augment": "none",
        "epochs": 5,
    },
    trials=48,
    epochs=5,
)
