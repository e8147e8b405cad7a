"""Tune's `TrialScheduler` over the driver: passes each rung on, and stops whom Optuna's pruner stops."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ray import cloudpickle
from ray.tune.experiment import Trial
from ray.tune.schedulers import FIFOScheduler, TrialScheduler

from sweep.bridge.referee import Referee


class PrunerScheduler(FIFOScheduler):
    """First in, first out; the referee decides who goes on.

    Args:
        referee: knows which of Tune's trials is which of the study's.
    """

    def __init__(self, referee: Referee) -> None:
        super().__init__()
        self._referee = referee

    def on_trial_result(self, tune_controller: Any, trial: Trial, result: dict[str, Any]) -> str:
        """One rung, or the trial's failure. Tune passes results with flattened keys."""
        goes_on = self._referee.result(trial.trial_id, result)
        return str(TrialScheduler.CONTINUE if goes_on else TrialScheduler.STOP)

    def on_trial_error(self, tune_controller: Any, trial: Trial) -> None:
        """Remember why, for the searcher's `on_trial_complete`, which does not hear it."""
        self._referee.note_error(trial.trial_id, _error(trial))


def _error(trial: Trial) -> BaseException | None:
    # Tune's own `get_error` looks in the experiment's storage, where it has not copied the file yet.
    path = Path(trial.pickled_error_file or "")
    if not path.is_file():
        return None
    error: BaseException = cloudpickle.loads(path.read_bytes())
    return error
