"""What the confirming runs of a study say: means, spreads, and who is better than the baseline."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sweep.study.records import BASELINE, StudyRecord
from sweep.training.environment import EnvironmentChange, changes

if TYPE_CHECKING:
    from sweep.analysis.verdict import Verdict


@dataclass(frozen=True)
class ConfirmationResult:
    """One trial's confirming runs.

    Args:
        trial: its number.
        scores: the test accuracies of those that succeeded.
        failed: how many others failed.
        planned: how many there are to be.
        verdict: against the baseline's runs; None for the baseline itself, and while there can be none.
        why_none: why there can be none yet.
        seeds_to_settle: about how many runs a side would tell it from the baseline, if it is tied; None if it is not,
            or if they would be more than 1,000.
    """

    trial: int
    scores: list[float]
    failed: int
    planned: int
    verdict: Verdict | None = None
    why_none: str = ""
    seeds_to_settle: int | None = None

    @property
    def made(self) -> int:
        """How many runs there are."""
        return len(self.scores) + self.failed

    @property
    def mean(self) -> float | None:
        """Of the scores; None if there are none."""
        return statistics.fmean(self.scores) if self.scores else None

    @property
    def sd(self) -> float | None:
        """Of the scores, divisor n - 1; None of fewer than two."""
        return statistics.stdev(self.scores) if len(self.scores) > 1 else None


def confirmation_results(study: StudyRecord) -> dict[int, ConfirmationResult]:
    """What is known of each trial with confirming runs, the baseline first; empty if there are none.

    All verdicts of a study stand together: confirming one more trial is one more question asked of the same baseline,
    and Holm's correction counts it. There is no verdict before all runs that were asked for are there, as looking at
    every run that comes in finds a difference sooner or later; and none if some failed, as those that are left are a
    choice of the lucky ones.
    """
    if not study.confirming:
        return {}
    # Postponed: scipy.stats takes longer to import than all else a board needs.
    from sweep.analysis.verdict import ALPHA, seeds_to_settle, verdicts

    plain = {number: _plain(study, number) for number in sorted({BASELINE, *(run.trial for run in study.confirming)})}
    baseline = plain.pop(BASELINE)
    whys = {number: _why_none(one) or _why_none(baseline) for number, one in plain.items()}
    ready = {number: one.scores for number, one in plain.items() if not whys[number]}
    given = verdicts(ready, baseline.scores) if ready else {}
    found = {BASELINE: baseline}
    for number, one in plain.items():
        verdict = given.get(number)
        settle = None
        if verdict is not None and verdict.outcome == "tied":
            settle = seeds_to_settle(verdict.comparison, alpha=ALPHA / len(given))
        found[number] = ConfirmationResult(number, one.scores, one.failed, one.planned, verdict, whys[number], settle)
    return found


def _plain(study: StudyRecord, number: int) -> ConfirmationResult:
    runs = [run for run in study.confirming if run.trial == number]
    scores = [run.test_accuracy for run in runs if run.test_accuracy is not None]
    planned = max(len(runs), study.confirm_seeds.get(number, 0))
    return ConfirmationResult(number, scores, len(runs) - len(scores), planned)


def _why_none(one: ConfirmationResult) -> str:
    """Why there can be no verdict with these runs on one side; empty if there can."""
    whose = "of the baseline's" if one.trial == BASELINE else "of its"
    if one.failed:
        return f"{one.failed} {whose} {one.made} runs failed"
    if one.made < one.planned or one.made < 2:
        return f"only {one.made} {whose} {max(one.planned, 2)} runs are there yet"
    return ""


def training_differences(study: StudyRecord) -> list[EnvironmentChange]:
    """What differs in how the confirming runs, and the trials they confirm, were trained, other than the machine."""
    runs = [run for run in study.confirming if run.environment is not None]
    indices = {run.environment for run in runs if run.environment is not None}
    indices |= {index for run in runs for index in study.trials[run.trial].environments}
    first, *others = [study.environments[index] for index in sorted(indices)] or [{}]
    differences = [change for other in others for change in changes(first, other)]
    return list(dict.fromkeys(change for change in differences if change.name != "machine"))
