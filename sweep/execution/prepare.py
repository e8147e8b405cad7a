"""What `run` and `check` do with a sweep before anything is trained."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from sweep.data.dataset import Dataset
from sweep.data.sources import resolve
from sweep.errors import InputError
from sweep.execution.options import RunOptions
from sweep.space.suggest import Explored, explore
from sweep.space.sweep import Sweep
from sweep.study.definition import Definition
from sweep.training.network import Network, batch_size


def with_flags(sweep: Sweep, **flags: Any) -> Sweep:
    """The sweep with some fields replaced by flags, which are given by the fields' names; None replaces nothing.

    Raises:
        InputError: if a value is outside its range.
    """
    return replace(sweep, **{name: value for name, value in flags.items() if value is not None})


def overridden(sweep: Sweep, options: RunOptions) -> Sweep:
    """The sweep with some fields replaced by the flags of `run`.

    Raises:
        InputError: if a value is outside its range, or a target is given for several objectives.
    """
    changed = with_flags(sweep, **options.of_sweep)
    if options.target is not None and changed.is_multi_objective:
        objectives = ", ".join(changed.directions)
        raise InputError(f"--target must have a single objective to look at, but the file has {objectives}")
    return changed


def prepare(sweep: Sweep, data: str) -> tuple[Dataset, Definition, Explored]:
    """Check a sweep's space, load its data and make the definition of its study; also returns what the space showed.

    Args:
        sweep: the sweep, flags included.
        data: value of the flag `--data`: "auto", "mnist", "digits" or a path.

    Raises:
        InputError: if the space, the baseline or the data is wrong.
    """
    explored = explore(sweep)
    check_params(sweep, explored)
    dataset = resolve(sweep.data, data)
    return dataset, Definition.of(sweep, dataset, explored), explored


def check_params(sweep: Sweep, explored: Explored) -> None:
    """Refuse a space with params that no trial could use.

    Args:
        sweep: the sweep.
        explored: what `explore` showed of the sweep's space.

    Raises:
        InputError: if the baseline, a configuration to enqueue or a random one has an unknown name or a value outside
            its range, or does not return a parameter that is read.
    """
    read = [item.name for item in fields(Network)] if sweep.model is None else ["batch_size"]
    for suggestion in (*explored.suggestions, *explored.enqueued):
        forgotten = [name for name in suggestion.ingredients if name in read]
        if forgotten:
            raise InputError(
                f"space(trial) must return what it suggests for {', '.join(read)}, "
                f"but it suggested {', '.join(forgotten)} and did not return it"
            )
        if sweep.model is None:
            Network.of(suggestion.model_params)
        else:
            batch_size(suggestion.model_params)
