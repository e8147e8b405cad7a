"""Tune's `Searcher` over the driver: hands out trials, hears of workers that died."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ray.tune.search import Searcher

from sweep.execution.ray.adapter import TuneAdapter


class LedgerSearcher(Searcher):
    """Asks the adapter for each next trial.

    Args:
        adapter: knows which of Tune's trials is which of the study's.
    """

    def __init__(self, adapter: TuneAdapter) -> None:
        super().__init__()
        self._adapter = adapter

    def suggest(self, trial_id: str) -> Any:
        """The next `TrialSpec` as Tune's config; None while all slots are taken; Tune's mark if there is none."""
        if self._adapter.full():
            return None
        spec = self._adapter.next_trial(trial_id)
        return Searcher.FINISHED if spec is None else asdict(spec)

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        """A trial that ends with an error lost its worker; all others have reported to the adapter themselves."""
        if error:
            self._adapter.crashed(trial_id)

    def save(self, checkpoint_path: str) -> None:
        """Nothing: the ledger is the only truth."""

    def restore(self, checkpoint_path: str) -> None:
        """Nothing: a study goes on from its ledger."""
