"""Tune's `TrialScheduler` over the driver: passes each rung on, and stops whom Optuna's pruner stops."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ray
from ray.tune.experiment import Trial
from ray.tune.schedulers import FIFOScheduler, TrialScheduler

from sweep.execution.ray.adapter import TuneAdapter
from sweep.execution.ray.trainable import STEP
from sweep.execution.ray.worker_failures import last_output

FAILURE = "Failure # "
"""What each of a trial's errors begins with in Tune's file of them."""


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
        report = _last_report(trial)
        self._adapter.worker_lost(trial.trial_id, report, last_output(report, _logs_folder()))


def _logs_folder() -> Path | None:
    node = ray._private.worker._global_node
    return None if node is None else Path(node.get_logs_dir_path())


def _last_report(trial: Trial) -> str:
    # Tune's own `get_error` looks in the experiment's storage, where it has not copied the file yet, and Tune pickles
    # only some errors: one for lack of memory is not among them.
    path = Path(trial.error_file or "")
    return path.read_text(errors="replace").rpartition(FAILURE)[2].partition("\n")[2] if path.is_file() else ""
