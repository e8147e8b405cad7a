"""Parameters that came into a space while its study went on: what the trials before were trained with instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import optuna

from sweep.space.sweep import Params
from sweep.space.values import as_json, from_json
from sweep.study.definition import Definition
from sweep.study.schema import ADDED
from sweep.training.network import Network

BEFORE, VALUE = "before", "value"
"""What is kept of an added parameter: the number of trials that there were, and what they were trained with."""


def added_params(began_as: Definition, definition: Definition, *, built_in: bool) -> Params:
    """The params that are new in a baseline which is still the same model: the built-in network's defaults.

    What a model function of the user's own would do without a param is not known. A param that it was given as a
    constant, and that is suggested now, is in both baselines.

    Args:
        began_as: the study's definition.
        definition: that of the sweep which is to go on.
        built_in: whether trials are of the built-in network.
    """
    defaults = {item.name: item.default for item in fields(Network)} if built_in else {}
    new = {name: value for name, value in definition.baseline.items() if name not in began_as.baseline}
    return {
        name: value
        for name, value in new.items()
        if name in defaults and value == defaults[name] and not isinstance(value, bool)
    }


def note_additions(study: optuna.Study, added: Params) -> None:
    """Write down which params are new, and that the trials there are were trained with these values."""
    before = len(study.get_trials(deepcopy=False))
    entries = {name: {VALUE: as_json(value), BEFORE: before} for name, value in added.items()}
    study.set_user_attr(ADDED, {**study.user_attrs.get(ADDED, {}), **entries})


def additions_before(attrs: Mapping[str, Any], number: int) -> Params:
    """The params that came into the space only after a trial, with what it was trained with.

    Args:
        attrs: the Optuna study's attributes.
        number: number of the trial.
    """
    added = attrs.get(ADDED, {})
    return {name: from_json(entry[VALUE]) for name, entry in added.items() if number < entry[BEFORE]}
