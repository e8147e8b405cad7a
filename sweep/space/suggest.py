"""What a space suggests: its params checked, its distributions known, the baseline inside it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, distribution_to_json

from sweep.errors import InputError, SweepError, describe
from sweep.space.given import GivenTrial, SameTrial, changing
from sweep.space.metrics import TEST, VAL
from sweep.space.numbers import MAX_INT
from sweep.space.private import fault
from sweep.space.sweep import Params, Sweep, model_params
from sweep.space.trial import trial_for_space
from sweep.space.values import KINDS, PLAIN, leaves, plain, refuse_enum

SAMPLES = 64
"""Number of random configurations that a space is tried with."""
RESERVED = frozenset(
    "rank trial is_baseline state val_loss test_loss val_accuracy test_accuracy vs_baseline duration_seconds "
    "parameters seed precision dataset node error confirmed_mean confirmed_sd confirmed_seeds diff_low diff_high "
    "verdict inference_us front".split()
)
"""Names that a parameter can't have: the board's own columns, but for `epochs`, which a trial may have of its own."""


@dataclass(frozen=True)
class Suggestion:
    """One configuration that a space suggests. Get it with `suggest`.

    Args:
        params: all params of the configuration: what the space suggests, and the constants that it returns besides.
        ingredients: the names of those that the space suggests and does not return, which the model is not given.
        suggested: the names of all that the space suggests.
    """

    params: Params
    ingredients: tuple[str, ...] = ()
    suggested: tuple[str, ...] = ()

    @property
    def suggested_params(self) -> Params:
        """The params that the space suggests, without constants."""
        return {name: self.params[name] for name in self.suggested}

    @property
    def model_params(self) -> Params:
        """The params that the model is built from: those that the space returns."""
        return model_params(self.params, self.ingredients)


def suggest_params(sweep: Sweep, trial: optuna.trial.BaseTrial) -> Params:
    """All params of one configuration that a sweep's space suggests; see `suggest`."""
    return suggest(sweep, trial).params


def suggest(sweep: Sweep, trial: optuna.trial.BaseTrial) -> Suggestion:
    """Ask a sweep's space for one configuration.

    Args:
        sweep: the sweep.
        trial: the Optuna trial that the space suggests values on.

    Raises:
        InputError: if the space raises, or returns something other than flat params.
        SweepError: if the sampler raises.
    """
    try:
        trial = trial_for_space(trial)
        return _checked(sweep.space(trial), trial)
    except (InputError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise fault(error) from error


def _suggest_without_sampler(sweep: Sweep, trial: optuna.trial.BaseTrial) -> Suggestion:
    """`suggest` on a trial in which the user's sampler has no part, so that every error is the space's."""
    try:
        return suggest(sweep, trial)
    except InputError:
        raise
    except SweepError as error:
        raise InputError(f"a range or a choice must be one that Optuna can draw from, but {error}") from error


def _checked(returned: object, trial: optuna.trial.BaseTrial) -> Suggestion:
    if not isinstance(returned, dict):
        raise InputError(f"space(trial) must return a dict of params, but it returned {type(returned).__name__}")
    suggested = trial.params
    ingredients = {name: value for name, value in suggested.items() if name not in returned}
    params = {name: plain(value) for name, value in {**ingredients, **returned}.items()}
    for name, value in params.items():
        _check_param(name, value)
    return Suggestion(params, tuple(ingredients), tuple(suggested))


def _check_param(name: object, value: object) -> None:
    if not isinstance(name, str) or not name:
        raise InputError(f"params must be named by strings, but space(trial) returned the name {name!r}")
    if name in RESERVED or name.startswith((VAL, TEST)):
        raise InputError(f"params can't be named like a column of the board, but space(trial) returned {name!r}")
    refuse_enum(name, value)
    for leaf in leaves(value):
        if type(leaf) not in PLAIN:
            raise InputError(f"params must be {KINDS}, but {name} {_is_a(value, leaf)}")
        if isinstance(leaf, float) and not math.isfinite(leaf):
            raise InputError(f"params must be finite, but {name} is {value}")
        if isinstance(leaf, int) and not -MAX_INT <= leaf <= MAX_INT:
            raise InputError(f"whole params must be from -{MAX_INT} to {MAX_INT}, but {name} is not")


def _is_a(value: Any, leaf: Any) -> str:
    return f"is a {type(leaf).__name__}" if leaf is value else f"has a {type(leaf).__name__} in it"


def baseline_params(sweep: Sweep) -> tuple[Params, Params]:
    """The baseline's params, constants included, and those of them that the space suggests.

    Raises:
        InputError: if the baseline lacks a suggested parameter, has one that the space does not know, or lies outside
            the space.
    """
    baseline, _ = _given(sweep, "baseline", sweep.baseline)
    return baseline.params, baseline.suggested_params


def enqueued(sweep: Sweep) -> list[Suggestion]:
    """The known configurations that a sweep tries right after the baseline.

    Raises:
        InputError: if one of them is not as complete as the baseline must be, or lies outside the space.
    """
    return [_given(sweep, f"enqueue[{index}]", given)[0] for index, given in enumerate(sweep.enqueue)]


def known_configuration(sweep: Sweep, place: str, params: Params) -> Suggestion:
    """What a space makes of params from elsewhere, called `place` in messages; what it does not suggest is left out.

    Raises:
        InputError: if a suggested parameter is missing or lies outside the space.
    """
    return _suggest_without_sampler(sweep, GivenTrial(place, params))


def _given(sweep: Sweep, place: str, configuration: Mapping[str, Any]) -> tuple[Suggestion, optuna.trial.BaseTrial]:
    """A configuration of the file, which stands there at `place`, and the trial on which the space suggested it."""
    values = {name: plain(value) for name, value in configuration.items()}
    for name, value in values.items():
        refuse_enum(name, value)
        if wrong := [leaf for leaf in leaves(value) if type(leaf) not in PLAIN]:
            raise InputError(f"{place} must give {KINDS}, but {name} {_is_a(value, wrong[0])}")
    trial = GivenTrial(place, values)
    try:
        suggestion = _suggest_without_sampler(sweep, trial)
    except InputError as error:
        _refuse_changing_error(sweep, GivenTrial(place, values), error)
        raise
    params = suggestion.params
    if extra := [name for name in values if name not in params]:
        raise InputError(
            f"{place} must name only what the space suggests or returns for it ({', '.join(params)}), "
            f"but it also has {', '.join(extra)}"
        )
    for name, value in values.items():
        if params[name] != value:
            raise InputError(f"{place} must agree with the space, which returns {name}={params[name]!r}, not {value!r}")
    return suggestion, trial


@dataclass(frozen=True)
class Explored:
    """What the baseline and random configurations show of a space. Get it with `explore`.

    Args:
        suggestions: the baseline, and after it `SAMPLES` random configurations.
        ranges: the distributions that each parameter is suggested from in one of these or another, by name.
        enqueued: the known configurations that are tried right after the baseline. Default: none.
    """

    suggestions: list[Suggestion]
    ranges: dict[str, list[BaseDistribution]]
    enqueued: list[Suggestion] = field(default_factory=list)

    @property
    def distributions(self) -> dict[str, BaseDistribution]:
        """The distribution that each parameter was suggested from last, by name."""
        return {name: distributions[-1] for name, distributions in self.ranges.items()}

    @property
    def baseline(self) -> Params:
        """The baseline's params, constants and ingredients included."""
        return self.suggestions[0].params

    @property
    def samples(self) -> list[Params]:
        """The params of the random configurations, constants and ingredients included."""
        return [suggestion.params for suggestion in self.suggestions[1:]]


def explore(sweep: Sweep) -> Explored:
    """Ask a space for the baseline, the configurations to enqueue and `SAMPLES` random ones, the same ones each time.

    The baseline, and each configuration with a name that none before it had, is asked for twice.

    Raises:
        InputError: if the space fails on one of them, suggests a parameter from distributions that change or that
            the ledger can't hold, does not contain the baseline or a configuration to enqueue, or returns something
            else the second time.
    """
    baseline, trial = _given(sweep, "baseline", sweep.baseline)
    _refuse_changing(sweep, trial, baseline)
    known = enqueued(sweep)
    sampled = _sampled(sweep, SAMPLES, set(baseline.params))
    ranges: dict[str, list[BaseDistribution]] = {}
    for suggested in (trial.distributions, *(suggested for _, suggested in sampled)):
        for name, distribution in suggested.items():
            others = [other for other in ranges.get(name, []) if other != distribution]
            ranges[name] = [*others, distribution]
    for name, alternatives in ranges.items():
        for distribution in alternatives:
            _check_storable(name, distribution)
    return Explored([baseline, *(suggestion for suggestion, _ in sampled)], ranges, known)


def _check_storable(name: str, distribution: BaseDistribution) -> None:
    try:
        distribution_to_json(distribution)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"a parameter must be suggested from plain values that JSON can hold, but {name} is not: {describe(error)}"
        ) from error


