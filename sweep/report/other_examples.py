"""Sentences on what confirming runs say of other test examples than those they were measured on."""

from __future__ import annotations

from sweep.analysis.study_analysis import Analysis
from sweep.report.format import written_as


def on_other_examples(analysis: Analysis) -> list[str]:
    """A sentence for each trial with a verdict on its difference on other examples, and each reason for none once."""
    known = analysis.other_examples
    lines = [on_others(analysis, number) for number in known.intervals]
    return [*lines, *dict.fromkeys(on_others(analysis, number) for number in known.why_none)]


def on_others(analysis: Analysis, number: int) -> str:
    """A sentence on a trial's difference on other examples, or on why it is not known; empty without a verdict.

    Args:
        analysis: the analysis of the study.
        number: number of the trial.
    """
    score, known = written_as(analysis.study.confirmed_metric), analysis.other_examples
    interval = known.intervals.get(number)
    if interval is None:
        why = known.why_none.get(number)
        return f"How it is on other {score.example}s than these is not known: {why}." if why else ""
    verdict = analysis.confirmations[number].verdict
    sentence = (
        f"On other {score.example}s of the same kind as these {interval.examples:,}, and with other seeds, trial "
        f"{number} differs by {interval_text(analysis, number)}{score.unit or f' {score.metric}'} (95 % interval)"
    )
    if verdict and verdict.outcome in ("better", "worse") and interval.low <= 0 <= interval.high:
        return f"{sentence}: that it is {verdict.outcome} there, too, is not shown."
    return f"{sentence}."


def interval_text(analysis: Analysis, number: int) -> str:
    """The interval of a trial's difference over seeds and examples: "-0.02 to +0.31"; empty if it is not known."""
    interval, score = analysis.other_examples.intervals.get(number), written_as(analysis.study.confirmed_metric)
    return f"{score.difference(interval.low)} to {score.difference(interval.high)}" if interval else ""
