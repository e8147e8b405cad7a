"""Regression: dense networks predict how diabetes progresses within a year; what counts is the mean absolute error.

The objective is a metric that the model is compiled with, by its name in Keras. The loss is then free to be searched
over. Its data are scikit-learn's: 442 patients, nothing to download.
"""

from sweep import Sweep


def space(trial):
    return {
        "layers": trial.suggest_int("layers", 1, 3),
        "units": trial.suggest_int("units", 8, 64, log=True),
        "dropout": trial.suggest_float("dropout", 0.0, 0.5, step=0.1),
        "loss": trial.suggest_categorical("loss", ["mse", "mae", "huber"]),
        "learning_rate": trial.suggest_float("learning_rate", 1e-3, 3e-2, log=True),
        "batch_size": 32,
    }


def make_model(params):
    import keras  # here, not above: only the workers pay for importing TensorFlow

    stack = [keras.Input((10,))]
    for _ in range(params["layers"]):
        stack.append(keras.layers.Dense(params["units"], activation="relu"))
        stack.append(keras.layers.Dropout(params["dropout"]))
    stack.append(keras.layers.Dense(1))
    stack.append(keras.layers.Rescaling(77.0, offset=152.0))  # to the spread and the mean of what is predicted
    model = keras.Sequential(stack)
    model.compile(keras.optimizers.Adam(params["learning_rate"]), loss=params["loss"], metrics=["mae"])
    return model


def make_data():
    from sklearn.datasets import load_diabetes
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import StandardScaler

    x, y = load_diabetes(return_X_y=True, scaled=False)
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=100, random_state=0)
    scaler = StandardScaler().fit(x_train)
    return (scaler.transform(x_train), y_train), (scaler.transform(x_test), y_test)


SWEEP = Sweep(
    space=space,
    baseline={"layers": 2, "units": 32, "dropout": 0.0, "loss": "mse", "learning_rate": 1e-3},
    model=make_model,
    data=make_data,
    objective="val_mae",
    trials=10,
    epochs=40,
    rungs=(50,),  # after 180 training steps
    confirm_seeds=4,
)
