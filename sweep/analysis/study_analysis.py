"""All that is worked out from a study's records, each part once and only if it is asked for."""

from __future__ import annotations

from functools import cached_property

from sweep.analysis.confirmation import ConfirmationResult, confirmation_results
from sweep.analysis.ranking import layers_of, ranks_of
from sweep.study.records import StudyRecord


class Analysis:
    """A study as it stands, with what its records say. Make it once and hand it on.

    Args:
        study: the records.
    """

    def __init__(self, study: StudyRecord) -> None:
        self.study = study

    @cached_property
    def layers(self) -> dict[int, int]:
        """The Pareto layer of each completed trial by its number; 1 is the front."""
        return layers_of(self.study)

    @cached_property
    def ranks(self) -> dict[int, int]:
        """The rank of each completed trial by its number, the first rank first."""
        return ranks_of(self.study, self.layers)

    @cached_property
    def confirmations(self) -> dict[int, ConfirmationResult]:
        """What is known of each trial with confirming runs, by its number, the baseline first; empty without any."""
        return confirmation_results(self.study)
