"""What a study says, in words: how lucky its winner is, what is as good and cheaper, what beats the baseline."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.table import Table

from sweep.analysis.confirmation import ConfirmationResult, training_differences
from sweep.analysis.noise import binomial_sd, cheapest_tied
from sweep.analysis.study_analysis import Analysis
from sweep.analysis.winners_curse import corrected_best
from sweep.report.format import Score, described, microseconds, percent, written_as
from sweep.report.narrow import FittedTable
from sweep.study.records import BASELINE, TrialRecord

CORRECTABLE = ("val_accuracy", "maximize")
"""The objective and direction for which the winner's luck can be estimated: it must be a share of right answers."""


def print_findings(out: Console, analysis: Analysis) -> None:
    """Print all findings about a study: luck, cheaper configurations and verdicts, as far as there are any."""
    lines = [line for line in (_luck(analysis), _cheapest(analysis)) if line]
    for line in ("", *lines) if lines else ():
        out.print(line)
    print_verdicts(out, analysis)


def print_verdicts(out: Console, analysis: Analysis) -> None:
    """Print a table of the confirmed trials and a sentence on the verdict on each; nothing if there are none."""
    results = analysis.confirmations
    if not results:
        return
    out.print()
    score = written_as(analysis.study.confirmed_metric)
    out.print(FittedTable(_table(results, score)))
    sentences = (sentence(result, score) for result in results.values() if result.trial != BASELINE)
    for line in (*sentences, *_footnotes(analysis)):
        out.print(line)


def sentence(one: ConfirmationResult, score: Score) -> str:
    """A sentence on the verdict on one confirmed trial, or on why there is none.

    Args:
        one: what the trial's confirming runs say.
        score: how the metric that they are compared by is written.
    """
    trial = f"Trial {one.trial}"
    if one.verdict is None:
        return f"{trial} has no verdict: {one.why_none}."
    difference = score.difference(one.verdict.comparison.difference) + score.unit
    if one.verdict.outcome != "tied":
        return f"{trial} is {one.verdict.outcome} than the baseline on these test images, by {difference}."
    settle = f"about {one.seeds_to_settle}" if one.seeds_to_settle else "more than 1,000"
    return (
        f"{trial} is tied with the baseline: these runs can't tell them apart. "
        f"If the difference seen ({difference}) were the true one, {settle} runs a side would."
    )


def _table(results: Mapping[int, ConfirmationResult], score: Score) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    p = "p (Holm)" if len(results) > 2 else "p"
    mean = f"mean test {score.heading}"
    for name in ("trial", mean, "sd", "runs", "failed", "difference", "95 % interval", p, "verdict"):
        table.add_column(name, justify="left" if name == "verdict" else "right", no_wrap=True)
    for result in results.values():
        verdict = result.verdict
        against = verdict.comparison if verdict else None
        table.add_row(
            str(result.trial),
            score.text(result.mean),
            score.text(result.sd),
            f"{result.made} of {result.planned}",
            str(result.failed or ""),
            score.difference(against.difference) if against else "",
            f"{score.difference(against.low)} to {score.difference(against.high)}" if against else "",
            _p(verdict.p_holm) if verdict else "",
            "the baseline" if result.trial == BASELINE else verdict.outcome if verdict else "none",
            style="bold" if result.trial == BASELINE else None,
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
    """A sentence on the winner's score, corrected for its luck; empty if there is nothing to correct."""
    study = analysis.study
    images = study.definition.validation_images
    scores = [study.trials[number].value or 0.0 for number in analysis.ranks]
    if images is None or len(scores) < 2 or (study.definition.objective, study.definition.direction) != CORRECTABLE:
        return ""
    # The median is a typical accuracy; the winner's own would be a lucky one.
    corrected = corrected_best(scores, binomial_sd(statistics.median(scores), images))
    pruned = any(trial.state == "PRUNED" and trial.curve for trial in study.trials)
    return (
        f"The best of {len(scores)} noisy scores is partly luck: {percent(max(scores))} % by validation is worth "
        f"{'at most ' * pruned}about {percent(corrected)} %."
    )


def _cheapest(analysis: Analysis) -> str:
    """A sentence on the cheapest trial that is as good as the best; empty if fewer than two trials can be compared."""
    study = analysis.study
    images = study.definition.validation_images
    worse = {item.trial for item in analysis.confirmations.values() if item.verdict and item.verdict.outcome == "worse"}
    known = [trial for trial in study.trials if trial.state == "COMPLETE" and trial.parameters]
    known = [trial for trial in known if trial.number not in worse]
    if images is None or len(known) < 2 or study.definition.directions.get("val_accuracy") != "maximize":
        return ""
    accuracies = [trial.last["val_accuracy"] for trial in known]
    sizes = [trial.parameters or 0 for trial in known]
    best, cheapest = (known[index] for index in cheapest_tied(accuracies, sizes, images))
    timed = _timed(cheapest, best, study.trials[BASELINE])
    listed = ", ".join(f"{_trial_name(trial)} {microseconds(trial.inference_us)}" for trial in timed)
    times = f". Inference time an image: {listed}" if listed else ""
    if cheapest is best:
        return f"No cheaper configuration is within the noise of the best by validation: {_with_cost(best)}{times}."
    return (
        f"The cheapest within the noise of the best by validation: {_with_cost(cheapest)}; "
        f"best is {_with_cost(best)}{times}."
    )


def _timed(*trials: TrialRecord) -> list[TrialRecord]:
    """The trials whose inference time is known, each once."""
    return list({trial.number: trial for trial in trials if trial.inference_us is not None}.values())


def _with_cost(trial: TrialRecord) -> str:
    return f"{_trial_name(trial)}, {percent(trial.last['val_accuracy'])} % with {trial.parameters:,} parameters"


def _trial_name(trial: TrialRecord) -> str:
    return "the baseline" if trial.is_baseline else f"trial {trial.number}"
