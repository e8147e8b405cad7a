"""The plain Keras script: one configuration after another, `fit` and `evaluate`."""

from __future__ import annotations

from interface import arguments, write
from textbook import build_model, load


def main() -> None:
    """Train each listed configuration."""
    given = arguments(__doc__)
    (x_train, y_train), (x_val, y_val) = load(given.data)
    results = []
    for params in given.configs:
        model = build_model(params)
        model.fit(x_train, y_train, epochs=given.epochs, batch_size=params["batch_size"], verbose=0)
        _, accuracy = model.evaluate(x_val, y_val, verbose=0)
        results.append((params, accuracy))
    write(given.out, results)


if __name__ == "__main__":
    main()
