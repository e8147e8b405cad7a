"""The names of what is measured: metrics of a model and costs, and which way each of them is better."""

from __future__ import annotations

VAL = "val_"
"""How the name of a metric begins that is measured on the validation examples."""
TEST = "test_"
"""How the name of a metric begins that is measured on the test examples."""

ACCURACY = "accuracy"
LOSS = "loss"

COSTS = {"parameters": "minimize", "seconds": "minimize", "inference_us": "minimize"}
"""The objectives that a sweep can have only beside others, each with its direction."""

DIRECTIONS = ("maximize", "minimize")

HIGHER_IS_BETTER = ("accuracy", "acc", "auc", "precision", "recall", "f1", "f1_score")
LOWER_IS_BETTER = (
    *("loss", "mae", "mse", "rmse", "mape", "mean_absolute_error", "mean_squared_error"),
    *("root_mean_squared_error", "mean_absolute_percentage_error"),
)


def default_direction(objective: str) -> str | None:
    """Which way an objective is better: "maximize" or "minimize"; None if its name does not tell.

    A metric of one of several outputs has the output's name before its own, as in "val_price_mae".

    Args:
        objective: name of the objective, such as "val_accuracy" or "parameters".
    """
    if objective in COSTS:
        return COSTS[objective]
    name = "_" + objective.removeprefix(VAL)
    for direction, endings in (("maximize", HIGHER_IS_BETTER), ("minimize", LOWER_IS_BETTER)):
        if any(name.endswith("_" + ending) for ending in endings):
            return direction
    return None


def is_metric(objective: str) -> bool:
    """Whether a name is that of a metric on the validation examples."""
    return objective.startswith(VAL) and len(objective) > len(VAL)


def is_share(metric: str) -> bool:
    """Whether a metric, named without "val_", is a share of right answers, and so written in percent."""
    return metric in (ACCURACY, "acc") or metric.endswith(("_accuracy", "_acc"))
