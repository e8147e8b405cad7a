"""What a study says, in words: how lucky its winner is, what is cheaper, who is better than the baseline."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.table import Table

from sweep.analysis.confirmation import ConfirmationResult, training_differences
from sweep.analysis.noise import binomial_sd, cheapest_tied
from sweep.analysis.study_analysis import Analysis
from sweep.analysis.winners_curse import corrected_best
from sweep.report.format import described, microseconds, percent, points
from sweep.study.records import BASELINE, TrialRecord

CORRECTABLE = ("val_accuracy", "maximize")
"""The search whose winner's luck can be told: what is measured is a share of right answers."""


def print_findings(out: Console, analysis: Analysis) -> None:
    """Print all that a study says; nothing where there is nothing to say."""
    lines = [line for line in (_luck(analysis), _cheapest(analysis)) if line]
    for line in ("", *lines) if lines else ():
        out.print(line)
    print_verdicts(out, analysis)


def print_verdicts(out: Console, analysis: Analysis) -> None:
    """Print what the confirming runs say, and in a sentence each who is better; nothing if there are none."""
    results = analysis.confirmations
    if not results:
        return
    out.print()
    out.print(_table(results))
    sentences = (sentence(one) for one in results.values() if one.trial != BASELINE)
    for line in (*sentences, *_footnotes(analysis)):
        out.print(line)


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


def _table(results: Mapping[int, ConfirmationResult]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    p = "p (Holm)" if len(results) > 2 else "p"
    for name in ("trial", "mean test %", "sd", "runs", "failed", "difference", "95 % interval", p, "verdict"):
        table.add_column(name, justify="left" if name == "verdict" else "right", no_wrap=True)
    for one in results.values():
        verdict = one.verdict
        against = verdict.comparison if verdict else None
        table.add_row(
            str(one.trial),
            percent(one.mean),
            percent(one.sd),
            f"{one.made} of {one.planned}",
            str(one.failed or ""),
            points(against.difference) if against else "",
            f"{points(against.low)} to {points(against.high)}" if against else "",
            _p(verdict.p_holm) if verdict else "",
            "the baseline" if one.trial == BASELINE else verdict.outcome if verdict else "none",
            style="bold" if one.trial == BASELINE else None,
        )
    return table


def _p(value: float) -> str:
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def _footnotes(analysis: Analysis) -> Iterator[str]:
    if len(analysis.confirmations) > 2:
        yield (
            "Each interval is for its trial alone; the verdicts and p are corrected for asking about "
            f"{len(analysis.confirmations) - 1} trials (Holm)."
        )
    differences = training_differences(analysis.study)
    if differences:
        yield f"Beware: not all of these were trained alike: {'; '.join(map(described, differences))}."


def _luck(analysis: Analysis) -> str:
    """What the winner's score is worth without its luck; empty if there is nothing to correct."""
    study = analysis.study
    images = study.definition.validation_images
    scores = [study.trials[number].value or 0.0 for number in analysis.ranks]
    if images is None or len(scores) < 2 or (study.definition.objective, study.definition.direction) != CORRECTABLE:
        return ""
    # The median is a typical accuracy; the winner's own would be a lucky one.
    worth = corrected_best(scores, binomial_sd(statistics.median(scores), images))
    pruned = any(trial.state == "PRUNED" for trial in study.trials)
    return (
        f"The best of {len(scores)} noisy scores is partly luck: {percent(max(scores))} % by validation is worth "
        f"{'at most ' * pruned}about {percent(worth)} %."
    )


def _cheapest(analysis: Analysis) -> str:
    """What is as good as the best and cheaper; empty if the accuracies of fewer than two trials can tell."""
    study = analysis.study
    images = study.definition.validation_images
    worse = {one.trial for one in analysis.confirmations.values() if one.verdict and one.verdict.outcome == "worse"}
    known = [trial for trial in study.trials if trial.state == "COMPLETE" and trial.parameters]
    known = [trial for trial in known if trial.number not in worse]
    if images is None or len(known) < 2 or study.definition.directions.get("val_accuracy") != "maximize":
        return ""
    accuracies = [trial.last["val_accuracy"] for trial in known]
    sizes = [trial.parameters or 0 for trial in known]
    best, cheapest = (known[index] for index in cheapest_tied(accuracies, sizes, images))
    timed = _each(cheapest, best, study.trials[BASELINE])
    listed = ", ".join(f"{_called(trial)} {microseconds(trial.inference_us)}" for trial in timed)
    times = f". Inference time an image: {listed}" if listed else ""
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
