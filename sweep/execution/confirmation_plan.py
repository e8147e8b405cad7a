"""Which confirming runs a study is to have: a fixed number, or as many as it takes to be sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sweep.analysis.selection import candidates
from sweep.analysis.study_analysis import Analysis
from sweep.space.metrics import from_points
from sweep.study.confirmations import Confirmations, missing
from sweep.study.confirming_run import ConfirmingRun
from sweep.study.records import BASELINE, StudyRecord
from sweep.study.until_sure import DEFAULT_PAIRS, UntilSure


@dataclass(frozen=True)
class ConfirmationPlan:
    """The confirming runs that some trials and the baseline are to have. Get it with `fixed_plan` or `open_plan`.

    Args:
        study: the study's record, with the plan in it if runs are made until it is decided.
        numbers: numbers of the trials, without the baseline's.
        seeds: number of runs that each is to have; the most, if they are made until it is decided.
    """

    study: StudyRecord
    numbers: Sequence[int]
    seeds: int

    @property
    def until_sure(self) -> bool:
        """Whether runs are made until it is decided who is better."""
        return self.study.until_sure is not None

    @property
    def runs(self) -> list[ConfirmingRun]:
        """The runs to make, in the order in which they are started: those that may still be needed."""
        return self.still_needed(self.study)

    def still_needed(self, study: StudyRecord) -> list[ConfirmingRun]:
        """The runs to make as a later record has it.

        Args:
            study: the study's record, with more runs than there were.
        """
        if not self.numbers:
            return []
        if not self.until_sure:
            return missing(study, [BASELINE, *self.numbers], self.seeds)
        # Postponed: scipy.stats, which a verdict needs, takes longer to import than all else here.
        from sweep.analysis.until_sure import lacking

        return lacking(study, self.numbers)

    def write(self, confirmations: Confirmations) -> None:
        """Write the plan into the journal, if it has trials."""
        if self.until_sure and self.numbers:
            confirmations.plan(self.study)
        else:
            confirmations.schedule(self.runs, self.seeds)


def fixed_plan(analysis: Analysis, top: int, seeds: int) -> ConfirmationPlan:
    """A plan of so many runs for the best trials and for the baseline.

    Args:
        analysis: the analysis of the study.
        top: number of the best trials that are to be confirmed.
        seeds: number of runs that each of them and the baseline is to have.
    """
    return ConfirmationPlan(analysis.study, candidates(analysis, top), seeds)


def open_plan(
    analysis: Analysis, top: int, *, most: int | None = None, margin: float | None = None, anew: bool = True
) -> ConfirmationPlan:
    """A plan of runs of the best trials and the baseline until it is decided who is better; several trials race.

    A study that had a fixed number of runs keeps them, and they count; that there were verdicts by them is written
    down, as those are another chance to be wrong.

    Args:
        analysis: the analysis of the study.
        top: number of the best trials that are to be confirmed.
        most: maximum number of runs that each of them and the baseline is to have. Default: as in the study's last plan
            of this kind, or `DEFAULT_PAIRS`.
        margin: what counts as equivalent, in points for shares such as accuracies, else in the metric's own unit; 0 for
            nothing. Default: as in the study's last plan of this kind, or nothing.
        anew: whether the trials of a race that the best ones took part in are not wanted again. Default: yes.
    """
    study, numbers = analysis.study, candidates(analysis, top)
    if not anew and study.until_sure is not None and set(numbers) <= set(study.until_sure.race):
        numbers = study.until_sure.race
    decides = study.until_sure or UntilSure(fixed_runs=_runs_with_verdict(analysis))
    if margin is not None:
        decides = replace(decides, margin=from_points(margin, study.confirmed_metric))
    decides = replace(decides, race=list(numbers) if len(numbers) > 1 else [])
    last = study.confirm_seeds.values() if study.until_sure else ()
    pairs = most or max(last, default=DEFAULT_PAIRS)
    planned = {**study.confirm_seeds, **dict.fromkeys([BASELINE, *numbers], pairs)}
    return ConfirmationPlan(replace(study, confirm_seeds=planned, until_sure=decides), numbers, pairs)


def _runs_with_verdict(analysis: Analysis) -> int:
    """The largest number of runs by which a trial had a verdict; 0 if none had one."""
    return max((len(result.scores) for result in analysis.confirmations.values() if result.verdict), default=0)