def sample_params(sweep: Sweep, count: int) -> list[Params]:
    """All params of `count` random configurations; see `sample`."""
    return [suggestion.params for suggestion in sample(sweep, count)]


def sample(sweep: Sweep, count: int) -> list[Suggestion]:
    """Some random configurations, the same ones each time.

    Raises:
        InputError: if the space fails on one of them.
    """
    return [suggestion for suggestion, _ in _sampled(sweep, count)]


def _sampled(
    sweep: Sweep, count: int, asked_twice: set[str] | None = None
) -> list[tuple[Suggestion, dict[str, BaseDistribution]]]:
    """Some random configurations, each with its distributions by name.

    Args:
        sweep: the sweep.
        count: number of configurations.
        asked_twice: names of params; a configuration with another one is asked for twice. Default: none is.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Optuna's warnings about a space are shown when it is really sampled
        study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
        sampled = []
        for _ in range(count):
            trial = study.ask()
            suggestion = _suggest_without_sampler(sweep, trial)
            if asked_twice is not None and not asked_twice.issuperset(suggestion.params):
                asked_twice.update(suggestion.params)
                _refuse_changing(sweep, trial, suggestion)
            sampled.append((suggestion, trial.distributions))
    return sampled


def _refuse_changing(sweep: Sweep, trial: optuna.trial.BaseTrial, suggestion: Suggestion) -> None:
    """Ask a space again for what it returned on a trial, and refuse it if that is something else now."""
    params, again = suggestion.model_params, _suggest_without_sampler(sweep, SameTrial(trial)).model_params
    absent = object()
    for name in {**params, **again}:
        before, after = params.get(name, absent), again.get(name, absent)
        if before != after:
            first, second = (f"no {name}" if value is absent else f"{name}={value!r}" for value in (before, after))
            raise changing(f"it returned {first}, and then {second}")


def _refuse_changing_error(sweep: Sweep, trial: optuna.trial.BaseTrial, error: InputError) -> None:
    """Ask a space again that refused a configuration, as it may say something else the second time."""
    second = "not"
    try:
        _suggest_without_sampler(sweep, trial)
    except InputError as again:
        second = str(again)
    if second != str(error):
        raise changing(f"first {error}, and then {second}")
