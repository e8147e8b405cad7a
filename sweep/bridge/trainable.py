"""The worker's end of the bridge: a Tune `Trainable` whose step is one rung of a trial."""

from __future__ import annotations

import socket
import traceback
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import ray
from ray import tune

from sweep.data import TestData, TrainingData
from sweep.errors import SweepError, describe
from sweep.job import Failure, Job, Plan

if TYPE_CHECKING:
    from sweep.worker import Worker

DETAILS_LIMIT = 8_000


class TrialTrainable(tune.Trainable):
    """Trains the trials that Tune hands to this actor, one after another, in one warm process."""

    def setup(
        self,
        config: dict[str, Any],
        job: Job | None = None,
        data: TrainingData | None = None,
        test: TestData | None = None,
    ) -> None:
        """Import TensorFlow, put the data in place, take on the first trial."""
        # Postponed: only a worker imports TensorFlow.
        from sweep.worker import Worker

        if job is None or data is None or test is None:
            raise ValueError("TrialTrainable needs its job and data through tune.with_parameters")
        self._worker: Worker = Worker(job, data, test)
        self._node = f"{socket.gethostname()}-{ray.get_runtime_context().get_node_id()[:6]}"
        self._plan: Plan | None = Plan(**config)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Take on the next trial."""
        self._plan = Plan(**new_config)
        return True

    def step(self) -> dict[str, Any]:
        """Train to the next rung; what the user's model raises comes back as a failure, and the actor lives on."""
        try:
            if self._plan is not None:
                self._worker.start(self._plan)
                self._plan = None
            rung = self._worker.advance()
        except Exception as error:  # noqa: BLE001 - it is the trial's end, and is told to the ledger
            reason = str(error) if isinstance(error, SweepError) else describe(error)
            return {"failure": asdict(Failure(reason, traceback.format_exc()[-DETAILS_LIMIT:]))}
        return {"rung": asdict(replace(rung, node=self._node))}

    def cleanup(self) -> None:
        """Nothing to put away: a worker writes nothing."""
