"""What `run` and `check` do with a sweep before anything is trained."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields, replace
from typing import Any

import numpy as np
import optuna

from sweep.data.dataset import Dataset
from sweep.data.folds import refuse_few
from sweep.data.parts import Part, Tree, leaves
from sweep.data.sources import resolve
from sweep.data.streams import StreamPart
from sweep.errors import InputError
from sweep.execution.options import MARGIN_ALONE, RunOptions
from sweep.space.suggest import Explored, explore
from sweep.space.sweep import Params, Sweep
from sweep.study.definition import Definition
from sweep.study.events import FirstRungIsEarly
from sweep.training.batches import steps_until, total_steps
from sweep.training.keras_config import refuse_keras_config
from sweep.training.messages import TooLargeError, refuse_too_large
from sweep.training.network import InfeasibleError, Network, batch_size, trial_epochs, with_channels

ENOUGH_STEPS = 300
"""From so many training steps on, the first rung is not called early. That of the default sweep comes after 391."""

LATE_PERCENT = 50
"""From so many percent of a trial's epochs on, its rung is not called early, however short the whole trial is."""


def with_flags(sweep: Sweep, **flags: Any) -> Sweep:
    """The sweep with some fields replaced by flags, which are given by the fields' names; None replaces nothing.

    Raises:
        InputError: if a value is outside its range.
    """
    return replace(sweep, **{name: value for name, value in flags.items() if value is not None})


def overridden(sweep: Sweep, options: RunOptions) -> Sweep:
    """The sweep with some fields replaced by the flags of `run`.

    Raises:
        InputError: if a value is outside its range, a target is given for several objectives, a margin without
            `--until-sure`, or that flag where the file wants no confirming runs.
    """
    changed = with_flags(sweep, **options.of_sweep)
    if options.target is not None and changed.is_multi_objective:
        objectives = ", ".join(changed.directions)
        raise InputError(f"--target must have a single objective to look at, but the file has {objectives}")
    if options.margin is not None and not options.until_sure:
        raise InputError(MARGIN_ALONE)
    if options.until_sure and not changed.confirm_seeds:
        raise InputError("--until-sure must come with confirming runs, but confirm_seeds is 0")
    return changed


def prepare(sweep: Sweep, data: str) -> tuple[Dataset, Definition, Explored]:
    """Check a sweep's space, load its data and make the definition of its study; also returns what the space showed.

    Args:
        sweep: the sweep, flags included.
        data: value of the flag `--data`: "auto", the name of a data set or a path.

    Raises:
        InputError: if the space, the baseline or the data is wrong, or the baseline is larger than is allowed.
    """
    refuse_keras_config(built_in=sweep.is_built_in)
    explored = explore(sweep)
    check_params(sweep, explored)
    dataset = resolve(sweep.data, data)
    if dataset.comes_in_batches:
        _refuse_batches(sweep, explored)
    if sweep.folds is not None:
        if dataset.validation is not None:
            raise InputError("data must have no validation part with folds, which make one, but it has; leave out one")
        refuse_few(dataset.train, sweep.folds)
    if sweep.is_built_in:
        _refuse_other_than_labelled_images(dataset.train)
    _refuse_large_baseline(sweep, explored, dataset)
    return dataset, Definition.of(sweep, dataset, explored), explored


def _refuse_batches(sweep: Sweep, explored: Explored) -> None:
    """Refuse what can't be done with examples that come in batches.

    Raises:
        InputError: if that is asked for.
    """
    names = {"folds": sweep.folds, "train": sweep.train, "the built-in network": sweep.is_built_in or None}
    wrong = [name for name, value in names.items() if value is not None]
    if wrong:
        raise InputError(
            f"{wrong[0]} must have data that are arrays, but the data function returns datasets that come in batches; "
            "let it return arrays" + (", or give model=..." if sweep.is_built_in else "")
        )
    if "batch_size" in explored.distributions:
        raise InputError(
            "batch_size must be left out of the space where the data function returns datasets, which come in batches "
            "of their own, but it is suggested; let the data function return arrays to search over it"
        )


