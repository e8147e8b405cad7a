"""Confirming runs that are made until it is decided who is better: how each trial stands, and which run is next.

All of it follows from the runs that have ended, so that who goes on after a crash goes on as if there had been none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from sweep.analysis.anytime import Standing, standing
from sweep.analysis.race import Race, race
from sweep.analysis.verdict import ALPHA
from sweep.space.sweep import MAX_CONFIRM_SEEDS
from sweep.study.confirmations import missing
from sweep.study.confirming_run import ConfirmingRun
from sweep.study.records import BASELINE, StudyRecord


def number_asked(study: StudyRecord) -> int:
    """How many trials are compared with the baseline, those included whose runs are still to be made."""
    return len({*study.confirm_seeds, *(run.trial for run in study.confirming)} - {BASELINE})


def standing_of(study: StudyRecord, number: int) -> Standing:
    """How a trial stands against the baseline, by their pairs of runs and at its part of the level.

    A pair is a run of the trial and the run of the baseline at the same place, in the order in which runs are started.
    Only those before the first that lacks a run count, so that the scores have no say in which pairs do.
    """
    ours, theirs = _pairs(study, number)
    return standing(
        ours,
        theirs,
        alpha=_alpha(study),
        margin=_margin(study),
        higher_is_better=study.confirmed_higher_is_better,
    )


def race_of(study: StudyRecord) -> Race:
    """How the race of a study stands; one without trials if there is none. Who has a failed run is out of it."""
    numbers = study.until_sure.race if study.until_sure else []
    pairs = {number: _pairs(study, number) for number in numbers}
    longest = max((theirs for _, theirs in pairs.values()), key=len, default=[])
    failed = [number for number in numbers if _is_barred(study, number)]
    return race(
        {number: ours for number, (ours, _) in pairs.items()},
        longest,
        alpha=_alpha(study),
        margin=_margin(study),
        higher_is_better=study.confirmed_higher_is_better,
        failed=failed,
    )


def most_pairs(study: StudyRecord, number: int) -> int:
    """The maximum number of pairs of runs that a trial is to have."""
    return study.confirm_seeds.get(number) or len(_scores(study, number))


def lacking(study: StudyRecord, numbers: Sequence[int]) -> list[ConfirmingRun]:
    """The runs that some trials and the baseline may still need, in the order in which they are to be started.

    A trial needs none once it is decided, or has its maximum, or can't be decided as one of its runs or of the
    baseline's failed. In a race they are the runs up to the next time at which someone leaves.

    Args:
        study: the study's record, the plan of these trials included.
        numbers: numbers of the trials, without the baseline's.
    """
    until: int | None = None
    if study.until_sure is not None and set(numbers) == set(study.until_sure.race):
        stage = race_of(study)
        numbers, until = stage.running, stage.until
    most_of = {number: min(most_pairs(study, number), until or MAX_CONFIRM_SEEDS) for number in numbers}
    open_ones = [number for number in numbers if _is_open(study, number)]
    runs = [run for number in open_ones for run in missing(study, [number], most_of[number])]
    most = max((most_of[number] for number in open_ones), default=0)
    return sorted([*runs, *missing(study, [BASELINE], most)], key=lambda run: (run.index, run.trial))


def undecided(study: StudyRecord) -> list[ConfirmingRun]:
    """The runs that the trials of a study's plan and the baseline may still need; see `lacking`."""
    race_numbers = study.until_sure.race if study.until_sure else []
    return lacking(study, race_numbers or [number for number in study.confirm_seeds if number != BASELINE])


def _is_open(study: StudyRecord, number: int) -> bool:
    stands = standing_of(study, number)
    if stands.outcome is not None or stands.pairs >= most_pairs(study, number):
        return False
    return not _is_barred(study, number)


def _is_barred(study: StudyRecord, number: int) -> bool:
    """Whether a failed run, of the trial or of the baseline, keeps a trial from being decided later."""
    ended = [run for run in study.confirming if run.trial in (number, BASELINE) and not study.by_other_code(run)]
    return not all(math.isfinite(_score(study, run)) for run in ended)


def _alpha(study: StudyRecord) -> float:
    """The probability of a wrong verdict that each trial has, for 5 % in all."""
    return ALPHA / max(1, number_asked(study))


def _margin(study: StudyRecord) -> float:
    return study.until_sure.margin if study.until_sure else 0.0


def _pairs(study: StudyRecord, number: int) -> tuple[list[float], list[float]]:
    """The scores of a trial's runs and of the baseline's, as far as both have a score in the order of their pairs."""
    ours, theirs = _scores(study, number), _scores(study, BASELINE)
    pairs = list(zip(ours, theirs, strict=False))
    whole = next((index for index, pair in enumerate(pairs) if not all(map(math.isfinite, pair))), len(pairs))
    return ours[:whole], theirs[:whole]


def _score(study: StudyRecord, run: ConfirmingRun) -> float:
    return run.test.get(study.confirmed_metric, math.nan)


def _scores(study: StudyRecord, number: int) -> list[float]:
    """The scores of a trial's runs in the order in which they are started, NaN for those that have none.

    Runs of another version of the model function are left out, and those after them take their places.
    """
    runs = {run.index: run for run in study.confirming if run.trial == number}
    counted = [index for index in range(max(runs, default=-1) + 1) if not _is_outdated(study, runs.get(index))]
    return [_score(study, runs[index]) if index in runs else math.nan for index in counted]


def _is_outdated(study: StudyRecord, run: ConfirmingRun | None) -> bool:
    return run is not None and study.by_other_code(run)
