"""KerasTuner as in its guide: a `HyperModel` that builds and fits, and `tuner.search`."""

from __future__ import annotations

import argparse
from typing import Any

import keras
import keras_tuner
from interface import Params, arguments, write
from textbook import build_model, load


class Suggest:
    """KerasTuner's hyperparameters under Optuna's names, so that the search-space file's function can be asked.

    Args:
        hp: KerasTuner's.
    """

    def __init__(self, hp: keras_tuner.HyperParameters) -> None:
        self._hp = hp

    def suggest_categorical(self, name: str, choices: list[Any]) -> Any:
        """One of the choices."""
        return self._hp.Choice(name, choices)

    def suggest_int(self, name: str, low: int, high: int) -> Any:
        """A whole number, both ends included."""
        return self._hp.Int(name, low, high)

    def suggest_float(self, name: str, low: float, high: float, log: bool = False) -> Any:
        """A number."""
        return self._hp.Float(name, low, high, sampling="log" if log else "linear")


class Network(keras_tuner.HyperModel):
    """The textbook network, with its batch size tuned too.

    Args:
        parsed: the peer's arguments.
        images: number of training images.
    """

    def __init__(self, parsed: argparse.Namespace, images: int) -> None:
        super().__init__()
        self._images = images
        self._parsed = parsed

    def params(self, hp: keras_tuner.HyperParameters) -> Params:
        """The configuration: searched, or one of the list."""
        configs = self._parsed.configs
        if configs is None:
            params: Params = self._parsed.space(Suggest(hp))
            return params
        chosen: Params = configs[hp.Choice("config", list(range(len(configs))))]
        return chosen

    def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        """Called by the tuner for each trial."""
        return build_model(self.params(hp), self._images, self._parsed.epochs)

    def fit(self, hp: keras_tuner.HyperParameters, model: keras.Model, *args: Any, **kwargs: Any) -> Any:
        """Called by the tuner after `build`."""
        return model.fit(*args, batch_size=self.params(hp)["batch_size"], **kwargs)


def main() -> None:
    """Search at random, or go through the listed configurations as a grid of one axis."""
    parsed = arguments(__doc__)
    train, val = load(parsed.data)
    network = Network(parsed, len(train[0]))
    tuner_class = keras_tuner.RandomSearch if parsed.configs is None else keras_tuner.GridSearch
    tuner = tuner_class(
        network, objective="val_accuracy", max_trials=parsed.trials, directory=parsed.scratch, overwrite=True
    )
    tuner.search(*train, epochs=parsed.epochs, validation_data=val, verbose=0)
    trials = tuner.oracle.trials.values()
    write(parsed.out, [(network.params(trial.hyperparameters), trial.score) for trial in trials])


if __name__ == "__main__":
    main()
