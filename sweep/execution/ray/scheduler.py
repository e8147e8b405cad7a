"""Tune's `TrialScheduler` over the driver: passes each rung on, and stops whom Optuna's pruner stops."""

from __future__ import annotations

from typing import Any

from ray.tune.experiment import Trial
from ray.tune.schedulers import FIFOScheduler, TrialScheduler

from sweep.execution.ray.adapter import TuneAdapter
from sweep.execution.ray.private import last_report, logs_folder, node_address
from sweep.execution.ray.trainable import STEP
from sweep.execution.ray.worker_failures import last_output, was_here


class PrunerScheduler(FIFOScheduler):
    """First in, first out; the adapter decides who goes on.

    Args:
        adapter: knows which of Tune's trials is which of the study's.
    """

    def __init__(self, adapter: TuneAdapter) -> None:
        super().__init__()
        self._adapter = adapter

    def on_trial_result(self, tune_controller: Any, trial: Trial, result: dict[str, Any]) -> str:
        """One step of a trial."""
        goes_on = self._adapter.result(trial.trial_id, result[STEP])
        return str(TrialScheduler.CONTINUE if goes_on else TrialScheduler.STOP)

    def on_trial_error(self, tune_controller: Any, trial: Trial) -> None:
        """Remember why, for the searcher's `on_trial_complete`, which does not hear it."""
        report = last_report(trial)
        here = was_here(report, node_address())
        output = last_output(report, logs_folder()) if here else ""
        self._adapter.worker_lost(trial.trial_id, report, output, here=here)
