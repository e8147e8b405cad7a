"""What a study says, in words: how lucky its winner is, what is as good and smaller, what beats the baseline."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.table import Table

from sweep.analysis.confirmation import ConfirmationResult, training_differences
from sweep.analysis.noise import cheapest_within
from sweep.analysis.score_noise import is_binomial, validation_noise
from sweep.analysis.study_analysis import Analysis
from sweep.analysis.winners_curse import corrected_best
from sweep.report.format import Score, described, microseconds, written_as
from sweep.report.narrow import FittedTable
from sweep.report.other_examples import on_other_examples
from sweep.report.until_sure import footnotes_until_sure, sentence_until_sure
from sweep.space.metrics import VAL
from sweep.study.records import BASELINE, StudyRecord, TrialRecord

TWO_SIDED_95 = 0.975
"""What lies below the upper end of a two-sided 95 % interval."""
UNMOVED = (
    "Fresh seeds changed nothing: all runs of a trial have the same score, so that nothing is known of chance, and a "
    "verdict holds for these very runs alone."
)


def print_findings(out: Console, analysis: Analysis) -> None:
    """Print all findings about a study: luck, smaller configurations and verdicts, as far as there are any."""
    lines = remarks(analysis)
    for line in ("", *lines) if lines else ():
        out.print(line)
    print_verdicts(out, analysis)


def remarks(analysis: Analysis) -> list[str]:
    """Sentences on whose scores can't be compared, what the winner's is worth, and what is as good and smaller."""
    sentences = (other_code(analysis.study), _luck(analysis), _smallest(analysis), _unknown_noise(analysis))
    return [line for line in sentences if line]


def print_verdicts(out: Console, analysis: Analysis) -> None:
    """Print a table of the confirmed trials and a sentence on the verdict on each; nothing if there are none."""
    results = analysis.confirmations
    if not results:
        return
    out.print()
    score = written_as(analysis.study.confirmed_metric)
    out.print(FittedTable(_table(results, score)))
    sentences = (sentence(result, score) for result in results.values() if result.trial != BASELINE)
    for line in (*sentences, *on_other_examples(analysis), *footnotes(analysis)):
        out.print(line)


def sentence(one: ConfirmationResult, score: Score) -> str:
    """A sentence on the verdict on one confirmed trial, or on why there is none.

    Args:
        one: what the trial's confirming runs say.
        score: how the metric that they are compared by is written.
    """
    trial = f"Trial {one.trial}"
    if one.until_sure:
        return sentence_until_sure(one, score)
    if one.verdict is None:
        return f"{trial} has no verdict: {one.why_none}."
    difference = score.apart(one.verdict.comparison.difference)
    if one.verdict.outcome != "tied":
        return f"{trial} is {one.verdict.outcome} than the baseline on {score.test_set}, by {difference}."
    settle = f"about {one.seeds_to_settle}" if one.seeds_to_settle else "more than 1,000"
    return (
        f"{trial} is tied with the baseline: these runs can't tell them apart. "
        f"If the difference seen ({difference}) were the true one, {settle} runs a side would."
    )


def _table(results: Mapping[int, ConfirmationResult], score: Score) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    p = p_heading(results)
    mean = f"mean test {score.heading}"
    for name in ("trial", mean, "sd", "runs", "failed", "difference", "95 % interval", p, "verdict"):
        table.add_column(name, justify="left" if name == "verdict" else "right", no_wrap=True)
    for result in results.values():
        verdict = result.verdict
        against = result.against
        table.add_row(
            str(result.trial),
            score.text(result.mean),
            score.text(result.sd),
            of_planned(result, result.made),
            str(result.failed or ""),
            score.difference(against.difference) if against else "",
            f"{score.difference(against.low)} to {score.difference(against.high)}" if against else "",
            p_text(verdict.p_holm) if verdict else "",
            "the baseline" if result.trial == BASELINE else verdict.outcome if verdict else "none",
            style="bold" if result.trial == BASELINE else None,
        )
    return table


def of_planned(result: ConfirmationResult, runs: int) -> str:
    """How many runs a trial has of those that it is to have, which are no fixed number if it is to be decided."""
    return f"{runs} of up to {result.planned}" if result.until_sure else f"{runs} of {result.planned}"


def p_heading(results: Mapping[int, ConfirmationResult]) -> str:
    """What a column of p-values is called: that they are corrected is said where there are several."""
    if len(results) <= 2:
        return "p"
    return "p (all)" if results[BASELINE].until_sure else "p (Holm)"


def p_text(value: float) -> str:
    """A p-value in three decimals."""
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def footnotes(analysis: Analysis) -> Iterator[str]:
    """Sentences on how noisy the confirming runs are and on how far the verdicts hold."""
    if varied := _variation(analysis):
        yield varied
    if analysis.study.until_sure is not None:
        yield from footnotes_until_sure(analysis)
    elif len(analysis.confirmations) > 2:
        yield (
            "Each interval is for its trial alone; the verdicts and p are corrected for asking about "
            f"{len(analysis.confirmations) - 1} trials (Holm)."
        )
    differences = training_differences(analysis.study)
    if differences:
        yield f"Beware: not all of these were trained alike: {'; '.join(map(described, differences))}."


def other_code(study: StudyRecord) -> str:
    """A sentence on the trials that another version of the model function trained; empty if there are none."""
    others = [trial for trial in study.trials if study.by_other_code(trial)]
    if not others:
        return ""
    if len(others) == sum(bool(trial.environments) for trial in study.trials):
        return "Beware: all of these trials were trained by another version of the model function than there is now."
    baseline = ", the baseline among them," if any(trial.is_baseline for trial in others) else ""
    were = "was" if len(others) == 1 and not baseline else "were"
    return (
        f"Beware: {len(others)} of {len(study.trials)} trials{baseline} {were} trained by another version of the model "
        "function than there is now; what they scored can't be compared with what the others did."
    )


def _variation(analysis: Analysis) -> str:
    """A sentence on how much each confirmed trial varies from seed to seed, and what so many runs can find."""
    score, spreads = written_as(analysis.study.confirmed_metric), []
    known = [result for result in analysis.confirmations.values() if result.sd]
    if not known:
        several = len(analysis.confirmations) > 1 and all(
            len(item.scores) > 1 for item in analysis.confirmations.values()
        )
        return UNMOVED if several else ""
    # Postponed: scipy.stats takes longer to import than all else a board needs.
    from sweep.analysis.power import detectable, sd_interval
    from sweep.analysis.verdict import ALPHA

    for result in known:
        low, high = sd_interval(result.sd or 0.0, len(result.scores) - 1)
        name = "the baseline" if result.trial == BASELINE else f"trial {result.trial}"
        spreads.append(f"{name} {score.spread(result.sd)} (95 %: {score.text(low)} to {score.text(high)})")
    spread = f"Standard deviation from seed to seed: {', '.join(spreads)}."
    if analysis.study.until_sure is not None:
        return spread
    runs = min(len(result.scores) for result in known)
    least = detectable(runs, alpha=ALPHA / max(1, len(analysis.confirmations) - 1))
    pooled = math.sqrt(statistics.fmean((result.sd or 0.0) ** 2 for result in known))
    difference = score.spread((least or 0.0) * pooled)
    return f"{spread} With {runs} runs a side a difference of {difference} is found four times in five."


def _luck(analysis: Analysis) -> str:
    """A sentence on the winner's score, corrected for its luck; empty if there is nothing to correct."""
    study = analysis.study
    values = [study.trials[number].value for number in analysis.ranks]
    scores = [value for value in values if value is not None and math.isfinite(value)]
    if study.definition.is_multi_objective or len(scores) < 2:
        return ""
    noise = validation_noise(study, scores)
    # The median is a typical score; the winner's own would be a lucky one.
    sd = noise.sd(statistics.median(scores)) if noise else 0.0
    best = max(scores) if study.higher_is_better else min(scores)
    corrected = corrected_best(scores, sd, higher_is_better=study.higher_is_better)
    if noise is None or (corrected == best and not is_binomial(study.metric, scores)):
        return ""
    score = written_as(study.metric)
    pruned = any(trial.state == "PRUNED" and trial.curve for trial in study.trials)
    bound = f"at {'most' if study.higher_is_better else 'least'} " * pruned
    result = analysis.confirmations.get(next(iter(analysis.ranks)))
    scale = " there; test scores are another scale" if result and result.scores else ""
    return (
        f"The best of {len(scores)} noisy scores is partly luck: {score.whole(best)} by validation is worth "
        f"{bound}about {score.whole(corrected)}{scale}."
    )


