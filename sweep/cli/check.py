"""`check`: validates a search-space file and estimates what the sweep would cost, without training a trial."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from sweep.data.dataset import Dataset
from sweep.data.sources import FALLBACK_NAME
from sweep.errors import InputError
from sweep.execution.duration import Duration, duration
from sweep.execution.estimates import Estimates, estimated
from sweep.execution.prepare import early_first_rung, prepare, with_flags
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
from sweep.training.messages import Estimate, params_text


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
    estimates = estimated(sweep, dataset, candidates)
    if early := early_first_rung(sweep, dataset, definition.baseline):
        print_warning(out, early)
    params = [candidate.params for candidate in candidates]
    out.print(estimates_table(params, estimates.each, len(explored.enqueued)))
    _print_verdict(out, sweep, dataset, candidates, estimates)


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


def _print_verdict(
    out: Console, sweep: Sweep, dataset: Dataset, candidates: list[Suggestion], estimates: Estimates
) -> None:
    each = estimates.each
    if each[0].error:
        raise InputError(f"the baseline must be buildable, but {each[0].error}")
    samples = each[1 + len(sweep.enqueue) :]
    infeasible = sum(bool(estimate.error) for estimate in samples)
    if infeasible:
        out.print(f"{infeasible} of {len(samples)} samples are infeasible; such trials end at once and cost little")
    for line in duration_lines(duration(sweep, dataset, candidates, estimates), sweep.trials):
        out.print(line)


def duration_lines(about: Duration, trials: int) -> list[str]:
    """How long a sweep takes, in sentences.

    Args:
        about: the estimate.
        trials: number of the sweep's trials.
    """
    lines = [
        f"about {seconds(about.baseline)} to train the baseline, and {seconds(about.search)} for the search: {trials} "
        f"trials, {about.slots} side by side on this machine, {what_pruning_saves(about)} "
        f"(from {about.timed} configurations, the baseline timed to its first rung)"
    ]
    if about.runs:
        # Postponed: scipy.stats takes longer to import than what a file without confirming runs needs.
        from sweep.analysis.power import detectable
        from sweep.analysis.verdict import ALPHA

        least = detectable(about.runs // (1 + about.confirmed), alpha=ALPHA / about.confirmed)
        finds = f"; they find a difference of {least:.1f} seed-to-seed sd four times in five" if least else ""
        best = f"the best {about.confirmed}" if about.confirmed > 1 else "the best"
        confirming = f"then about {seconds(about.confirm)} to confirm {best}: {about.runs} runs on all examples"
        lines.append(confirming + finds)
    return [*lines, f"about {seconds(about.total)} in all"]


def what_pruning_saves(about: Duration) -> str:
    """What pruning does to the time that a sweep takes, in words."""
    if about.pruned is None:
        return "if none is pruned"
    if about.pruned == 0:
        return "all of them to their end"
    return f"if about {about.pruned} are pruned ({seconds(about.unpruned)} if none is)"
