"""What the confirming runs of a study say: means, spreads, and who is better than the baseline."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sweep.study.records import BASELINE, StudyRecord
from sweep.training.environment import EnvironmentChange, changes

if TYPE_CHECKING:
    from sweep.analysis.verdict import Verdict


@dataclass(frozen=True)
class ConfirmationResult:
    """One trial's confirming runs.

    Args:
        trial: number of the trial.
        scores: test scores of the runs that succeeded, in the unit of the study's `confirmed_metric`.
        failed: number of runs that failed; one whose score is no finite number has failed, too.
        planned: number of runs that the trial is to have.
        verdict: whether the trial is better than the baseline, by the runs of both; None for the baseline itself, and
            while there can be no verdict.
        outdated: number of runs, not among the others, that another version of the model function made.
        why_none: why there is no verdict, as a phrase; empty for the baseline and where there is one.
        seeds_to_settle: about how many runs a tied trial and the baseline would each need for another verdict; None if
            the trial is not tied, or if they are more than 1,000.
    """

    trial: int
    scores: list[float]
    failed: int
    planned: int
    outdated: int = 0
    verdict: Verdict | None = None
    why_none: str = ""
    seeds_to_settle: int | None = None

    @property
    def made(self) -> int:
        """Number of runs that have ended, failed ones included."""
        return len(self.scores) + self.failed

    @property
    def mean(self) -> float | None:
        """Mean of the scores; None if there are none."""
        return statistics.fmean(self.scores) if self.scores else None

    @property
    def sd(self) -> float | None:
        """Standard deviation of the scores (divisor n - 1); None if there are fewer than two."""
        return statistics.stdev(self.scores) if len(self.scores) > 1 else None


def confirmation_results(study: StudyRecord) -> dict[int, ConfirmationResult]:
    """What the confirming runs say of each trial, by its number, the baseline first; empty if there are no runs.

    All verdicts of a study stand together: confirming one more trial is one more test against the same baseline, and
    Holm's correction counts it. There is no verdict before all planned runs have ended, as testing after each run finds
    a difference sooner or later; and none if a run failed, as the runs that are left may be the lucky ones.
    """
    if not study.confirming:
        return {}
    # Postponed: scipy.stats takes longer to import than all else a board needs.
    from sweep.analysis.power import seeds_to_settle
    from sweep.analysis.verdict import ALPHA, verdicts

    plain = {number: _plain(study, number) for number in sorted({BASELINE, *(run.trial for run in study.confirming)})}
    baseline = plain.pop(BASELINE)
    whys = {number: _why_none(result) or _why_none(baseline) for number, result in plain.items()}
    ready = {number: result.scores for number, result in plain.items() if not whys[number]}
    by_trial = verdicts(ready, baseline.scores, higher_is_better=study.confirmed_higher_is_better) if ready else {}
    results = {BASELINE: baseline}
    for number, result in plain.items():
        verdict = by_trial.get(number)
        settle = None
        if verdict is not None and verdict.outcome == "tied":
            settle = seeds_to_settle(verdict.comparison, alpha=ALPHA / len(by_trial))
        results[number] = replace(result, verdict=verdict, why_none=whys[number], seeds_to_settle=settle)
    return results


def _plain(study: StudyRecord, number: int) -> ConfirmationResult:
    """A trial's confirming runs, without a verdict."""
    every = [run for run in study.confirming if run.trial == number]
    runs = [run for run in every if not study.by_other_code(run)]
    tested = [run.test.get(study.confirmed_metric, math.nan) for run in runs]
    scores = [score for score in tested if math.isfinite(score)]
    planned = max(len(runs), study.confirm_seeds.get(number, 0))
    return ConfirmationResult(number, scores, len(runs) - len(scores), planned, len(every) - len(runs))


def _why_none(result: ConfirmationResult) -> str:
    """Why these runs, a trial's or the baseline's, allow no verdict; empty if they do."""
    whose = "of the baseline's" if result.trial == BASELINE else "of its"
    if result.failed:
        return f"{result.failed} {whose} {result.made} runs failed"
    if result.outdated and not result.made:
        return f"{result.outdated} {whose} runs are of another version of the model function, and none is of this one"
    if result.made < result.planned or result.made < 2:
        return f"only {result.made} {whose} {max(result.planned, 2)} runs are there yet"
    return ""


def training_differences(study: StudyRecord) -> list[EnvironmentChange]:
    """How the environments of the confirming runs and of the trials they confirm differ, apart from the machine."""
    runs = [run for run in study.confirming if run.environment is not None]
    indices = {run.environment for run in runs if run.environment is not None}
    indices |= {index for run in runs for index in study.trials[run.trial].environments}
    first, *others = [study.environments[index] for index in sorted(indices)] or [{}]
    differences = [change for other in others for change in changes(first, other)]
    return list(dict.fromkeys(change for change in differences if change.name != "machine"))
