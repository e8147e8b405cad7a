"""Imbalanced classes: one example in twenty is positive. What counts is the area under the ROC curve, not accuracy.

`fit` returns what else Keras's `Model.fit` is called with: class weights and callbacks, made afresh for each trial.
A trial whose EarlyStopping stops it has the epochs on the board that it took.
"""

from sweep import Sweep


def space(trial):
    return {
        "units": trial.suggest_int("units", 8, 64, log=True),
        "dropout": trial.suggest_float("dropout", 0.0, 0.5, step=0.1),
        "positive_weight": trial.suggest_float("positive_weight", 1.0, 20.0, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 3e-4, 1e-2, log=True),
        "batch_size": 64,
    }


def make_model(params):
    import keras  # here, not above: only the workers pay for importing TensorFlow

    model = keras.Sequential(
        [
            keras.Input((20,)),
            keras.layers.Dense(params["units"], activation="relu"),
            keras.layers.Dropout(params["dropout"]),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(
        keras.optimizers.Adam(params["learning_rate"]),
        loss="binary_crossentropy",
        metrics=[keras.metrics.AUC(name="auc"), keras.metrics.Recall(name="recall")],
    )
    return model


def fit_arguments(params):
    import keras

    return {
        "class_weight": {0: 1.0, 1: params["positive_weight"]},
        "callbacks": [keras.callbacks.EarlyStopping("val_auc", mode="max", patience=3, restore_best_weights=True)],
    }


def make_data():
    """6,000 examples to train on and 4,000 to test on, one in twenty of them positive."""
    from sklearn.datasets import make_classification
    from sklearn.model_selection import train_test_split

    x, y = make_classification(
        10_000, n_features=20, n_informative=8, n_clusters_per_class=3, weights=[0.95], random_state=0
    )
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=4_000, stratify=y, random_state=0)
    return (x_train, y_train), (x_test, y_test)


SWEEP = Sweep(
    space=space,
    baseline={"units": 32, "dropout": 0.0, "positive_weight": 1.0, "learning_rate": 1e-3},
    model=make_model,
    fit=fit_arguments,
    data=make_data,
    objective="val_auc",
    trials=10,
    epochs=12,
    rungs=(50,),  # after 474 training steps
    confirm_seeds=3,
)