def _smallest(analysis: Analysis) -> str:
    """A sentence on the smallest trial that is as good as the best; empty if fewer than two trials can be compared."""
    study, score = analysis.study, written_as(analysis.study.metric)
    worse = {item.trial for item in analysis.confirmations.values() if item.verdict and item.verdict.outcome == "worse"}
    known = [trial for trial in _compared(study) if trial.parameters and trial.number not in worse]
    scores = [trial.last[VAL + study.metric] for trial in known]
    noise = validation_noise(study, scores)
    if noise is None or len(known) < 2:
        return ""
    sizes = [trial.parameters or 0 for trial in known]
    gains = scores if study.higher_is_better else [-value for value in scores]
    tied = cheapest_within(list(map(noise.sd, scores)), gains, sizes, noise.quantile(TWO_SIDED_95))
    best, smallest = (known[index] for index in tied)
    timed = _timed(smallest, best, study.trials[BASELINE])
    listed = ", ".join(f"{_trial_name(trial)} {microseconds(trial.inference_us)}" for trial in timed)
    times = f". Inference time an {score.example}: {listed}" if listed else ""
    if smallest is best:
        return f"No smaller configuration is within the noise of the best by validation: {_cost(best, score)}{times}."
    slower = (smallest.inference_us or 0.0) > (best.inference_us or math.inf)
    return (
        f"The smallest within the noise of the best by validation: {_cost(smallest, score)}; "
        f"best is {_cost(best, score)}{times}{': the smaller one is slower' if slower else ''}."
    )


