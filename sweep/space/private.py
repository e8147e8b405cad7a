"""What of Optuna a space's suggestions need and Optuna does not document; the ledger's part is `sweep.study.private`.

`tests/space/test_private.py` fails when Optuna changes one of them.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from typing import Any

import optuna
from optuna.distributions import BaseDistribution

from sweep.errors import InputError, SweepError, describe

CHANGED_CHOICES = "dynamic value space"
"""In what Optuna raises when a categorical parameter's choices are not those of an earlier trial of the study."""
CHANGED_KIND = "different distribution kind"
"""In what Optuna raises when a parameter was once a float, an int or a choice, and now is another of these."""


def suggested_names(error: BaseException) -> list[str]:
    """The names of the parameters that were being suggested when an error was raised; none if it was the space's own.

    Every `suggest_...` of a trial goes through its `_suggest`, whose argument `name` is looked up on the stack: without
    that a sampler's fault would be told as the space's.
    """
    return [
        str(frame.f_locals.get("name"))
        for frame, _ in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_name == "_suggest" and "optuna" in frame.f_code.co_filename
    ]


def fault(error: BaseException) -> SweepError:
    """The error to raise: about the sampler if it was raised inside a suggestion, else about the space."""
    suggesting = suggested_names(error)
    if not suggesting and isinstance(error, AttributeError) and isinstance(error.obj, optuna.trial.BaseTrial):
        return InputError(
            "space(trial) must use what a trial of known values, such as the baseline's, has too: suggest_..., params, "
            f"distributions, number; but it used trial.{error.name}; suggest or compute the value without it"
        )
    if not suggesting:
        return InputError(f"space(trial) raised {describe(error)}")
    if CHANGED_CHOICES in str(error):
        return InputError(
            f"a parameter's choices must always be the same, but those of {suggesting[0]} changed; "
            "give the other choices another name"
        )
    if CHANGED_KIND in str(error):
        return InputError(
            f"a parameter must always be suggested in the same way, but {suggesting[0]} was once a float, "
            "an int or a choice, and now is another of these; give the other one another name"
        )
    return SweepError(f"the sampler failed to suggest {suggesting[0]}: {describe(error)}")


class CheckedFixedTrial(optuna.trial.FixedTrial):
    """A fixed trial whose every suggestion is looked at first. Optuna's own only warns of values outside the space."""

    def __init__(self, params: Mapping[str, Any], number: int = 0) -> None:
        super().__init__(dict(params), number)
        self.fixed = params

    def check(self, name: str, distribution: BaseDistribution) -> None:
        """Called with each suggestion before Optuna answers it, to raise what is wrong with it, if anything."""

    def _suggest(self, name: str, distribution: BaseDistribution) -> Any:
        self.check(name, distribution)
        other = self.distributions.get(name, distribution)
        if other != distribution:
            raise InputError(
                f"space(trial) must suggest a name from one range in each configuration, but it suggested {name} from "
                f"{other}, and then from {distribution}; give one of the two another name"
            )
        return super()._suggest(name, distribution)
