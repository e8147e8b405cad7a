"""Which of a study's trials are confirmed, and which model is the winner's."""

from __future__ import annotations

from sweep.analysis.study_analysis import Analysis
from sweep.space.metrics import VAL
from sweep.study.confirming_run import ConfirmingRun
from sweep.study.records import BASELINE, TrialRecord


def candidates(analysis: Analysis, top: int) -> list[int]:
    """The numbers of the best completed trials whose models differ from the baseline's and each other's, best first.

    With several objectives the trials of the Pareto front that are best by the study's metric come first, as that is
    what is confirmed.

    Args:
        analysis: the analysis of the study.
        top: maximum number of trials.
    """
    study, ranks = analysis.study, analysis.ranks
    if study.definition.is_multi_objective:
        sign = -1 if study.higher_is_better else 1
        score = {number: study.trials[number].last[VAL + study.metric] for number in ranks}
        ranks = dict(sorted(ranks.items(), key=lambda item: (item[1], sign * score[item[0]])))
    best: list[int] = []
    different = [study.trials[BASELINE].model_params]
    for number in ranks:
        if study.trials[number].model_params not in different:
            different.append(study.trials[number].model_params)
            best.append(number)
    return best[:top]


def contender(analysis: Analysis) -> int | None:
    """The number of the trial that stands against the baseline; None if no trial of another model has completed.

    It is the best trial that is better than the baseline by its verdict; else the best of those that were confirmed, in
    a race of those that came as far as a verdict; else the best by rank.
    """
    if not analysis.ranks:
        return None
    confirmed = analysis.confirmations
    verdicts = {item.trial: item.verdict.outcome for item in confirmed.values() if item.verdict}
    best = [number for number in analysis.ranks if number != BASELINE]
    raced = [n for n in best if n in verdicts] if analysis.study.until_sure else []
    for chosen in ([n for n in best if verdicts.get(n) == "better"], raced, [n for n in best if n in confirmed]):
        if chosen:
            return chosen[0]
    return next(iter(candidates(analysis, 1)), None)


def winner(analysis: Analysis) -> TrialRecord | ConfirmingRun | None:
    """The trial or confirming run whose model is exported if no trial is named; None if no trial has completed.

    Once there are verdicts, it is the first confirming run of the best trial that is better than the baseline, or of
    the baseline if none is. It is the first run and not the best, so that its score is no lucky pick. Before there are
    verdicts, it is the trial of the first rank.
    """
    study, ranks = analysis.study, analysis.ranks
    verdicts = {item.trial: item.verdict.outcome for item in analysis.confirmations.values() if item.verdict}
    if verdicts:
        better = [number for number in ranks if verdicts.get(number) == "better"]
        number = better[0] if better else BASELINE
        runs = (run for run in study.confirming if run.trial == number and not study.by_other_code(run))
        return next(run for run in runs if run.test)
    return study.trials[next(iter(ranks))] if ranks else None
