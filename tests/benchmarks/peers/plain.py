"""The plain Keras script: one configuration after another, `fit` and `evaluate`."""

from __future__ import annotations

from interface import arguments, write
from textbook import build_model, load


def main() -> None:
    """Train each listed configuration."""
    parsed = arguments(__doc__)
    (x_train, y_train), (x_val, y_val) = load(parsed.data)
    results = []
    for params in parsed.configs:
        model = build_model(params, len(x_train), parsed.epochs)
        model.fit(x_train, y_train, epochs=parsed.epochs, batch_size=params["batch_size"], verbose=0)
        _, accuracy = model.evaluate(x_val, y_val, verbose=0)
        results.append((params, accuracy))
    write(parsed.out, results)


if __name__ == "__main__":
    main()
