"""Which parameters tell the best trials from the others, and how sure that is."""

from __future__ import annotations

import math
import random
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
    json_to_distribution,
)
from optuna.importance import PedAnovaImportanceEvaluator

from sweep.errors import InputError
from sweep.space.metrics import VAL
from sweep.study.opening import optuna_quiet
from sweep.study.records import StudyRecord, TrialRecord

BEST_SHARE = 0.25
"""The share of trials that count as the best; Optuna's own tenth would be two of 24."""
FEWEST = 4
MOST = 150
"""How many trials are asked at most, evenly spread over the study: more change nothing that can be seen."""
RESAMPLES = 100
EXACT = 2**53
"""Up to here a float is a whole number exactly; beyond, Optuna finds a whole number outside its own range."""
SEED = 0


@dataclass(frozen=True)
class Importance:
    """How much one parameter matters, as a share of all. Get it with `importances`.

    Args:
        name: name of the parameter.
        share: its importance, 0 to 1; all shares together are 1.
        low, high: ends of the 95 % interval over resampled trials.
    """

    name: str
    share: float
    low: float
    high: float


def importances(study: StudyRecord) -> list[Importance]:
    """The importance of each parameter of the space for being among the best quarter, the most important first.

    Method: PED-ANOVA (Watanabe et al. 2023, IJCAI), as Optuna has it: how much the distribution of a parameter among
    the best trials differs from that among all of them. Only completed trials count. The intervals come from the
    bootstrap (Efron 1979): the trials are drawn again with replacement, with a fixed seed.

    Raises:
        InputError: if fewer than four trials can be compared, or no parameter has two values.
    """
    trials = compared(study)
    if len(trials) < FEWEST:
        raise InputError(
            f"importance needs {FEWEST} completed trials at least, but study {study.name!r} has {len(trials)}"
        )
    distributions = _distributions(study, trials)
    if not distributions:
        raise InputError(
            "importance needs a parameter that has two values at least, but all completed trials are alike"
        )
    frozen = [_frozen(study, trial, distributions) for trial in trials]
    draw = random.Random(SEED)
    with optuna_quiet():
        shares = _shares(frozen, list(distributions))
        samples = [_shares(draw.choices(frozen, k=len(frozen)), list(distributions)) for _ in range(RESAMPLES)]
    ranked = sorted(shares, key=lambda name: -shares[name])
    return [Importance(name, shares[name], *_middle([sample[name] for sample in samples])) for name in ranked]


def compared(study: StudyRecord) -> list[TrialRecord]:
    """The trials that importance is asked of: completed ones, an even choice of `MOST` at most."""
    trials = [trial for trial in study.trials if trial.state == "COMPLETE"]
    trials = [trial for trial in trials if math.isfinite(trial.last.get(VAL + study.metric, math.nan))]
    return trials[:: max(1, math.ceil(len(trials) / MOST))]


def _distributions(study: StudyRecord, trials: Sequence[TrialRecord]) -> dict[str, BaseDistribution]:
    """The distribution of each parameter with two values at least, wide enough for every value that was tried."""
    result: dict[str, BaseDistribution] = {}
    for name, text in study.definition.distributions.items():
        values = [trial.params[name] for trial in trials if name in trial.params]
        if len({repr(value) for value in values}) > 1:
            result[name] = _covering(json_to_distribution(text), values)
    return result


def _covering(distribution: BaseDistribution, values: Sequence[Any]) -> BaseDistribution:
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) == len(values):
        match distribution:
            case IntDistribution(low=low, high=high, log=log):
                whole = [value for value in numbers if isinstance(value, int)]
                low, high = min([low, *whole]), max([high, *whole])
                if len(whole) == len(numbers) and max(abs(low), abs(high)) <= EXACT:
                    return IntDistribution(low, high, log=log)
                return FloatDistribution(min([low, *numbers]), max([high, *numbers]), log=log)
            case FloatDistribution(low=low, high=high, log=log):
                return FloatDistribution(min(low, *numbers), max(high, *numbers), log=log)
    return CategoricalDistribution(list(dict.fromkeys(map(repr, values))))


def _frozen(
    study: StudyRecord, trial: TrialRecord, distributions: Mapping[str, BaseDistribution]
) -> optuna.trial.FrozenTrial:
    """A trial as Optuna has it, its score such that lower is better."""
    known = {name: item for name, item in distributions.items() if name in trial.params}
    params = {
        name: repr(trial.params[name]) if isinstance(item, CategoricalDistribution) else trial.params[name]
        for name, item in known.items()
    }
    sign = -1 if study.higher_is_better else 1
    return optuna.trial.create_trial(value=sign * trial.last[VAL + study.metric], params=params, distributions=known)


def _shares(trials: Sequence[optuna.trial.FrozenTrial], names: list[str]) -> dict[str, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that few trials rank little is what the intervals say
        study = optuna.create_study(storage=optuna.storages.InMemoryStorage(), study_name="resampled")
        study.add_trials(trials)
        known = [name for name in names if any(name in trial.params for trial in trials)]
        values = PedAnovaImportanceEvaluator(target_quantile=BEST_SHARE).evaluate(study, known)
    total = sum(values.values())
    return {name: values.get(name, 0.0) / total if total > 0 else 1 / len(names) for name in names}


def _middle(values: Sequence[float]) -> tuple[float, float]:
    """The ends of the middle 95 % of some values."""
    ordered = sorted(values)
    cut = round(0.025 * (len(ordered) - 1))
    return ordered[cut], ordered[-1 - cut]
