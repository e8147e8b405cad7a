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
from sweep.job import Failure, Plan, unpickled

if TYPE_CHECKING:
    from sweep.worker import Worker

DETAILS_LIMIT = 8_000


class TrialTrainable(tune.Trainable):
    """Trains the trials that Tune hands to this actor, one after another, in one warm process."""

    def setup(
        self,
        config: dict[str, Any],
        job: bytes | None = None,
        data: TrainingData | None = None,
        test: TestData | None = None,
    ) -> None:
        """Keep what `step` will need: an error there is told as the trial's, an error here only as a lost actor."""
        self._worker: Worker | None = None
        self._given = (job, data, test)
        self._node = f"{socket.gethostname()}-{ray.get_runtime_context().get_node_id()[:6]}"
        self._plan: Plan | None = Plan(**config)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Take on the next trial."""
        self._plan = Plan(**new_config)
        return True

    def step(self) -> dict[str, Any]:
        """Train to the next rung; what the user's model raises comes back as a failure, and the actor lives on."""
        try:
            worker = self._worker = self._worker or self._warm()
            if self._plan is not None:
                worker.start(self._plan)
                self._plan = None
            rung = worker.advance()
        except Exception as error:  # noqa: BLE001 - it is the trial's end, and is told to the ledger
            reason = str(error) if isinstance(error, SweepError) else describe(error)
            return {"failure": asdict(Failure(reason, traceback.format_exc()[-DETAILS_LIMIT:]))}
        return {"rung": asdict(replace(rung, node=self._node))}

    def _warm(self) -> Worker:
        # Postponed: only a worker imports TensorFlow.
        from sweep.worker import Worker, settle_devices

        pickled, data, test = self._given
        if pickled is None or data is None or test is None:
            raise ValueError("TrialTrainable needs its job and data through tune.with_parameters")
        job = unpickled(pickled)
        settle_devices(job.threads)
        return Worker(job, data, test)

    def cleanup(self) -> None:
        """Nothing to put away: a worker writes nothing."""
