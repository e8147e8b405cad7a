"""Ray Tune as in its Optuna guide: a function that trains and reports, `OptunaSearch`, and one CPU a trial."""

from __future__ import annotations

from typing import Any

import optuna
from interface import arguments, write
from ray import tune
from ray.tune.search.optuna import OptunaSearch


def train(config: dict[str, Any], data: str, epochs: int) -> None:
    """Build, fit and report. TensorFlow is imported here, in the trial's own process."""
    from textbook import build_model, load

    (x_train, y_train), (x_val, y_val) = load(data)
    model = build_model(config, len(x_train), epochs)
    history = model.fit(
        x_train,
        y_train,
        validation_data=(x_val, y_val),
        epochs=epochs,
        batch_size=config["batch_size"],
        verbose=0,
    )
    tune.report({"val_accuracy": history.history["val_accuracy"][-1]})


def main() -> None:
    """Search, or train the listed configurations as points to evaluate."""
    parsed = arguments(__doc__)
    sample = optuna.create_study().ask()
    parsed.space(sample)
    search = OptunaSearch(
        sample.distributions, metric="val_accuracy", mode="max", points_to_evaluate=parsed.configs or None
    )
    trainable = tune.with_parameters(train, data=parsed.data, epochs=parsed.epochs)
    tuner = tune.Tuner(
        tune.with_resources(trainable, {"cpu": 1}),
        tune_config=tune.TuneConfig(search_alg=search, num_samples=parsed.trials),
        run_config=tune.RunConfig(storage_path=parsed.scratch),
    )
    results = tuner.fit()
    write(parsed.out, [(result.config, (result.metrics or {}).get("val_accuracy")) for result in results])


if __name__ == "__main__":
    main()
