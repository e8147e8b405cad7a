"""Which of a study's trials are confirmed, and which model is the winner's."""

from __future__ import annotations

from sweep.analysis.study_analysis import Analysis
from sweep.study.confirmations import missing
from sweep.study.records import BASELINE, ConfirmingRun, TrialRecord


def candidates(analysis: Analysis, top: int) -> list[int]:
    """The best completed trials that differ from the baseline and from each other, the first rank first.

    With several objectives the most accurate of the Pareto front come first, as accuracy is what is confirmed.
    """
    study, ranks = analysis.study, analysis.ranks
    if study.definition.is_multi_objective:
        accuracy = {number: study.trials[number].last["val_accuracy"] for number in ranks}
        ranks = dict(sorted(ranks.items(), key=lambda item: (item[1], -accuracy[item[0]])))
    best: list[int] = []
    different = [study.trials[BASELINE].params]
    for number in ranks:
        if study.trials[number].params not in different:
            different.append(study.trials[number].params)
            best.append(number)
    return best[:top]


def to_confirm(analysis: Analysis, top: int, seeds: int) -> list[ConfirmingRun]:
    """The runs that are lacking; none if no trial but the baseline completed.

    Args:
        analysis: of the study.
        top: how many of the best trials are confirmed.
        seeds: how many runs each of them and the baseline is to have.
    """
    best = candidates(analysis, top)
    return missing(analysis.study, [BASELINE, *best], seeds) if best else []


def winner(analysis: Analysis) -> TrialRecord | ConfirmingRun | None:
    """Whose model is exported when no trial is named; None if no trial has completed.

    Once trials are confirmed: of the first rank that is better than the baseline, else of the baseline, the first run
    on all training images; the first, not the best, so that its score is no lucky pick. Before that: the first rank.
    """
    study, ranks = analysis.study, analysis.ranks
    verdicts = {one.trial: one.verdict.outcome for one in analysis.confirmations.values() if one.verdict}
    if verdicts:
        better = [number for number in ranks if verdicts.get(number) == "better"]
        number = better[0] if better else BASELINE
        return next(run for run in study.confirming if run.trial == number and run.test_accuracy is not None)
    return study.trials[next(iter(ranks))] if ranks else None
