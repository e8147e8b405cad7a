"""Which metric the trials of a study are compared by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sweep.space.metrics import ACCURACY, LOSS, VAL, is_metric


def compared_metric(objectives: Sequence[str], tests: Sequence[Mapping[str, float]]) -> str:
    """The name in Keras of the metric that trials are compared by: that of the first objective that is one.

    The loss is that only if no other metric is an objective. Where all objectives are costs, it is the accuracy, or the
    first metric that was measured if the model has none.

    Args:
        objectives: names of the study's objectives.
        tests: what each trial was tested by.
    """
    names = [name.removeprefix(VAL) for name in objectives if is_metric(name)]
    if not names:
        measured = next((list(test) for test in tests if test), [ACCURACY])
        names = [ACCURACY] if ACCURACY in measured else measured
    if names == [LOSS] and len(objectives) > 1 and not any(LOSS in test for test in tests):
        return ACCURACY  # 0.1.0 kept no test loss
    return next((name for name in names if name != LOSS), names[0])
