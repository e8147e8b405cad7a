"""`check`: validates a search-space file and estimates what the sweep would cost, without training a trial."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from sweep.data.dataset import Dataset, TrainingData
from sweep.data.parts import Part
from sweep.data.sources import FALLBACK_NAME
from sweep.errors import InputError, SweepError
from sweep.execution.prepare import early_first_rung, prepare, training_steps, with_flags
from sweep.report.console import console
from sweep.report.format import changed, seconds
from sweep.report.narrow import FittedTable
from sweep.report.warnings import print_warning
from sweep.space.late_imports import importable
from sweep.space.loader import load_sweep
from sweep.space.suggest import Suggestion, sample
from sweep.space.sweep import Params, Sweep
from sweep.study.events import DigitsInsteadOfMnist
from sweep.study.opening import silence_optuna
from sweep.training.cpu import onednn_for_training
from sweep.training.messages import Estimate, TrainingConfig, params_text, pickled, unpickled
from sweep.training.network import trial_epochs
from sweep.training.precision import resolve as resolve_precision
from sweep.training.precision import supports_bfloat16

SAMPLE_EXAMPLES = 1_000
TIMED_SAMPLES = 4
"""How many of the random configurations are timed, besides the baseline."""


@importable()
def check(
    file: Path, *, data: str, trials: int | None, epochs: int | None, cpus_per_trial: int | None, samples: int
) -> None:
    """Validate a file, build its baseline and some random configurations, and estimate the sweep's time here.

    Args:
        file: path of the search-space file.
        data: value of the flag `--data`: "auto", the name of a data set or a path.
        trials: number of trials; None for what the file says.
        epochs: epochs of a whole trial; None for what the file says.
        cpus_per_trial: number of CPUs that a trial gets; None for what the file says.
        samples: number of random configurations to build.

    Raises:
        InputError: if the file or the data is wrong, or the baseline can't be built.
    """
    silence_optuna()
    sweep = with_flags(load_sweep(file), trials=trials, epochs=epochs, cpus_per_trial=cpus_per_trial)
    dataset, definition, explored = prepare(sweep, data)
    if dataset.name == FALLBACK_NAME:
        print_warning(console(stderr=True), DigitsInsteadOfMnist(file))
    out = console()
    count = len(definition.distributions)
    parameters = f"{count} parameter{'s' * (count != 1)}"
    out.print(f"{file}: the space has {parameters}, and the baseline lies inside it")
    candidates = [explored.suggestions[0], *explored.enqueued, *sample(sweep, samples)]
    if sweep.train is not None:
        for candidate in candidates:
            out.print(f"  {params_text(candidate.params)}")
        out.print("its train function is not called here: what a trial costs shows in `run`")
        return
    estimates = _estimates(sweep, dataset, candidates)
    if early := early_first_rung(sweep, dataset, definition.baseline):
        print_warning(out, early)
    params = [candidate.params for candidate in candidates]
    out.print(estimates_table(params, estimates, len(explored.enqueued)))
    _print_verdict(out, sweep, dataset, candidates, estimates)


def _estimates(sweep: Sweep, dataset: Dataset, candidates: list[Suggestion]) -> list[Estimate]:
    # In a process of its own: a model that takes all the memory, or crashes TensorFlow, must not end this one.
    supported = supports_bfloat16(gpu=False)
    precision = resolve_precision("auto", own_model=bool(sweep.own_functions), supported=supported)
    threads = min(sweep.cpus_per_trial, os.cpu_count() or 1)
    training_config = TrainingConfig(
        sweep.model,
        sweep.epochs,
        sweep.steps,
        threads=threads,
        precision=precision,
        max_parameters=sweep.max_parameters,
        fit=sweep.fit,
        data=sweep.data if dataset.comes_in_batches and callable(sweep.data) else None,
        objectives=tuple(sweep.directions),
    )
    params = [candidate.model_params for candidate in candidates]
    work = (pickled(training_config), params, *_samples(dataset), TIMED_SAMPLES)
    context = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
            return pool.submit(_estimate_all, *work).result()
    except BrokenProcessPool as error:
        raise SweepError("the process that builds the models died; the largest may need more memory") from error


def _samples(dataset: Dataset) -> tuple[TrainingData, Part]:
    """Some of the examples to train, validate and test on."""
    data, few = dataset.training(), slice(0, SAMPLE_EXAMPLES)
    return replace(data, train=data.train.rows(few), val=data.val and data.val.rows(few)), dataset.test.rows(few)


@onednn_for_training()
def _estimate_all(
    config: bytes, candidates: list[Params], data: TrainingData, test: Part, timed_samples: int
) -> list[Estimate]:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # TensorFlow's own output; errors come back as values
    # Postponed: this runs in the process that builds models, the only one here that needs TensorFlow.
    from sweep.training.estimate import estimate
    from sweep.training.worker import settle_devices

    training_config = unpickled(config)
    settle_devices(training_config.threads)
    return [
        estimate(training_config, params, data, test, timed=index <= timed_samples)
        for index, params in enumerate(candidates)
    ]


def estimates_table(candidates: list[Params], estimates: list[Estimate], enqueued: int = 0) -> FittedTable:
    """What each configuration would cost, for a terminal of any width.

    Args:
        candidates: params of the configurations; the baseline is the first, and after it come those to enqueue.
        estimates: what each would cost.
        enqueued: number of those to enqueue. Default 0.
    """
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("parameters", "memory"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("configuration", overflow="fold")
    for index, (params, estimate) in enumerate(zip(candidates, estimates, strict=True)):
        configuration = "the baseline" if index == 0 else changed(params, candidates[0])
        configuration = f"enqueued: {configuration}" if 0 < index <= enqueued else configuration
        if estimate.error:
            table.add_row("infeasible", "", f"{configuration}: {estimate.error}")
        else:
            table.add_row(f"{estimate.parameters:,}", f"{estimate.megabytes:.0f} MB", configuration)
    return FittedTable(table, words_below=True)


def _own_steps(dataset: Dataset, params: Params, budget: int) -> int:
    return training_steps(dataset, params, trial_epochs(params, budget))


def _print_verdict(
    out: Console, sweep: Sweep, dataset: Dataset, candidates: list[Suggestion], estimates: list[Estimate]
) -> None:
    if estimates[0].error:
        raise InputError(f"the baseline must be buildable, but {estimates[0].error}")
    samples = estimates[1 + len(sweep.enqueue) :]
    infeasible = sum(bool(estimate.error) for estimate in samples)
    if infeasible:
        out.print(f"{infeasible} of {len(samples)} samples are infeasible; such trials end at once and cost little")
    images, all_images = dataset.trained_on, len(dataset.whole().train)
    timed = [
        estimate.step_seconds * _own_steps(dataset, candidate.model_params, sweep.epochs)
        for candidate, estimate in zip(candidates, estimates, strict=True)
        if estimate.step_seconds is not None
    ]
    slots = max(1, (os.cpu_count() or 1) // sweep.cpus_per_trial)
    whole = sum(timed) / len(timed) * sweep.trials / slots
    out.print(
        f"about {seconds(timed[0])} to train the baseline and {seconds(whole)} for {sweep.trials} trials, "
        f"{slots} side by side on this machine, {what_pruning_saves(sweep)} "
        f"(from {len(timed)} configurations, timed on some of the training examples)"
    )
    if sweep.confirm_seeds:
        runs = 2 * sweep.confirm_seeds
        again = sum(timed) / len(timed) * all_images / images * runs / slots
        out.print(f"then about {seconds(again)} to confirm the best: {runs} runs on all {all_images:,} images")


def what_pruning_saves(sweep: Sweep) -> str:
    """What pruning does to the time that a sweep takes, in words."""
    if sweep.is_multi_objective or len(sweep.steps) == 1:
        return "all of them to their end"
    return "if none is pruned" + ("" if sweep.pruner else "; pruning usually saves a quarter")
