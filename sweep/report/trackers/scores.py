"""The scores of a trial by the names that trackers show them by, as numbers that all of them take."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sweep.space.metrics import TEST, VAL
from sweep.study.records import TrialRecord
from sweep.training.messages import EPOCH


def rung_scores(point: Mapping[str, float]) -> dict[str, float]:
    """What a trial measured at a rung: `val_accuracy` and so on, where it is a number.

    Args:
        point: a point of the trial's curve.
    """
    return _finite({name: value for name, value in point.items() if name.startswith(VAL)})


def epoch_scores(point: Mapping[str, float]) -> dict[str, float]:
    """What a trial measured over a whole epoch: `epoch_loss`, `epoch_val_accuracy` and so on, where it is a number.

    Args:
        point: a point of the trial's history.
    """
    if point[EPOCH] != int(point[EPOCH]):
        return {}  # a train function's, which may report within an epoch; trackers count in whole steps
    return _finite({f"epoch_{name}": value for name, value in point.items() if name != EPOCH})


def end_scores(trial: TrialRecord, metric: str, anchor: float | None) -> dict[str, float]:
    """What is known of a trial at its end: `test_accuracy` and so on, `vs_baseline`, and what it cost.

    Args:
        trial: record of the trial.
        metric: name in Keras of the metric that trials are compared by.
        anchor: the baseline's test score; None while it is not known.
    """
    scores: dict[str, float | None] = {TEST + name: value for name, value in trial.test.items()}
    tested = trial.test.get(metric)
    scores["vs_baseline"] = None if tested is None or anchor is None else tested - anchor
    scores["duration_seconds"] = trial.last.get("seconds")
    scores["parameters"] = trial.parameters
    scores["inference_us"] = trial.inference_us
    return _finite(scores)


def _finite(scores: Mapping[str, float | None]) -> dict[str, float]:
    return {name: float(value) for name, value in scores.items() if value is not None and math.isfinite(value)}
