"""Confirming runs that are made until their verdict is decided, instead of a number that is fixed beforehand."""

from __future__ import annotations

from dataclasses import dataclass, field

DEFAULT_PAIRS = 30
"""How many pairs of runs are made at most. Of differences of one sd, 77 % are decided by then; of two sd, all."""


@dataclass(frozen=True)
class UntilSure:
    """That a study's verdicts are made from pairs of runs, as `sweep.analysis.anytime` has it. Kept in the journal.

    Args:
        margin: what counts as equivalent, in the metric's own unit, so that 0.0005 of an accuracy is 0.05 points.
            Default 0: nothing does.
        fixed_runs: number of runs a side that were made before, by a number that was fixed beforehand. Default 0.
        race: numbers of the trials that race against the baseline, the best of the search first. Default: none, each is
            confirmed for itself.
    """

    margin: float = 0.0
    fixed_runs: int = 0
    race: list[int] = field(default_factory=list)
