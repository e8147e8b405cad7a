"""The answer in one sentence: is anything better than the baseline, by how much, and how sure is that?"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sweep.analysis.confirmation import ConfirmationResult
from sweep.analysis.selection import contender
from sweep.analysis.study_analysis import Analysis
from sweep.analysis.verdict import Verdict
from sweep.report.findings import p_heading, p_text, sentence
from sweep.report.format import written_as
from sweep.report.other_examples import interval_text
from sweep.report.until_sure import margin_text
from sweep.study.records import BASELINE

WORDS = {"better": "Yes.", "tied": "Not shown.", "worse": "No.", "equivalent": "No."}


@dataclass(frozen=True)
class Answer:
    """What a study says. Get it with `answer_of`.

    Args:
        outcome: "better", "tied", "worse" or "equivalent"; "open" while there is no verdict.
        word: the answer in a word or two.
        sentence: the answer with its numbers.
        facts: numbers that stand out, by what they are called.
        scope: what the interval among them covers, and what it does not; empty if there is none.
    """

    outcome: str
    word: str
    sentence: str
    facts: dict[str, str] = field(default_factory=dict)
    scope: str = ""


def answer_of(analysis: Analysis) -> Answer:
    """The answer that a study gives, as far as it has come, and what it is worth if the model function has changed."""
    answer, study, number = _answer(analysis), analysis.study, contender(analysis)
    if number is None or study.by_other_code(study.trials[number]) == study.by_other_code(study.trials[BASELINE]):
        return answer
    warning = (
        f"But trial {number} and the baseline were trained by different versions of the model function: the difference "
        "may be that of the versions."
    )
    return replace(answer, outcome="open", word="Not known.", sentence=f"{answer.sentence} {warning}")


def _answer(analysis: Analysis) -> Answer:
    study, number = analysis.study, contender(analysis)
    baseline = study.trials[BASELINE] if study.trials else None
    if not analysis.ranks:
        return _nothing(analysis)
    if baseline is None or baseline.state != "COMPLETE":
        state = baseline.state if baseline else "missing"
        return Answer("open", "Not known.", f"The baseline is {state}, so that nothing can be compared with it.")
    if number is None:
        return Answer("open", "Not known yet.", "Only the baseline has completed: nothing can be compared with it.")
    result = analysis.confirmations.get(number)
    if result is None:
        return _unconfirmed(analysis, number)
    if result.verdict is None:
        return Answer("open", "Not known yet.", sentence(result, written_as(study.confirmed_metric)))
    return _with_verdict(analysis, result, result.verdict)


def _with_verdict(analysis: Analysis, result: ConfirmationResult, verdict: Verdict) -> Answer:
    study, baseline = analysis.study, analysis.confirmations[BASELINE]
    score, against = written_as(study.confirmed_metric), verdict.comparison
    interval = f"{score.difference(against.low)} to {score.difference(against.high)}"
    others = interval_text(analysis, result.trial)
    p = p_text(verdict.p_holm)
    runs = (
        f"{len(result.scores)} fresh seeds each"
        if len(result.scores) == len(baseline.scores)
        else f"{len(result.scores)} fresh seeds against {len(baseline.scores)}"
    )
    ours, theirs = score.whole(result.mean), score.whole(baseline.mean)
    numbers = f"mean test {study.confirmed_metric} {ours} against {theirs}, on {runs}"
    measured = f"{score.apart(against.difference)} (95 % interval {interval}, p {p if p.startswith('<') else f'= {p}'})"
    best = next((number for number in analysis.ranks if number != BASELINE), None)
    trial = f"Trial {result.trial}{', the best of the search,' if result.trial == best else ''}"
    sentences = {
        "better": f"Trial {result.trial} is better than the baseline by {measured}: {numbers}.",
        "worse": f"{trial} is worse than the baseline by {measured}: {numbers}.",
        "tied": f"{trial} is tied with the baseline. The difference is {measured}: {numbers}.",
        "equivalent": f"{trial} is equivalent to the baseline {margin_text(result, score)}. "
        f"The difference is {measured}: {numbers}.",
    }
    facts = {
        "difference": score.apart(against.difference),
        "95 % interval": interval,
        **({f"95 %, other {score.example}s, too": others} if others else {}),
        p_heading(analysis.confirmations): p,
        "seeds a side": str(len(result.scores)),
    }
    if result.until_sure:
        facts["pairs until decided" if verdict.outcome != "tied" else "pairs"] = str(verdict.pairs)
    test = "a sequential t-test of pairs, which holds whenever one looks" if result.until_sure else "Welch's t-test"
    scope = (
        f"The 95 % interval and p are of seeds only, on {score.test_set}: how far the difference may move if both are "
        f"trained again with other seeds ({test}). They say nothing of other {score.example}s."
    )
    return Answer(verdict.outcome, WORDS[verdict.outcome], sentences[verdict.outcome], facts, scope)


def _unconfirmed(analysis: Analysis, number: int) -> Answer:
    study, trial = analysis.study, analysis.study.trials[number]
    score = written_as(study.metric)
    sentence = f"Trial {number} is the best of the search but for the baseline"
    difference = study.vs_baseline(trial)
    facts = {}
    if difference is not None:
        sentence += (
            f", and on one run each its test {study.metric} differs from the baseline's by {score.apart(difference)}"
        )
        facts = {
            "difference on one run": score.apart(difference),
            "test score": score.whole(trial.test.get(study.metric)),
        }
    sentence += f". That may be luck: `sweep confirm {study.name}` trains both again on fresh seeds."
    return Answer("open", "Not known yet.", sentence, facts)


def _nothing(analysis: Analysis) -> Answer:
    states = [trial.state for trial in analysis.study.trials]
    failed = [trial for trial in analysis.study.trials if trial.state == "FAIL"]
    if not any(trial.ended for trial in analysis.study.trials):
        return Answer("open", "Not known yet.", "No trial has ended.")
    sentence = f"None of {len(states):,} trials has completed; {len(failed):,} failed."
    if failed:
        sentence += f" Trial {failed[0].number}: {failed[0].error}"
    return Answer("open", "Not known.", sentence)
