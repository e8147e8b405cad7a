"""Names of the attributes of the Optuna study and of its trials, in which a study's journal keeps what is ours.

Later versions read them too, so a name that was once written keeps its meaning.
"""

from __future__ import annotations

import json

import optuna

from sweep.training.environment import Environment

DEFINITION = "sweep:definition"
ORIGIN = "sweep:origin"
PRECISION = "sweep:precision"
ENVIRONMENTS = "sweep:environments"
CONFIRMING = "sweep:confirm:"
"""How the attribute of each finished confirming run begins, `sweep:confirm:TRIAL:INDEX`."""
CONFIRM_SEEDS = "sweep:confirm_seeds"
EXHAUSTED = "sweep:exhausted"
"""The class name of the sampler that has nothing left to try."""

PRUNED_AT = "pruned_at"
CURVE_POINT = ("step", "epochs", "val_accuracy", "val_loss", "seconds")
"""The fields of each measurement that a trial's attribute `curve` keeps."""


def environment_index(environment: str, study: optuna.Study) -> int:
    """The index of an environment in the study's list of different ones, to which it is added if it is new.

    Args:
        environment: an `Environment` as JSON.
        study: the Optuna study, open for writing.
    """
    item: Environment = json.loads(environment)
    known: list[Environment] = study.user_attrs.get(ENVIRONMENTS, [])
    if item not in known:
        known = [*known, item]
        study.set_user_attr(ENVIRONMENTS, known)
    return known.index(item)
