"""A KerasTuner hypermodel as it stands: dense or convolutional networks on scikit-learn's small digits.

`sweep.from_hypermodel` needs no KerasTuner. A class made from `keras_tuner.HyperModel`, and a function `build(hp)`, do
as well; KerasTuner must then be installed on the workers too.
"""

from sweep import from_hypermodel


class SmallDigits:
    def build(self, hp):
        import keras  # here, not above, so that reading the file takes no TensorFlow
        from keras import layers

        stack = [keras.Input((28, 28, 1))]
        kind = hp.Choice("kind", ["dense", "convolutional"])
        with hp.conditional_scope("kind", ["convolutional"]):  # within it, `filters` is None for dense networks
            filters = hp.Int("filters", 8, 32, step=8)
        if kind == "convolutional":
            stack += [layers.Conv2D(filters, 3, activation="relu"), layers.MaxPooling2D(4)]
        stack.append(layers.Flatten())
        for layer in range(hp.Int("layers", 1, 2)):
            stack.append(layers.Dense(hp.Int(f"units_{layer}", 16, 128, sampling="log"), activation="relu"))
        if hp.Boolean("dropout"):
            stack.append(layers.Dropout(0.25))
        model = keras.Sequential([*stack, layers.Dense(10, activation="softmax")])
        learning_rate = hp.Float("learning_rate", 1e-4, 1e-2, sampling="log", default=1e-3)
        model.compile(
            keras.optimizers.Adam(learning_rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
        )
        return model


SWEEP = from_hypermodel(
    SmallDigits(),
    baseline={"units_0": 64},  # all else begins with its default
    trials=16,
    epochs=20,
    rungs=(40,),  # after 312 training steps; 10 % would be 78, too few to tell
    data="digits",
)
