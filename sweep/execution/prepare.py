"""What `run` and `check` do with a search-space file before anything starts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from sweep.data.dataset import Dataset
from sweep.data.sources import FALLBACK_NAME, resolve
from sweep.report.format import console
from sweep.space import suggest as space
from sweep.space.suggest import Explored
from sweep.space.sweep import Sweep
from sweep.study.definition import Definition
from sweep.training.network import Network, batch_size


def with_flags(sweep: Sweep, **flags: Any) -> Sweep:
    """The sweep with flags, by the names of its fields, in place of what the file says; None leaves that.

    Raises:
        InputError: if a value is outside its range.
    """
    return replace(sweep, **{name: value for name, value in flags.items() if value is not None})


def prepare(sweep: Sweep, file: Path, data: str) -> tuple[Dataset, Definition]:
    """Look at a sweep's params, find its data, and tell what its study is.

    Args:
        sweep: as it is to be run.
        file: it comes from.
        data: "auto", "mnist", "digits" or a path.

    Raises:
        InputError: if the space, the baseline or the data is wrong.
    """
    explored = space.explored(sweep)
    check_params(sweep, explored)
    dataset = resolve(sweep.data, data)
    _warn_of_fallback(dataset, file)
    return dataset, Definition.of(sweep, dataset, explored)


def check_params(sweep: Sweep, explored: Explored) -> None:
    """Refuse params that no trial could use, before anything starts.

    Raises:
        InputError: if the baseline or a random configuration has an unknown name or a value outside its range.
    """
    for params in (explored.baseline, *explored.samples):
        if sweep.model is None:
            Network.of(params)
        else:
            batch_size(params)


def _warn_of_fallback(dataset: Dataset, file: Path) -> None:
    """Say loudly that this is not MNIST, and how it would be."""
    if dataset.name == FALLBACK_NAME:
        warn = console(stderr=True)
        for line in (
            "WARNING: MNIST is not on this machine and could not be downloaded. This sweep runs on scikit-learn's "
            "1,797 small digits instead,",
            "and its figures say nothing about MNIST. With the real MNIST:",
            f"    python -m sweep run {file} --data PATH/mnist.npz --new",
        ):
            warn.print(line, style="bold yellow")
