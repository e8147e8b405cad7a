"""The way between workers and the artifact store, an actor beside the driver: files in pieces small enough for Ray."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from sweep.errors import MachineError, describe
from sweep.execution.ray.private import cause_of
from sweep.study.storage.artifacts import ArtifactStore, SupersededError

PIECE_BYTES = 8 * 1024 * 1024


def start_artifact_store(folder: Path) -> Any:
    """Start the artifact store of a study's folder on this node, the driver's; returns its actor handle.

    A call that gets lost on the way is made again; what the disk refuses is not.
    """
    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    # No restarts: of all workers, Ray's memory monitor ends those first that may be restarted.
    artifacts = ray.remote(num_cpus=0, max_task_retries=-1)(ArtifactStore)
    return artifacts.options(scheduling_strategy=here).remote(str(folder.resolve()))


class ArtifactClient:
    """The artifact store as a worker sees it.

    Args:
        artifacts: the actor's handle.
    """

    def __init__(self, artifacts: Any) -> None:
        self._artifacts = artifacts
        self._writer = ""

    def claim(self, stem: str) -> None:
        """Take a trial's files over from whoever wrote them before."""
        self._writer = uuid.uuid4().hex
        _answer(self._artifacts.claim.remote(stem, self._writer))

    def save(self, name: str, data: bytes) -> None:
        """Send a file, one piece after the other, so that Ray never holds more than one of them.

        Raises:
            MachineError: if the driver's disk refuses it, or the store was lost.
            SupersededError: if another worker has taken the trial over.
        """
        for start in range(0, max(len(data), 1), PIECE_BYTES):
            piece = data[start : start + PIECE_BYTES]
            last = start + PIECE_BYTES >= len(data)
            _answer(self._artifacts.write.remote(name, piece, offset=start, last=last, writer=self._writer))

    def load(self, name: str) -> bytes | None:
        """Fetch a file; None if there is none."""
        pieces: list[bytes] = []
        while True:
            piece = _answer(self._artifacts.read.remote(name, len(pieces) * PIECE_BYTES, PIECE_BYTES))
            if piece is None:
                return None
            pieces.append(piece)
            if len(piece) < PIECE_BYTES:
                return b"".join(pieces)

    def stopping(self) -> bool:
        """Whether this worker should save its trial and stop."""
        return bool(_answer(self._artifacts.stopping.remote()))


def _answer(reference: Any) -> Any:
    try:
        return ray.get(reference)
    except SupersededError:
        raise
    except OSError as error:
        refused = describe(cause_of(error))
        raise MachineError(
            f"checkpoints and models must be kept in the results folder, but {refused}. Repair that or make room"
        ) from error
    except RayError as error:
        raise MachineError(
            f"the process beside the driver that keeps checkpoints and models was lost ({describe(error)})"
        ) from error
