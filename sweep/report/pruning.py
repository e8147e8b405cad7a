"""Whether a study's pruning can be trusted, in sentences made from its records."""

from __future__ import annotations

from sweep.analysis.doubtful_pruning import BEST_SHARE, DoubtfulPruning, doubtful_prunings
from sweep.analysis.study_analysis import Analysis
from sweep.report.format import written_as
from sweep.study.opening import REDUCTION_FACTOR
from sweep.study.records import BASELINE


def trust(analysis: Analysis) -> str:
    """A sentence on whether the pruning can be trusted: what speaks against it, or that nothing does."""
    study = analysis.study
    pruned = sum(trial.state == "PRUNED" and bool(trial.curve) for trial in study.trials)
    if not pruned:
        return "No trial was pruned, so that there is nothing to trust."
    if not analysis.ranks:
        return "That can't be told: no trial has completed."
    doubts = doubtful_prunings(study, analysis.ranks)
    if not doubts:
        best = max(1, len(analysis.ranks) // BEST_SHARE)
        ended = "the one that ended first" if best == 1 else f"any of the {best} that ended first"
        return (
            f"Nothing speaks against it: no pruned trial stood higher at its rung than {ended}. "
            "How pruned trials would have ended is not known."
        )
    first, *others = doubts
    text = f"Not fully: {_doubt(analysis, first)}."
    if others:
        trials = _listed(
            [f"{doubt.trial}" for doubt in others[:4]] + ([f"{len(others) - 4} more"] if others[4:] else [])
        )
        text += f" Trial{'s' if len(others) > 1 else ''} {trials} stood higher, too, than one of the best."
    return text


def rule(analysis: Analysis) -> str:
    """A sentence on the rule by which trials are pruned; empty with several objectives, where none is."""
    definition = analysis.study.definition
    early = [f"{step:g}" for step in definition.steps if step < 100]
    if definition.is_multi_objective or not early:
        return ""
    return (
        f"The rule: after {_listed(early)} % of its epochs a trial goes on if it is among the best "
        f"{100 / REDUCTION_FACTOR:g} % of those measured there until then (successive halving), unless the "
        "search-space file has a `pruner` of its own, which is not written down. The baseline is never pruned."
    )


def _doubt(analysis: Analysis, doubt: DoubtfulPruning) -> str:
    score = written_as(analysis.study.metric)
    names = _listed(["the baseline" if number == BASELINE else f"trial {number}" for number in doubt.passed])
    places = _listed([str(rank) for rank in doubt.passed.values()])
    return (
        f"trial {doubt.trial} was pruned at {score.whole(doubt.score)} although {names}, which stood lower there, "
        f"ended as number{'s' if len(doubt.passed) > 1 else ''} {places}"
    )


def _listed(words: list[str]) -> str:
    """Words as a sentence lists them: "a, b and c"."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
