"""Builds configurations in processes of their own, as many side by side as trials, and times them there."""

from __future__ import annotations

import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace

from sweep.data.dataset import Dataset, TrainingData
from sweep.data.parts import Part
from sweep.errors import SweepError
from sweep.execution.prepare import training_steps
from sweep.space.suggest import Suggestion
from sweep.space.sweep import Params, Sweep
from sweep.training.batches import steps_until
from sweep.training.cpu import onednn_for_training
from sweep.training.messages import Estimate, TrainingConfig, pickled, unpickled
from sweep.training.precision import resolve as resolve_precision
from sweep.training.precision import supports_bfloat16

SAMPLE_EXAMPLES = 1_000
TIMED_SAMPLES = 8
"""How many of the other configurations are timed, besides the baseline."""
MAX_PROCESSES = 4


@dataclass(frozen=True)
class Estimates:
    """What configurations would cost here.

    Args:
        each: the estimate of each configuration, in their order, the baseline first.
        import_seconds: seconds that a worker takes to import TensorFlow, beside as many others as trials.
    """

    each: list[Estimate]
    import_seconds: float = 0.0


def slots_here(sweep: Sweep) -> int:
    """How many trials of a sweep fit side by side on this machine's CPUs."""
    return max(1, (os.cpu_count() or 1) // sweep.cpus_per_trial)


def estimated(sweep: Sweep, dataset: Dataset, candidates: list[Suggestion]) -> Estimates:
    """Build all configurations, and time the baseline to its first rung and some of the others for a few steps.

    The baseline is timed in each process at once, as trials that run side by side slow each other down.

    Args:
        sweep: the sweep, flags included.
        dataset: the data set that its trials are trained on.
        candidates: the configurations, the baseline first.

    Raises:
        SweepError: if a process died.
    """
    params = [candidate.model_params for candidate in candidates]
    rung = steps_until(sweep.steps[0], training_steps(dataset, params[0], sweep.epochs))
    count = min(slots_here(sweep), MAX_PROCESSES, len(params))
    # Processes of their own: a model that takes all the memory, or crashes TensorFlow, must not end this one.
    context = multiprocessing.get_context("spawn")
    config, samples = pickled(_training_config(sweep, dataset)), _samples(dataset)
    try:
        with ProcessPoolExecutor(max_workers=count, mp_context=context) as pool:
            parts = [[params[0], *params[1 + index :: count]] for index in range(count)]
            timed = [len(range(1 + index, 1 + TIMED_SAMPLES, count)) for index in range(count)]
            work = [
                pool.submit(estimate_all, config, part, *samples, rung, some)
                for part, some in zip(parts, timed, strict=True)
            ]
            return _together([item.result() for item in work], len(params))
    except BrokenProcessPool as error:
        raise SweepError("a process that builds the models died; the largest may need more memory") from error


def _together(results: list[Estimates], count: int) -> Estimates:
    """The estimates of several processes as those of one; the baseline's times are the means of theirs."""
    baselines = [result.each[0] for result in results]
    each = [_mean(baselines)]
    for index in range(count - 1):
        process, place = index % len(results), index // len(results)
        each.append(results[process].each[1 + place])
    return Estimates(each, max(result.import_seconds for result in results))


def _mean(estimates: list[Estimate]) -> Estimate:
    first = next((item for item in estimates if item.error), estimates[0])
    timed = [item for item in estimates if item.step_seconds is not None]
    if first.error or not timed:
        return first
    means = {
        name: sum(getattr(item, name) for item in timed) / len(timed)
        for name in ("step_seconds", "start_seconds", "example_seconds")
    }
    return replace(first, **means)


def _training_config(sweep: Sweep, dataset: Dataset) -> TrainingConfig:
    supported = supports_bfloat16(gpu=False)
    return TrainingConfig(
        sweep.model,
        sweep.epochs,
        sweep.steps,
        threads=min(sweep.cpus_per_trial, os.cpu_count() or 1),
        precision=resolve_precision("auto", own_model=bool(sweep.own_functions), supported=supported),
        max_parameters=sweep.max_parameters,
        fit=sweep.fit,
        data=sweep.data if dataset.comes_in_batches and callable(sweep.data) else None,
        objectives=tuple(sweep.directions),
    )


def _samples(dataset: Dataset) -> tuple[TrainingData, Part]:
    """Some of the examples to train, validate and test on."""
    data, few = dataset.training(), slice(0, SAMPLE_EXAMPLES)
    return replace(data, train=data.train.rows(few), val=data.val and data.val.rows(few)), dataset.test.rows(few)


@onednn_for_training()
def estimate_all(
    config: bytes, candidates: list[Params], data: TrainingData, test: Part, rung_steps: int, timed_samples: int
) -> Estimates:
    """The estimates of some configurations, made in this process.

    Args:
        config: the training config, pickled.
        candidates: params of the configurations, the baseline first.
        data: some of the examples that they would be trained and validated on.
        test: some of those that they would be measured on.
        rung_steps: number of training steps of the baseline to its first rung.
        timed_samples: how many of the others to time.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # TensorFlow's own output; errors come back as values
    began = time.perf_counter()
    # Postponed: this runs in the processes that build models, the only ones here that need TensorFlow.
    from sweep.training.estimate import RUNG_SECONDS, SAMPLE_SECONDS, estimate
    from sweep.training.worker import settle_devices

    import_seconds = time.perf_counter() - began
    training_config = unpickled(config)
    settle_devices(training_config.threads)
    each = []
    for index, params in enumerate(candidates):
        limit = SAMPLE_SECONDS if index else RUNG_SECONDS
        timed = index <= timed_samples
        each.append(estimate(training_config, params, data, test, timed=timed, steps=rung_steps, limit_seconds=limit))
    return Estimates(each, import_seconds)
