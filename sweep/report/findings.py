"""What a study says, in words: how lucky its winner is, what is cheaper, who is better than the baseline."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.table import Table

from sweep.analysis.confirmation import ConfirmationResult, confirmation_results, unlike
from sweep.analysis.leaderboard import ranked
from sweep.analysis.pareto import cheapest_tied
from sweep.analysis.winners_curse import binomial_sd, corrected_best
from sweep.errors import SweepFailed
from sweep.report.format import microseconds, percent, points
from sweep.study.records import StudyRecord, TrialRecord

CORRECTABLE = ("val_accuracy", "maximize")
"""The search whose winner's luck can be told: what is measured is a share of right answers."""


def tell_findings(out: Console, study: StudyRecord) -> None:
    """Print all that a study says; nothing where there is nothing to say."""
    found = confirmation_results(study)
    lines = [line for line in (_luck(study), _cheapest(study, found)) if line]
    for line in ("", *lines) if lines else ():
        out.print(line)
    tell_verdicts(out, study)


def tell_verdicts(out: Console, study: StudyRecord) -> None:
    """Print what the confirming runs say, and in a sentence each who is better; nothing if there are none."""
    found = confirmation_results(study)
    if not found:
        return
    out.print()
    out.print(_table(found))
    for line in (*(sentence(one) for one in found.values() if one.trial), *_footnotes(study, found)):
        out.print(line)


def refuse_unconfirmed_baseline(study: StudyRecord) -> None:
    """Raise if all confirming runs of the baseline failed.

    Raises:
        SweepFailed: then.
    """
    runs = [run for run in study.confirming if run.trial == 0]
    if runs and all(run.error for run in runs):
        raise SweepFailed(f"the baseline failed each time it was to be confirmed: {runs[0].error}")


def sentence(one: ConfirmationResult) -> str:
    """What its runs say of a trial against the baseline's."""
    trial = f"Trial {one.trial}"
    if one.verdict is None:
        return f"{trial} has no verdict: {one.why_none}."
    difference = points(one.verdict.comparison.difference)
    if one.verdict.outcome != "tied":
        return f"{trial} is {one.verdict.outcome} than the baseline on these test images, by {difference} points."
    settle = f"about {one.seeds_to_settle}" if one.seeds_to_settle else "more than 1,000"
    return (
        f"{trial} is tied with the baseline: these runs can't tell them apart. "
        f"If the difference seen ({difference} points) were the true one, {settle} runs a side would."
    )


def _table(found: Mapping[int, ConfirmationResult]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    p = "p (Holm)" if len(found) > 2 else "p"
    for name in ("trial", "mean test %", "sd", "runs", "failed", "difference", "95 % interval", p, "verdict"):
        table.add_column(name, justify="left" if name == "verdict" else "right", no_wrap=True)
    for one in found.values():
        said = one.verdict
        against = said.comparison if said else None
        table.add_row(
            str(one.trial),
            percent(one.mean),
            percent(one.sd),
            f"{one.made} of {one.planned}",
            str(one.failed or ""),
            points(against.difference) if against else "",
            f"{points(against.low)} to {points(against.high)}" if against else "",
            _p(said.p_holm) if said else "",
            "the baseline" if one.trial == 0 else said.outcome if said else "none",
            style="bold" if one.trial == 0 else None,
        )
    return table


def _p(value: float) -> str:
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def _footnotes(study: StudyRecord, found: Mapping[int, ConfirmationResult]) -> Iterator[str]:
    if len(found) > 2:
        yield (
            "Each interval is for its trial alone; the verdicts and p are corrected for asking about "
            f"{len(found) - 1} trials (Holm)."
        )
    told = unlike(study)
    if told:
        yield f"Beware: not all of these were trained alike: {'; '.join(told)}."


def _luck(study: StudyRecord) -> str:
    """What the winner's score is worth without its luck; empty if there is nothing to correct."""
    images = study.definition.validation_images
    scores = [study.trials[number].value or 0.0 for number in ranked(study)]
    if images is None or len(scores) < 2 or (study.definition.objective, study.definition.direction) != CORRECTABLE:
        return ""
    # The median is a typical accuracy; the winner's own would be a lucky one.
    worth = corrected_best(scores, binomial_sd(statistics.median(scores), images))
    pruned = any(trial.state == "PRUNED" for trial in study.trials)
    return (
        f"The best of {len(scores)} noisy scores is partly luck: {percent(max(scores))} % by validation is worth "
        f"{'at most ' * pruned}about {percent(worth)} %."
    )


def _cheapest(study: StudyRecord, found: Mapping[int, ConfirmationResult]) -> str:
    """What is as good as the best and cheaper; empty if the accuracies of fewer than two trials can tell."""
    images = study.definition.validation_images
    worse = {one.trial for one in found.values() if one.verdict and one.verdict.outcome == "worse"}
    known = [trial for trial in study.trials if trial.state == "COMPLETE" and trial.parameters]
    known = [trial for trial in known if trial.number not in worse]
    if images is None or len(known) < 2 or study.definition.directions.get("val_accuracy") != "maximize":
        return ""
    accuracies = [trial.last["val_accuracy"] for trial in known]
    sizes = [trial.parameters or 0 for trial in known]
    best, cheapest = (known[index] for index in cheapest_tied(accuracies, sizes, images))
    told = [f"{_called(trial)} {microseconds(trial.inference_us)}" for trial in _each(cheapest, best, study.trials[0])]
    times = f". Inference time an image: {', '.join(told)}" if told else ""
    if cheapest is best:
        return f"No cheaper configuration is tied with the best by validation: {_weighed(best)}{times}."
    return (
        f"The cheapest that is tied with the best by validation: {_weighed(cheapest)}; best is {_weighed(best)}{times}."
    )


def _each(*trials: TrialRecord) -> list[TrialRecord]:
    """Those whose inference time is known, each once."""
    return list({trial.number: trial for trial in trials if trial.inference_us is not None}.values())


def _weighed(trial: TrialRecord) -> str:
    return f"{_called(trial)}, {percent(trial.last['val_accuracy'])} % with {trial.parameters:,} parameters"


def _called(trial: TrialRecord) -> str:
    return "the baseline" if trial.is_baseline else f"trial {trial.number}"
