"""What the confirming runs of a study say: means, spreads, and who is better than the baseline."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sweep.study.records import BASELINE, StudyRecord
from sweep.study.until_sure import UntilSure
from sweep.training.environment import EnvironmentChange, changes

if TYPE_CHECKING:
    from sweep.analysis.verdict import Comparison, Verdict


@dataclass(frozen=True)
class ConfirmationResult:
    """One trial's confirming runs.

    Args:
        trial: number of the trial.
        scores: test scores of the runs that succeeded, in the unit of the study's `confirmed_metric`.
        failed: number of runs that failed; one whose score is no finite number has failed, too.
        planned: number of runs that the trial is to have; the most, if they are made until it is decided.
        verdict: whether the trial is better than the baseline, by the runs of both; None for the baseline itself, and
            while there can be no verdict.
        outdated: number of runs, not among the others, that another version of the model function made.
        why_none: why there is no verdict, as a phrase; empty for the baseline and where there is one. Of a trial that
            is tied as it left a race, why it left.
        seeds_to_settle: about how many runs a tied trial and the baseline would each need for another verdict; None if
            the trial is not tied, or if they are more than 1,000; or if runs are made until it is decided.
        until_sure: what decides whether there are enough runs. Default: None, their number was fixed beforehand.
        so_far: the trial against the baseline while it is not decided; None if that can't be told.
    """

    trial: int
    scores: list[float]
    failed: int
    planned: int
    outdated: int = 0
    verdict: Verdict | None = None
    why_none: str = ""
    seeds_to_settle: int | None = None
    until_sure: UntilSure | None = None
    so_far: Comparison | None = None

    @property
    def against(self) -> Comparison | None:
        """The trial against the baseline, as its verdict has it, or as it stands so far; None if there is neither."""
        return self.verdict.comparison if self.verdict else self.so_far

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

    If runs are made until it is decided, the verdict is that of `anytime`, and a run that fails later changes nothing.
    """
    if not study.confirming:
        return {}
    # Postponed: scipy.stats takes longer to import than all else a board needs.
    from sweep.analysis.power import seeds_to_settle
    from sweep.analysis.verdict import ALPHA, verdicts

    plain = {number: _plain(study, number) for number in sorted({BASELINE, *(run.trial for run in study.confirming)})}
    baseline = plain.pop(BASELINE)
    if study.until_sure is not None:
        return {BASELINE: baseline, **{number: _decided(study, one, baseline) for number, one in plain.items()}}
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
    failed, outdated = len(runs) - len(scores), len(every) - len(runs)
    return ConfirmationResult(number, scores, failed, planned, outdated, until_sure=study.until_sure)


def _decided(study: StudyRecord, result: ConfirmationResult, baseline: ConfirmationResult) -> ConfirmationResult:
    """A trial's runs with their verdict, or with why it is not decided."""
    # Postponed, as in `confirmation_results`.
    from sweep.analysis.until_sure import most_pairs, number_asked, race_of, standing_of
    from sweep.analysis.verdict import Verdict

    stands, most = standing_of(study, result.trial), most_pairs(study, result.trial)
    failures = "" if stands.outcome else _why_failed(result) or _why_failed(baseline)
    left = "" if stands.outcome or failures else race_of(study).left.get(result.trial, "")
    outcome = stands.outcome or ("tied" if (left or stands.pairs >= most) and not failures else None)
    if stands.comparison is not None and outcome is not None:
        p = min(1.0, number_asked(study) * stands.comparison.p_value)
        verdict = Verdict(stands.comparison, p, outcome, stands.decided_after or stands.pairs)
        return replace(result, verdict=verdict, why_none=left)
    if stands.pairs < most or failures:
        why = failures or left or f"it is not decided after {stands.pairs} of up to {most} pairs of runs"
    elif stands.same:
        why = f"all {stands.pairs} pairs of runs differ by the same, so that nothing is known of chance"
    else:
        why = f"{stands.pairs} pairs of runs are too few to tell anything"
    return replace(result, why_none=why, so_far=None if failures else stands.comparison)


def _why_none(result: ConfirmationResult) -> str:
    """Why these runs, a trial's or the baseline's, allow no verdict; empty if they do."""
    whose = _whose(result)
    if result.failed:
        return _why_failed(result)
    if result.outdated and not result.made:
        return f"{result.outdated} {whose} runs are of another version of the model function, and none is of this one"
    if result.made < result.planned or result.made < 2:
        return f"only {result.made} {whose} {max(result.planned, 2)} runs are there yet"
    return ""


def _why_failed(result: ConfirmationResult) -> str:
    """How many of these runs failed, as a phrase; empty if none did."""
    return f"{result.failed} {_whose(result)} {result.made} runs failed" if result.failed else ""


def _whose(result: ConfirmationResult) -> str:
    return "of the baseline's" if result.trial == BASELINE else "of its"


def training_differences(study: StudyRecord) -> list[EnvironmentChange]:
    """How the environments of the confirming runs and of the trials they confirm differ, apart from the machine."""
    runs = [run for run in study.confirming if run.environment is not None]
    indices = {run.environment for run in runs if run.environment is not None}
    indices |= {index for run in runs for index in study.trials[run.trial].environments}
    first, *others = [study.environments[index] for index in sorted(indices)] or [{}]
    differences = [change for other in others for change in changes(first, other)]
    return list(dict.fromkeys(change for change in differences if change.name != "machine"))
