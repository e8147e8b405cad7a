"""What must hold in a study's journal besides the types of its values: a person may have edited it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from optuna.distributions import json_to_distribution

from sweep.errors import InputError, describe
from sweep.sanitize import one_line
from sweep.space.metrics import ACCURACY, COSTS, DIRECTIONS, VAL, is_metric
from sweep.space.numbers import MAX_INT
from sweep.space.suggest import RESERVED
from sweep.space.sweep import MAX_CONFIRM_SEEDS, Params, as_tuple
from sweep.space.values import PLAIN, leaves
from sweep.study.schema import CURVE_POINT
from sweep.training.messages import EPOCH

if TYPE_CHECKING:
    from sweep.study.confirming_run import ConfirmingRun
    from sweep.study.definition import Definition
    from sweep.study.records import StudyRecord, TrialRecord

Fact = tuple[str, object, bool]
"""What a value is, the value itself, and whether it can be one that was written."""
MAX_SHOWN_CHARS = 200
"""Maximum number of characters of a wrong value in the message."""


@contextmanager
def as_written(name: str) -> Iterator[None]:
    """Meanwhile whatever fails because a value in a study's journal is of a wrong kind is one message.

    Args:
        name: name of the study.

    Raises:
        InputError: if something failed.
    """
    try:
        yield
    except (TypeError, ValueError, AttributeError, LookupError, ArithmeticError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"the journal of study {name!r} must be as it was written, but a value in it is of a wrong kind: "
            f"{describe(error)}; was it edited by hand?"
        ) from error


def check_record(study: StudyRecord) -> None:
    """Refuse a study with a value that can't have been written: an index of nothing, an accuracy above 1.

    Raises:
        InputError: if there is one.
    """
    for what, value, holds in _facts(study):
        if not holds:
            raise InputError(
                f"the journal of study {study.name!r} must be as it was written, but a value in it is of a wrong kind: "
                f"{what} is {one_line(repr(value), MAX_SHOWN_CHARS)}; was it edited by hand?"
            )


def _facts(study: StudyRecord) -> Iterator[Fact]:
    yield from _facts_of_definition(study.definition)
    for trial in study.trials:
        yield from _facts_of_trial(trial, len(study.environments))
    for run in study.confirming:
        yield from _facts_of_run(run, len(study.trials), len(study.environments))
    for number, seeds in study.confirm_seeds.items():
        holds = number in range(len(study.trials)) and seeds in range(MAX_CONFIRM_SEEDS + 1)
        yield f"the number of confirming runs of trial {number}", seeds, holds
    if study.until_sure is not None:
        yield "the margin of the verdicts", study.until_sure.margin, _is_amount(study.until_sure.margin)
        yield "the number of runs before", study.until_sure.fixed_runs, study.until_sure.fixed_runs >= 0
        race = study.until_sure.race
        yield "the race", race, len(set(race)) == len(race) and set(race) <= set(range(1, len(study.trials)))


def _facts_of_definition(definition: Definition) -> Iterator[Fact]:
    names, directions, steps = as_tuple(definition.objective), as_tuple(definition.direction), definition.steps
    costs = COSTS if len(names) > 1 else ()
    known = all(is_metric(name) or name in costs for name in names)
    yield "objective", definition.objective, known and 0 < len(names) == len(set(names))
    yield "direction", definition.direction, len(directions) == len(names) and set(directions) <= set(DIRECTIONS)
    yield "steps", steps, steps == sorted({*steps, 100}) and steps[0] > 0 and steps[-1] == 100
    yield "epochs", definition.epochs, definition.epochs > 0
    yield "validation_images", definition.validation_images, (definition.validation_images or 0) >= 0
    yield "input_shape", definition.input_shape, all(size > 0 for size in definition.input_shape)
    yield "baseline", definition.baseline, _are_params(definition.baseline)
    for text in definition.distributions.values():
        json_to_distribution(text)


def _facts_of_trial(trial: TrialRecord, environments: int) -> Iterator[Fact]:
    of = f"of trial {trial.number}"
    yield f"params {of}", trial.params, _are_params(trial.params)
    yield from ((f"test_{name} {of}", value, _is_score(name, value)) for name, value in trial.test.items())
    yield f"parameters {of}", trial.parameters, (trial.parameters or 0) >= 0
    yield f"workers_lost {of}", trial.workers_lost, trial.workers_lost >= 0
    yield f"inference_us {of}", trial.inference_us, _is_amount(trial.inference_us)
    yield f"environments {of}", trial.environments, set(trial.environments) <= set(range(environments))
    for point in trial.curve:
        amounts = all(_is_amount(point.get(name)) for name in ("step", "epochs", "seconds"))
        scores = all(_is_score(name.removeprefix(VAL), value) for name, value in point.items() if name.startswith(VAL))
        holds = amounts and set(CURVE_POINT) <= point.keys() and scores
        yield f"a point of the curve {of}", point, holds
    for point in trial.history:
        yield f"a point of the history {of}", point, EPOCH in point and _is_amount(point[EPOCH])


def _facts_of_run(run: ConfirmingRun, trials: int, environments: int) -> Iterator[Fact]:
    of = "of a confirming run"
    yield f"trial {of}", run.trial, run.trial in range(trials)
    yield f"index {of}", run.index, run.index in range(MAX_CONFIRM_SEEDS)
    yield from ((f"test_{name} {of}", value, _is_score(name, value)) for name, value in run.test.items())
    yield f"seconds {of}", run.seconds, _is_amount(run.seconds)
    yield f"environment {of}", run.environment, run.environment is None or run.environment in range(environments)


def _are_params(params: Params) -> bool:
    """Whether params are such as a space may suggest, and so have a column of their own on the board."""
    values = [leaf for value in params.values() for leaf in leaves(value)]
    plain = all(type(value) in PLAIN and _is_finite(value) for value in values)
    return plain and all(name and name not in RESERVED for name in params)


def _is_finite(value: object) -> bool:
    if isinstance(value, int):
        return -MAX_INT <= value <= MAX_INT
    return not isinstance(value, float) or math.isfinite(value)


def _is_score(metric: str, value: float) -> bool:
    return metric != ACCURACY or math.isnan(value) or 0 <= value <= 1


def _is_amount(value: float | None) -> bool:
    return value is None or 0 <= value < math.inf
