"""Samplers: one of which some parameters are fixed, as `run --set` asks for it, and what is said if one fails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, GridSampler
from optuna.trial import FrozenTrial, TrialState

from sweep.errors import InputError, SweepError, describe
from sweep.space.given import contains, range_text
from sweep.study.schema import EXHAUSTED


class FixedParamsSampler(BaseSampler):
    """Another sampler, but with fixed values of some parameters. What is enqueued keeps its own values.

    It does what Optuna's `PartialFixedSampler` does, which is experimental, and refuses what lies outside a range that
    depends on other parameters, where that one only warns.

    Args:
        fixed: the values by the parameters' names, as Optuna has them.
        base: the sampler that draws all other parameters.
    """

    def __init__(self, fixed: Mapping[str, Any], base: BaseSampler) -> None:
        self._fixed = fixed
        self.base = base

    def reseed_rng(self) -> None:
        """Seed the other sampler anew."""
        self.base.reseed_rng()

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """What the other sampler draws jointly, without what is fixed."""
        space = self.base.infer_relative_search_space(study, trial)
        return {name: distribution for name, distribution in space.items() if name not in self._fixed}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """What the other sampler draws jointly."""
        return self.base.sample_relative(study, trial, search_space)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """The fixed value, or what the other sampler draws.

        Raises:
            InputError: if the fixed value is none that the space suggests for this trial.
        """
        if param_name not in self._fixed:
            return self.base.sample_independent(study, trial, param_name, param_distribution)
        value = self._fixed[param_name]
        if not contains(param_distribution, value):
            raise InputError(
                f"--set must lie inside the space, but got {value}, and in this configuration "
                f"{param_name} is {range_text(param_distribution)}"
            )
        return value

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Let the other sampler prepare a trial."""
        self.base.before_trial(study, trial)

    def after_trial(self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None) -> None:
        """Let the other sampler take note of a trial's end."""
        self.base.after_trial(study, trial, state, values)


def base_sampler(sampler: BaseSampler) -> BaseSampler:
    """The sampler that draws what is not fixed."""
    return sampler.base if isinstance(sampler, FixedParamsSampler) else sampler


def is_exhausted(study: Study) -> bool:
    """Whether a study's sampler has nothing left to try, and nothing is enqueued."""
    sampler = base_sampler(study.sampler)
    if study.user_attrs.get(EXHAUSTED) != type(sampler).__name__:
        return False
    if isinstance(sampler, GridSampler) and not sampler.is_exhausted(study):
        return False
    return not study.get_trials(deepcopy=False, states=(TrialState.WAITING,))


@contextmanager
def failing_as(role: str) -> Iterator[None]:
    """Turn what the user's own sampler or pruner raises into a SweepError of one message."""
    try:
        yield
    except (OSError, SweepError):
        raise
    except Exception as error:
        raise SweepError(f"the {role} failed: {describe(error)}") from error
