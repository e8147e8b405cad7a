"""What the confirming runs of a study say: means, spreads, and who is better than the baseline."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sweep.records import StudyRecord

if TYPE_CHECKING:
    from sweep.verdict import Verdict


@dataclass(frozen=True)
class Confirmed:
    """One trial's successful confirming runs.

    Args:
        trial: its number.
        scores: their test accuracies.
        verdict: against the baseline's runs; None for the baseline itself.
        seeds_to_settle: about how many runs a side would tell it from the baseline, if it is tied; None if it is not,
            or if they would be more than 1,000.
    """

    trial: int
    scores: list[float]
    verdict: Verdict | None = None
    seeds_to_settle: int | None = None

    @property
    def mean(self) -> float:
        """Of the scores."""
        return statistics.fmean(self.scores)

    @property
    def sd(self) -> float | None:
        """Of the scores, divisor n - 1; None of a single one."""
        return statistics.stdev(self.scores) if len(self.scores) > 1 else None


def confirmed(study: StudyRecord) -> dict[int, Confirmed]:
    """What is known of each trial with confirming runs, the baseline first; empty if there are none.

    All verdicts of a study stand together: confirming one more trial is one more question asked of the same baseline,
    and Holm's correction counts it.
    """
    if not study.confirming:
        return {}
    # Postponed: scipy.stats takes longer to import than all else a board needs.
    from sweep.verdict import ALPHA, seeds_to_settle, verdicts

    scores: dict[int, list[float]] = {}
    for run in study.confirming:
        if run.test_accuracy is not None:
            scores.setdefault(run.trial, []).append(run.test_accuracy)
    baseline = scores.pop(0, None)
    if baseline is None:
        return {number: Confirmed(number, values) for number, values in scores.items()}
    found = {0: Confirmed(0, baseline)}
    for number, verdict in verdicts(scores, baseline).items():
        settle = None
        if verdict.outcome == "tied":
            settle = seeds_to_settle(verdict.comparison, alpha=ALPHA / len(scores))
        found[number] = Confirmed(number, scores[number], verdict, settle)
    return found
