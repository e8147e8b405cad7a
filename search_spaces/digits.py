"""The same search on scikit-learn's 1,797 small digits: a minute from start to board, with no download."""

from sweep import Sweep


def space(trial):
    kernel_size = trial.suggest_categorical("kernel_size", [3, 5])
    return {
        "filters_1": trial.suggest_categorical("filters_1", [16, 32, 48]),
        "filters_2": trial.suggest_categorical("filters_2", [32, 64, 96]),
        "filters_3": trial.suggest_categorical("filters_3", [32, 64, 96]),
        "kernel_size": kernel_size,
        "padding": "valid" if kernel_size == 3 else "same",
        "optimizer": trial.suggest_categorical("optimizer", ["rmsprop", "adam", "nadam", "sgd"]),
        "learning_rate": trial.suggest_float("learning_rate", 1e-4, 1e-2, log=True),
        "batch_size": trial.suggest_categorical("batch_size", [16, 32, 64]),
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
        "batch_size": 32,
    },
    trials=24,
    epochs=20,
    rungs=(40,),  # after 312 training steps; 10 % would be 78, too few to tell
    data="digits",
)
