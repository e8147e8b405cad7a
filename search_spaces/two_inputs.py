"""Two inputs: do two images show the same digit? A functional model encodes both by the same layers and compares them.

The data are a dict of arrays, by the names of the model's inputs.
"""

import numpy as np

from sweep import Sweep


def space(trial):
    return {
        "units": trial.suggest_int("units", 16, 128, log=True),
        "code": trial.suggest_int("code", 4, 32, log=True),
        "comparison": trial.suggest_categorical("comparison", ["concatenation", "difference", "product"]),
        "learning_rate": trial.suggest_float("learning_rate", 3e-4, 1e-2, log=True),
        "batch_size": 64,
    }


def make_model(params):
    import keras  # here, not above: only the workers pay for importing TensorFlow
    from keras import layers

    encoder = keras.Sequential(
        [layers.Flatten(), layers.Dense(params["units"], activation="relu"), layers.Dense(params["code"])]
    )
    left, right = keras.Input((8, 8), name="left"), keras.Input((8, 8), name="right")
    codes = [encoder(left), encoder(right)]
    match params["comparison"]:
        case "concatenation":
            compared = layers.Concatenate()(codes)
        case "difference":
            compared = keras.ops.abs(layers.Subtract()(codes))
        case "product":
            compared = layers.Multiply()(codes)
    hidden = layers.Dense(16, activation="relu")(compared)
    same = layers.Dense(1, activation="sigmoid")(hidden)
    model = keras.Model({"left": left, "right": right}, same)
    model.compile(keras.optimizers.Adam(params["learning_rate"]), loss="binary_crossentropy", metrics=["accuracy"])
    return model


def make_data():
    """Pairs of scikit-learn's small digits, half of them of the same digit: 6,000 to train on, 2,000 to test on."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    images = train_test_split(digits.images / 16, digits.target, test_size=400, random_state=0)
    x_train, x_test, y_train, y_test = images
    rng = np.random.default_rng(0)
    return pairs(x_train, y_train, 6_000, rng), pairs(x_test, y_test, 2_000, rng)


def pairs(images, digits, count, rng):
    left = rng.integers(0, len(images), count)
    right = rng.integers(0, len(images), count)
    of_digit = [np.flatnonzero(digits == digit) for digit in range(10)]
    for pair in range(0, count, 2):
        right[pair] = rng.choice(of_digit[digits[left[pair]]])
    return {"left": images[left], "right": images[right]}, digits[left] == digits[right]


SWEEP = Sweep(
    space=space,
    baseline={"units": 64, "code": 16, "comparison": "concatenation", "learning_rate": 1e-3},
    model=make_model,
    data=make_data,
    trials=10,
    epochs=6,
    rungs=(50,),  # after 234 training steps
    confirm_seeds=3,
)
