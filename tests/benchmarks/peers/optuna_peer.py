"""Optuna as in its Keras example: an objective that builds, fits and evaluates, and `study.optimize`."""

from __future__ import annotations

import keras
import optuna
from interface import arguments, write
from textbook import build_model, load


def main() -> None:
    """Search, or train the listed configurations by enqueueing them."""
    parsed = arguments(__doc__)
    (x_train, y_train), (x_val, y_val) = load(parsed.data)

    def objective(trial: optuna.Trial) -> float:
        keras.backend.clear_session()
        params = parsed.space(trial)
        model = build_model(params, len(x_train), parsed.epochs)
        model.fit(
            x_train,
            y_train,
            validation_data=(x_val, y_val),
            epochs=parsed.epochs,
            batch_size=params["batch_size"],
            verbose=0,
        )
        return float(model.evaluate(x_val, y_val, verbose=0)[1])

    study = optuna.create_study(direction="maximize")
    for params in parsed.configs or []:
        study.enqueue_trial(params)
    study.optimize(objective, n_trials=parsed.trials, n_jobs=parsed.jobs)
    write(parsed.out, [(trial.params, trial.value) for trial in study.trials])


if __name__ == "__main__":
    main()
