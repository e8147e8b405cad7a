"""`check`: looks at a search-space file and at what it would cost, and trains no trial."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from rich.text import Text

from sweep import space
from sweep.batches import total_steps
from sweep.commands.run import RunOptions, check_params, overridden, warn_of_fallback
from sweep.definition import Definition
from sweep.display import console, seconds
from sweep.errors import InputError, describe
from sweep.ledger import silence_optuna
from sweep.loader import load_sweep
from sweep.network import batch_size
from sweep.sources import resolve
from sweep.sweep import Params, Sweep

PRUNED_SHARE = 0.35
"""What a default sweep with pruning took of the same sweep without; see the log beside the benchmarks."""


@dataclass(frozen=True)
class Candidate:
    """One configuration and what building it told.

    Args:
        label: "baseline" or "sample 3".
        params: the configuration.
        parameters: of the model; None if it can't be built.
        megabytes: of weights, gradients, optimizer state and one batch's activations.
        seconds: of a whole trial here, estimated from a few timed steps on random images; None if not timed.
        error: why it can't be built.
    """

    label: str
    params: Params
    parameters: int | None = None
    megabytes: float | None = None
    seconds: float | None = None
    error: str = ""


def check(
    file: Path,
    *,
    data: str,
    trials: int | None,
    epochs: int | None,
    cpus_per_trial: int | None,
    samples: int,
) -> None:
    """Validate a file, build its baseline and some random configurations, and estimate the sweep's time here.

    Raises:
        InputError: if the file or the data is wrong, or the baseline can't be built.
    """
    silence_optuna()
    options = RunOptions(trials=trials, epochs=epochs, cpus_per_trial=cpus_per_trial)
    sweep = overridden(load_sweep(file), options)
    check_params(sweep)
    dataset = resolve(sweep.data, data)
    warn_of_fallback(dataset, file)
    Definition.of(sweep, dataset)
