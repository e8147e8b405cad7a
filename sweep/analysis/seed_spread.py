"""How much a score varies from seed to seed, as the confirming runs of a study show it."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

from sweep.study.records import StudyRecord


@dataclass(frozen=True)
class SeedSpread:
    """The spread of a metric over seeds, in the metric's own unit. Get it with `seed_spread`.

    Args:
        sd: standard deviation of the scores of one configuration, pooled over configurations.
        freedom: degrees of freedom of `sd`: the number of runs, less one for each configuration.
    """

    sd: float
    freedom: int


def seed_spread(study: StudyRecord, metric: str) -> SeedSpread | None:
    """The spread of a metric's test scores over the seeds of the confirming runs; None if no trial has two of them.

    Method: the pooled standard deviation, as in the analysis of variance (Fisher 1925, "Statistical Methods for
    Research Workers"): the squared deviations of the runs from their own trial's mean, all together, over their degrees
    of freedom. It assumes that seeds matter about as much to all confirmed trials. The runs were trained on all
    training examples and measured on the test set; on a validation split that is smaller, a score varies rather more.

    Args:
        study: the study's record.
        metric: name of the metric in Keras.
    """
    scores: dict[int, list[float]] = {}
    for run in study.confirming:
        if math.isfinite(run.test.get(metric, math.nan)) and not study.by_other_code(run):
            scores.setdefault(run.trial, []).append(run.test[metric])
    freedom = sum(len(runs) - 1 for runs in scores.values())
    if freedom == 0:
        return None
    squares = sum((len(runs) - 1) * statistics.variance(runs) for runs in scores.values() if len(runs) > 1)
    return SeedSpread(math.sqrt(squares / freedom), freedom)