def _unknown_noise(analysis: Analysis) -> str:
    """A sentence on why neither luck nor ties can be told; empty if they can, or if there is nothing to tell."""
    study = analysis.study
    scores = [trial.last[VAL + study.metric] for trial in _compared(study)]
    if len(scores) < 2 or is_binomial(study.metric, scores) or validation_noise(study, scores):
        return ""
    return (
        f"What is luck and what is as good can't be told of {study.metric} before `confirm` has measured how much it "
        "varies from seed to seed."
    )


def _compared(study: StudyRecord) -> list[TrialRecord]:
    """The completed trials by whose validation scores configurations can be compared; none if costs alone count."""
    if VAL + study.metric not in study.definition.directions:
        return []
    complete = [trial for trial in study.trials if trial.state == "COMPLETE"]
    return [trial for trial in complete if math.isfinite(trial.last.get(VAL + study.metric, math.nan))]


def _timed(*trials: TrialRecord) -> list[TrialRecord]:
    """The trials whose inference time is known, each once."""
    return list({trial.number: trial for trial in trials if trial.inference_us is not None}.values())


def _cost(trial: TrialRecord, score: Score) -> str:
    value = trial.last[VAL + score.metric]
    return f"{_trial_name(trial)}, {score.whole(value)} with {trial.parameters:,} parameters"


def _trial_name(trial: TrialRecord) -> str:
    return "the baseline" if trial.is_baseline else f"trial {trial.number}"
