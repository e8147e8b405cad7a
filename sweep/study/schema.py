"""Names of what a study keeps in its journal as attributes of the Optuna study and of its trials.

They are read by later versions, so a name that was once written keeps its meaning.
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
"""Begins the name of each finished confirming run, `sweep:confirm:TRIAL:INDEX`."""
CONFIRM_SEEDS = "sweep:confirm_seeds"
EXHAUSTED = "sweep:exhausted"
"""The kind of sampler that has nothing left to try."""

PRUNED_AT = "pruned_at"
CURVE_POINT = ("step", "epochs", "val_accuracy", "val_loss", "seconds")
"""What the attribute `curve` of a trial keeps of each measurement."""


def environment_index(environment: str, study: optuna.Study) -> int:
    """The place of an environment in the study's list of all that differ, where it is entered if it is new.

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
