"""The names of what is measured: metrics of a model and costs, and which way each of them is better."""

from __future__ import annotations

from collections.abc import Mapping

from sweep.errors import InputError

VAL = "val_"
"""How the name of a metric begins that is measured on the validation examples."""
TEST = "test_"
"""How the name of a metric begins that is measured on the test examples."""

ACCURACY = "accuracy"
LOSS = "loss"

COSTS = {"parameters": "minimize", "seconds": "minimize", "inference_us": "minimize"}
"""The objectives that a sweep can have only beside others, each with its direction."""

DIRECTIONS = ("maximize", "minimize")

PERCENT = 100

HIGHER_IS_BETTER = ("accuracy", "acc", "auc", "precision", "recall", "f1", "f1_score")
LOWER_IS_BETTER = (
    *("loss", "mae", "mse", "rmse", "mape", "mean_absolute_error", "mean_squared_error"),
    *("root_mean_squared_error", "mean_absolute_percentage_error"),
)
NEGATIONS = {"neg", "negative", "negated", "minus", "not", "inverse", "inverted", "inv", "complement"}
"""Words that turn what a name says around, as in scikit-learn's "neg_mean_squared_error"."""


def default_direction(objective: str) -> str | None:
    """Which way an objective is better: "maximize" or "minimize"; None if its name does not tell.

    A metric of one of several outputs has the output's name before its own, as in "val_price_mae". A name with a word
    in it that turns it around, as in "val_neg_log_loss", tells nothing.

    Args:
        objective: name of the objective, such as "val_accuracy" or "parameters".
    """
    if objective in COSTS:
        return COSTS[objective]
    name = "_" + objective.removeprefix(VAL)
    if NEGATIONS & set(name.split("_")):
        return None
    for direction, endings in (("maximize", HIGHER_IS_BETTER), ("minimize", LOWER_IS_BETTER)):
        if any(name.endswith("_" + ending) for ending in endings):
            return direction
    return None


def refuse_no_share(metrics: Mapping[str, float], prefix: str = "") -> None:
    """Refuse an accuracy that is no share of right answers, such as one in percent: boards and verdicts take it as one.

    Args:
        metrics: metrics by their names in Keras.
        prefix: what is before a name in the message. Default: nothing.

    Raises:
        InputError: if there is an accuracy below 0 or above 1.
    """
    accuracy = metrics.get(ACCURACY, 0.0)
    if accuracy < 0 or accuracy > 1:
        raise InputError(
            f"{prefix}{ACCURACY} must be a share of right answers, 0 to 1, but got {accuracy:g}; divide percents by "
            "100, and give what is no such share another name"
        )


def is_metric(objective: str) -> bool:
    """Whether a name is that of a metric on the validation examples."""
    return objective.startswith(VAL) and len(objective) > len(VAL)


def is_share(metric: str) -> bool:
    """Whether a metric, named without "val_", is a share of right answers, and so written in percent."""
    return metric in (ACCURACY, "acc") or metric.endswith(("_accuracy", "_acc"))


def in_points(value: float, metric: str) -> float:
    """A difference of a metric's values in the unit in which it is written: percentage points of shares."""
    return value * PERCENT if is_share(metric) else value


def from_points(value: float, metric: str) -> float:
    """A difference in a metric's own unit, from the unit in which it is written."""
    return value / PERCENT if is_share(metric) else value
