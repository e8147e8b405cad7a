"""All that is computed from a study's record: each part once, and only when it is asked for."""

from __future__ import annotations

from functools import cached_property

from sweep.analysis.confirmation import ConfirmationResult, confirmation_results
from sweep.analysis.other_examples import OtherExamples, other_examples
from sweep.analysis.ranking import layers_of, ranks_of
from sweep.study.records import StudyRecord
from sweep.study.storage.folder import StudyFolder


class Analysis:
    """A study's record with what is computed from it. Make it once and hand it on.

    Args:
        study: the study's record.
        folder: the study's folder, whose predictions say what holds of other examples. Default: None, nothing does.
    """

    def __init__(self, study: StudyRecord, folder: StudyFolder | None = None) -> None:
        self.study = study
        self.folder = folder

    @cached_property
    def layers(self) -> dict[int, int]:
        """The Pareto layer of each completed trial, by the trial's number; 1 is the front."""
        return layers_of(self.study)

    @cached_property
    def ranks(self) -> dict[int, int]:
        """The rank of each completed trial, by the trial's number, the first rank first."""
        return ranks_of(self.study, self.layers)

    @cached_property
    def confirmations(self) -> dict[int, ConfirmationResult]:
        """What the confirming runs say of each trial, by its number, the baseline first; empty if there are no runs."""
        return confirmation_results(self.study)

    @cached_property
    def other_examples(self) -> OtherExamples:
        """What the confirming runs say of other test examples; empty where no folder has their predictions."""
        return other_examples(self.study, self.folder, self.confirmations) if self.folder else OtherExamples()
