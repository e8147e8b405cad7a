"""`tf.data` with augmentation: small digits, shifted and turned at random anew in each epoch, as Keras reads them.

A data function that returns datasets is called on each worker; it gives three, as datasets in batches can't be split.
They come in batches of their own size, so there is no `batch_size` to search over.
"""

import keras
import tensorflow as tf

from sweep import Sweep

BATCH_SIZE = 64


def space(trial):
    return {
        "filters": trial.suggest_categorical("filters", [8, 16, 32]),
        "kernel_size": trial.suggest_categorical("kernel_size", [3, 5]),
        "dropout": trial.suggest_float("dropout", 0.0, 0.5, step=0.1),
        "learning_rate": trial.suggest_float("learning_rate", 1e-3, 3e-2, log=True),
    }


def make_model(params):
    filters, kernel_size = params["filters"], params["kernel_size"]
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(filters, kernel_size, padding="same", activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(2 * filters, kernel_size, padding="same", activation="relu"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dropout(params["dropout"]),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        keras.optimizers.Adam(params["learning_rate"]), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return model


def make_data():
    """1,097 examples to train on, 300 to validate on and 400 to test on."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    images, labels = load_digits(return_X_y=True)
    images = images.reshape(-1, 8, 8, 1).astype("float32") / 16
    x, x_test, y, y_test = train_test_split(images, labels, test_size=400, stratify=labels, random_state=0)
    x_train, x_val, y_train, y_val = train_test_split(x, y, test_size=300, stratify=y, random_state=0)

    augment = keras.Sequential([keras.layers.RandomTranslation(0.1, 0.1), keras.layers.RandomRotation(0.03)])
    train = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(len(x_train)).batch(BATCH_SIZE)
    train = train.map(lambda x, y: (augment(x, training=True), y), num_parallel_calls=tf.data.AUTOTUNE)
    validation, test = (
        tf.data.Dataset.from_tensor_slices(part).batch(BATCH_SIZE) for part in ((x_val, y_val), (x_test, y_test))
    )
    return train.prefetch(tf.data.AUTOTUNE), validation, test


SWEEP = Sweep(
    space=space,
    baseline={"filters": 16, "kernel_size": 3, "dropout": 0.2, "learning_rate": 3e-3},
    model=make_model,
    data=make_data,
    trials=6,
    epochs=12,
    rungs=(50,),  # after 108 training steps, half of a trial
    confirm_seeds=3,
)
