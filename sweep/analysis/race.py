"""A race of several trials against the baseline: who falls behind gets no more runs.

The best trial of a search is the best one of the space half the time at most, so that it pays to confirm several. Most
of them need few runs to be seen behind.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sweep.analysis.anytime import least_pairs, standing
from sweep.analysis.verdict import ALPHA

ROUND = 2
"""After so many pairs, and each time after so many more, the worse half leaves."""
TOO_LITTLE = 0.5
"""The lead over the baseline, in sd of the differences of pairs, below which a trial leaves."""

FAILED = "one of its runs failed, or of the baseline's"


@dataclass(frozen=True)
class Race:
    """How a race stands. Get it with `race`.

    Args:
        running: numbers of the trials that are still in it.
        pairs: number of pairs of runs that all of them have.
        left: why each of the others left, as a phrase, by its number; those that were decided are not among them.
    """

    running: Sequence[int]
    pairs: int
    left: Mapping[int, str]

    @property
    def until(self) -> int | None:
        """The number of pairs after which the worse half leaves; None once a single trial is left."""
        return self.pairs - self.pairs % ROUND + ROUND if len(self.running) > 1 else None


def race(
    candidates: Mapping[int, Sequence[float]],
    baseline: Sequence[float],
    *,
    alpha: float = ALPHA,
    margin: float = 0.0,
    higher_is_better: bool = True,
    failed: Collection[int] = (),
) -> Race:
    """How a race stands by the runs so far.

    Method: sequential halving (Karnin et al. 2013, "Almost optimal exploration in multi-armed bandits", ICML) by the
    means of the runs, in rounds of `ROUND` pairs, until one trial is left; that one goes on. Who is decided leaves, and
    who is better ends the race. Once there are pairs enough to decide, a trial whose lead over the baseline is below
    `TOO_LITTLE` leaves, too: else a race that nobody can win would go on to its end. With a margin it stays, as it may
    yet be equivalent. None of that makes a verdict wrong more often, as it is valid at whatever time one
    stops, and for all trials together.

    Args:
        candidates: scores of each trial's runs, by its number, in the order of the pairs.
        baseline: scores of the baseline's runs, in that order.
        alpha: the probability of a wrong verdict on one trial; for m candidates 0.05 / m. Default 0.05.
        margin: what counts as equivalent, in the unit of the scores. Default 0: nothing does.
        higher_is_better: whether the higher of two scores is the better one. Default: yes.
        failed: numbers of the trials that get no further than their runs so far, as one failed. Default: none.
    """
    sign = 1 if higher_is_better else -1
    gains = {
        number: [sign * (ours - theirs) for ours, theirs in zip(scores, baseline, strict=False)]
        for number, scores in candidates.items()
    }
    decided = {
        number: standing(
            candidates[number][: len(one)],
            baseline[: len(one)],
            alpha=alpha,
            margin=margin,
            higher_is_better=higher_is_better,
        )
        for number, one in gains.items()
    }
    running, left, pairs = list(candidates), dict[int, str](), 0
    while running:
        out = {number: FAILED for number in running if number in failed and len(gains[number]) == pairs}
        left |= out
        running = [number for number in running if number not in out]
        if not running or any(len(gains[number]) == pairs for number in running):
            break
        pairs += 1
        done = {number for number in running if (decided[number].decided_after or pairs + 1) <= pairs}
        running = [number for number in running if number not in done]
        winner = next((number for number in candidates if number in done and decided[number].outcome == "better"), None)
        if winner is not None:
            out = dict.fromkeys(running, f"trial {winner} was better first, after {pairs} pairs of runs")
        else:
            out = _behind({number: gains[number][:pairs] for number in running}, least_pairs(alpha), margin)
        left |= out
        running = [number for number in running if number not in out]
    return Race(running, pairs, left)


def _behind(gains: Mapping[int, Sequence[float]], least: int, margin: float) -> dict[int, str]:
    """Who leaves after so many pairs, and why: the worse half at the end of a round, and who is too little ahead.

    Args:
        gains: how much better each trial's runs are than the baseline's, by its number.
        least: number of pairs from which on a trial is expected to be ahead.
        margin: what counts as equivalent; 0 for nothing.
    """
    pairs = len(next(iter(gains.values()), ()))
    out = {}
    if pairs >= least and not margin:
        slow = [number for number, one in gains.items() if _lead(one) < TOO_LITTLE]
        out = dict.fromkeys(slow, f"it was too little ahead of the baseline after {pairs} pairs of runs")
    rest = sorted(
        (number for number in gains if number not in out), key=lambda number: -statistics.fmean(gains[number])
    )
    if pairs % ROUND == 0 and len(rest) > 1:
        out |= dict.fromkeys(rest[max(1, len(rest) // 2) :], f"it was behind others after {pairs} pairs of runs")
    return out


def _lead(gains: Sequence[float]) -> float:
    """The mean of the gains in their standard deviations; 0 if they are all 0."""
    mean, sd = statistics.fmean(gains), statistics.stdev(gains)
    return mean / sd if sd else math.copysign(math.inf, mean) if mean else 0.0
