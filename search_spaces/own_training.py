"""Your own training, without Keras if you like: a network of scikit-learn's, trained by `partial_fit`.

`train(params, run)` stands in the place of a model. It reports after each epoch, and so may be pruned; it saves its
state, and goes on from it after an interruption; and it tells how good the result is on the test set.
"""

import pickle

from sweep import Sweep


def space(trial):
    return {
        "units": trial.suggest_int("units", 16, 128, log=True),
        "activation": trial.suggest_categorical("activation", ["relu", "tanh"]),
        "alpha": trial.suggest_float("alpha", 1e-5, 1e-1, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 1e-4, 1e-2, log=True),
        "batch_size": trial.suggest_categorical("batch_size", [32, 64, 128]),
    }


def train(params, run):
    (x, y), validation, test = [(part.x, part.y) for part in run.data]
    done, network = (0, new_network(params, run.seed)) if run.saved is None else pickle.loads(run.saved)
    for epoch in range(done + 1, run.epochs + 1):
        network.partial_fit(x, y, classes=range(10))
        run.report(epoch, val_accuracy=network.score(*validation), parameters=parameters(network))
        run.save(pickle.dumps((epoch, network)))
    run.test(test_accuracy=network.score(*test))


def new_network(params, seed):
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier(
        (params["units"],),
        activation=params["activation"],
        alpha=params["alpha"],
        batch_size=params["batch_size"],
        learning_rate_init=params["learning_rate"],
        random_state=seed,
    )


def parameters(network):
    return sum(array.size for array in (*network.coefs_, *network.intercepts_))


def make_data():
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    x, y = load_digits(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(x / 16, y, test_size=400, stratify=y, random_state=0)
    return (x_train, y_train), (x_test, y_test)


SWEEP = Sweep(
    space=space,
    baseline={"units": 64, "activation": "relu", "alpha": 1e-4, "learning_rate": 1e-3, "batch_size": 64},
    train=train,
    data=make_data,
    trials=16,
    epochs=30,
    rungs=(30, 60),
    confirm_seeds=5,
)
