"""About how long a sweep takes on this machine, from what a few of its configurations cost here."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

import optuna

from sweep.data.dataset import Dataset
from sweep.execution.estimates import Estimates, slots_here
from sweep.execution.prepare import training_steps
from sweep.space.suggest import Suggestion
from sweep.space.sweep import Sweep
from sweep.training.batches import steps_until, total_steps
from sweep.training.messages import Estimate
from sweep.training.network import batch_size, trial_epochs

RAY_SECONDS = 5.0
"""Until Ray has started, been joined and given its first worker, TensorFlow's import apart."""
END_SECONDS = 3.0
"""For the board and the report at the end."""
PREDICTING_SECONDS = 0.3
"""For which a completed trial's inference is timed."""
RANDOM_TRIALS = 10
"""So many trials Optuna's default sampler draws at random."""
RANDOM_GO_ON = 0.55
GUIDED_GO_ON = 0.7
"""The share of the random trials, and of the later ones, that the default pruner lets pass its first rung: it takes the
better half of those that came there, and the sampler finds better ones as it goes on."""
LATER_GO_ON = 0.5
"""The share that it lets pass each later rung, where good trials are compared with each other."""


@dataclass(frozen=True)
class Duration:
    """About how long a sweep takes, in seconds.

    Args:
        baseline: training of the baseline, start to end.
        search: the search, start-up of the workers included, with what pruning saves.
        unpruned: the same if no trial is pruned.
        pruned: expected number of pruned trials; None if the pruner is the user's own, and `search` is `unpruned`.
        confirm: the confirming runs; 0 if there are none.
        runs: number of confirming runs.
        slots: number of trials side by side.
        timed: number of configurations that were timed.
        confirmed: number of trials that are confirmed, each by as many runs as the baseline. Default 1.
    """

    baseline: float
    search: float
    unpruned: float
    pruned: int | None
    confirm: float
    runs: int
    slots: int
    timed: int
    confirmed: int = 1

    @property
    def total(self) -> float:
        """From the command to its end."""
        return self.search + self.confirm + END_SECONDS


@dataclass(frozen=True)
class _Costs:
    """What one configuration takes, in seconds.

    Args:
        whole: a whole trial.
        rungs: what a trial has taken at each rung at which the pruner judges, the first first.
        confirming: a confirming run of it.
    """

    whole: float
    rungs: list[float]
    confirming: float


def duration(sweep: Sweep, dataset: Dataset, candidates: list[Suggestion], estimates: Estimates) -> Duration:
    """About how long a sweep takes on this machine.

    Args:
        sweep: the sweep, flags included.
        dataset: the data set that its trials are trained on.
        candidates: the configurations, the baseline first.
        estimates: what each costs; the baseline was built and timed.
    """
    pairs = zip(candidates, estimates.each, strict=True)
    costs = [_costs(sweep, dataset, candidate, item) for candidate, item in pairs if item.step_seconds is not None]
    baseline, others = costs[0], costs[1:] or costs[:1]
    slots = slots_here(sweep)
    begin = RAY_SECONDS + estimates.import_seconds
    whole = statistics.fmean(item.whole for item in others)
    unpruned = baseline.whole + (sweep.trials - 1) * whole
    saved, pruned = _pruning(sweep, others)
    confirmed = max(1, min(sweep.confirm_top, sweep.trials - 1))
    runs = (1 + confirmed) * sweep.confirm_seeds
    confirming = statistics.fmean([baseline.confirming, statistics.fmean(item.confirming for item in others)])
    return Duration(
        baseline=baseline.whole,
        search=begin + _side_by_side(unpruned - saved, whole, min(slots, sweep.trials)),
        unpruned=begin + _side_by_side(unpruned, whole, min(slots, sweep.trials)),
        pruned=pruned,
        confirm=estimates.import_seconds + math.ceil(runs / slots) * confirming if runs else 0.0,
        runs=runs,
        slots=slots,
        timed=len(costs),
        confirmed=confirmed,
    )


def _side_by_side(work: float, last: float, slots: int) -> float:
    """Seconds for some work in several slots, of which all but one wait on average half a trial at the end."""
    return work / slots + last * (slots - 1) / (2 * slots)


def _costs(sweep: Sweep, dataset: Dataset, candidate: Suggestion, estimate: Estimate) -> _Costs:
    step = estimate.step_seconds or 0.0
    params = candidate.model_params
    epochs = trial_epochs(params, sweep.epochs)
    budget, steps = (training_steps(dataset, params, count) for count in (sweep.epochs, epochs))
    held_out = 0 if sweep.folds else dataset.held_out
    validation = held_out * estimate.example_seconds
    test = len(dataset.test) * estimate.example_seconds + PREDICTING_SECONDS
    everything = steps
    if not dataset.comes_in_batches:
        everything = total_steps(len(dataset.whole().train), batch_size(params), epochs)
    models = sweep.folds or 1
    whole = models * (estimate.start_seconds + steps * step) + len(sweep.steps) * validation + test
    rungs = [
        estimate.start_seconds + models * min(steps, steps_until(percent, budget)) * step + (index + 1) * validation
        for index, percent in enumerate(_judged(sweep))
    ]
    return _Costs(whole, rungs, estimate.start_seconds + everything * step + test)


def _judged(sweep: Sweep) -> list[int]:
    """The rungs at which the default pruner judges: the first, then each time the percent has doubled."""
    judged: list[int] = []
    for percent in sweep.steps:
        if percent < 100 and (not judged or percent >= 2 * judged[-1]):
            judged.append(percent)
    return judged


def _pruning(sweep: Sweep, others: list[_Costs]) -> tuple[float, int | None]:
    """Seconds of training that pruning saves, and the number of trials that it stops; None if that is not known."""
    if sweep.is_multi_objective or len(sweep.steps) == 1 or isinstance(sweep.pruner, optuna.pruners.NopPruner):
        return 0.0, 0
    if sweep.pruner is not None:
        return 0.0, None
    trials = sweep.trials - 1  # the baseline is never pruned
    random = trials if sweep.sampler is not None else min(trials, RANDOM_TRIALS - 1)
    going = random * RANDOM_GO_ON + (trials - random) * GUIDED_GO_ON
    saved, stopped = 0.0, 0.0
    left = float(trials)
    for index in range(len(others[0].rungs)):
        stops = left - (going if index == 0 else left * LATER_GO_ON)
        saved += stops * statistics.fmean(item.whole - item.rungs[index] for item in others)
        stopped += stops
        left -= stops
    return saved, round(stopped)
