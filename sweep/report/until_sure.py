"""What is said of confirming runs that are made until it is decided who is better."""

from __future__ import annotations

from collections.abc import Iterator

from sweep.analysis.confirmation import ConfirmationResult
from sweep.analysis.study_analysis import Analysis
from sweep.report.format import Score
from sweep.space.metrics import in_points


def sentence_until_sure(one: ConfirmationResult, score: Score) -> str:
    """A sentence on the verdict on one confirmed trial, how it came about, or on how far it is from one.

    Args:
        one: what the trial's confirming runs say.
        score: how the metric that they are compared by is written.
    """
    trial, verdict, against = f"Trial {one.trial}", one.verdict, one.against
    if against is None:
        return f"{trial} has no verdict: {one.why_none}."
    low, high = score.difference(against.low), score.apart(against.high)
    lies = f"difference lies between {low} and {high} (95 %)"
    if verdict is None:
        return f"{trial} has no verdict: {one.why_none}. So far the {lies}."
    decided = f"This was decided after {verdict.pairs} pairs of runs."
    if verdict.outcome == "equivalent":
        within = margin_text(one, score)
        return f"{trial} is equivalent to the baseline {within} on {score.test_set}: the {lies}. {decided}"
    if verdict.outcome != "tied":
        by = f"by {score.apart(against.difference)}"
        return f"{trial} is {verdict.outcome} than the baseline on {score.test_set}, {by}: the {lies}. {decided}"
    if one.why_none:
        return f"{trial} is tied with the baseline: it is not decided who is better, and {one.why_none}. The {lies}."
    either = f", nor whether they are equivalent {within}" if (within := margin_text(one, score)) else ""
    return (
        f"{trial} is tied with the baseline: after {verdict.pairs} pairs of runs it is not decided who is better"
        f"{either}. The {lies}; `confirm` with a larger --seeds goes on."
    )


def margin_text(one: ConfirmationResult, score: Score) -> str:
    """What counts as equivalent: "within 0.05 points"; empty if nothing does."""
    margin = one.until_sure.margin if one.until_sure else 0.0
    return f"within {in_points(margin, score.metric):g}{score.unit or f' {score.metric}'}" if margin else ""


def footnotes_until_sure(analysis: Analysis) -> Iterator[str]:
    """Sentences on how far the verdicts of such runs hold."""
    trials = len(analysis.confirmations) - 1
    whose = f"for the {trials} trials together, " if trials > 1 else ""
    yield f"Intervals, p and verdicts hold {whose}at whatever time one looks, and whenever one stops or goes on."
    before = analysis.study.until_sure.fixed_runs if analysis.study.until_sure else 0
    if before:
        yield (
            f"Beware: the first {before} runs a side had a verdict of their own, by Welch's test; whoever takes the "
            "better one of the two may be wrong twice as often."
        )