def _refuse_other_than_labelled_images(train: Part) -> None:
    """Refuse training data that the built-in network can't be trained on.

    Raises:
        InputError: if it is not one array of images with class labels.
    """
    if train.labels is None:
        raise InputError(
            f"the built-in network needs whole-number labels of shape (n,), but {_kinds(train.y, 'y_train')}; "
            f"give model=...{_label_remedy(train.y)}"
        )
    if not isinstance(train.x, np.ndarray) or train.x.ndim not in (3, 4):
        raise InputError(
            "the built-in network needs images, one array of shape (n, height, width) or (n, height, width, channels), "
            f"but {_kinds(train.x, 'x_train')}; give model=..."
        )


def _kinds(tree: Tree, name: str) -> str:
    """The dtypes and shapes of a tree's arrays, in words."""
    return " and ".join(
        f"{path} is {array.dtype} of shape (n{''.join(f', {size}' for size in array.shape[1:]) or ','})"
        for path, array in leaves(tree, name).items()
    )


def _label_remedy(y: Tree) -> str:
    """What to do, besides giving a model of one's own, if targets are class labels in another form."""
    if not isinstance(y, np.ndarray) or y.ndim > 2:
        return ""
    return ", or for one-hot labels: y.argmax(-1)" if y[0].size > 1 else ", or if they are classes: y.astype(int)"


def _refuse_large_baseline(sweep: Sweep, explored: Explored, dataset: Dataset) -> None:
    """Refuse a baseline of the built-in network that the constraints don't allow; another model must be built first.

    Raises:
        InputError: if it is too large.
    """
    if not sweep.is_built_in or sweep.max_parameters is None:
        return
    with suppress(InfeasibleError):  # which its trial, or `check`, tells
        network = Network.of(explored.suggestions[0].model_params)
        shape = with_channels(tuple(dataset.train.x.shape[1:]))
        try:
            refuse_too_large(network.parameters(shape, dataset.classes or 0), sweep.max_parameters)
        except TooLargeError as error:
            raise InputError(f"the baseline must keep the constraints, but {error}") from error


def early_first_rung(sweep: Sweep, dataset: Dataset, baseline: Params) -> FirstRungIsEarly | None:
    """The first rung of a sweep, if trials may be pruned there before their scores tell much; else None.

    Args:
        sweep: the sweep, flags included.
        dataset: the data set that its trials are trained on.
        baseline: the baseline's params, constants included.
    """
    percent = sweep.steps[0]
    total = training_steps(dataset, baseline, sweep.epochs)
    steps = steps_until(percent, total)
    prunes = not sweep.is_multi_objective and not isinstance(sweep.pruner, optuna.pruners.NopPruner)
    if (
        sweep.train is not None
        or sweep.folds is not None
        or not prunes
        or percent >= LATE_PERCENT
        or steps >= ENOUGH_STEPS
    ):
        return None
    return FirstRungIsEarly(percent, steps, total)


def training_steps(dataset: Dataset, params: Params, epochs: int) -> int:
    """Number of training steps of so many epochs of a trial in a search."""
    if isinstance(dataset.train, StreamPart):
        return dataset.train.batches * epochs
    return total_steps(dataset.trained_on, batch_size(params), epochs)


def check_params(sweep: Sweep, explored: Explored) -> None:
    """Refuse a space with params that no trial could use.

    Args:
        sweep: the sweep.
        explored: what `explore` showed of the sweep's space.

    Raises:
        InputError: if the baseline, a configuration to enqueue or a random one has an unknown name or a value outside
            its range, or does not return a parameter that is read.
    """
    read = [item.name for item in fields(Network)] if sweep.is_built_in else ["batch_size", "epochs"]
    for suggestion in (*explored.suggestions, *explored.enqueued):
        forgotten = [name for name in suggestion.ingredients if name in read]
        if forgotten:
            raise InputError(
                f"space(trial) must return what it suggests for {', '.join(read)}, "
                f"but it suggested {', '.join(forgotten)} and did not return it"
            )
        trial_epochs(suggestion.model_params, sweep.epochs)
        if sweep.is_built_in:
            Network.of(suggestion.model_params)
        else:
            batch_size(suggestion.model_params)
