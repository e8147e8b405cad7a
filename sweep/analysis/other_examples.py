"""What confirming runs say of other test examples than those they were measured on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sweep.analysis.confirmation import ConfirmationResult
from sweep.errors import InputError
from sweep.study.example_scores import example_scores
from sweep.study.records import BASELINE, StudyRecord
from sweep.study.storage.folder import StudyFolder

if TYPE_CHECKING:
    from sweep.analysis.crossed import CrossedInterval

STOPPED = "its interval needs a number of runs that was chosen beforehand, and these were made until it was decided"
"""Looked at after every run, an interval of a fixed number of them leaves the truth out sooner or later."""


@dataclass(frozen=True)
class OtherExamples:
    """What is known of the confirmed trials' differences on other examples. Get it with `other_examples`.

    Args:
        intervals: the interval over seeds and test examples of each trial that has one, by the trial's number.
        why_none: why a trial with a verdict has no such interval, as a phrase, by the trial's number.
    """

    intervals: Mapping[int, CrossedInterval] = field(default_factory=dict)
    why_none: Mapping[int, str] = field(default_factory=dict)


def other_examples(
    study: StudyRecord, folder: StudyFolder, confirmations: Mapping[int, ConfirmationResult]
) -> OtherExamples:
    """The intervals over seeds and test examples at once, from what confirming runs got of each test example.

    They are of the runs that the verdicts are of: all that count, or none, as those whose files are left are a choice.

    Args:
        study: the study's record.
        folder: the study's folder, which has the runs' predictions.
        confirmations: what the confirming runs say of each trial, by its number.
    """
    numbers = [number for number, result in confirmations.items() if result.verdict is not None]
    if not numbers:
        return OtherExamples()
    if study.until_sure is not None:
        return OtherExamples(why_none=dict.fromkeys(numbers, STOPPED))
    # Postponed: scipy.stats takes longer to import than all else a board needs.
    from sweep.analysis.crossed import crossed_interval

    intervals, why_none = {}, {}
    try:
        baseline = _scores(study, folder, BASELINE)
    except InputError as error:
        return OtherExamples(why_none=dict.fromkeys(numbers, str(error)))
    for number in numbers:
        try:
            scores = _scores(study, folder, number)
            _refuse_unlike(scores, baseline)
            intervals[number] = crossed_interval(scores, baseline)
        except InputError as error:
            why_none[number] = str(error)
    return OtherExamples(intervals, why_none)


def _scores(study: StudyRecord, folder: StudyFolder, number: int) -> NDArray[np.float64]:
    runs = [run for run in study.confirming if run.trial == number and not study.by_other_code(run)]
    return example_scores(folder, runs, study.confirmed_metric)


def _refuse_unlike(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> None:
    sizes = [scores.shape[1] for scores in (ours, theirs)]
    if sizes[0] != sizes[1] or sizes[0] < 2:
        raise InputError(
            f"a trial and the baseline must have the same test examples, two at least, but got {sizes[0]:,} and "
            f"{sizes[1]:,}"
        )
