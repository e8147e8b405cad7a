"""The state of a half-trained trial as bytes, from which any worker goes on and gets the same numbers."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sweep.training.messages import TrainingConfig, TrialSpec

META = "meta"


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The state of one trial between two training steps.

    Args:
        identity: what a trial must have in common with this one to go on from here; made by `identity`.
        position: number of training steps done.
        seconds: wall-clock seconds the trial has run so far, building the model and validation included.
        arrays: the model's variables (weights and the state of its random generators), then the optimizer's, then those
            of other optimizers and `tf.Variable`s among the model's attributes.
    """

    identity: dict[str, Any]
    position: int
    seconds: float
    arrays: list[NDArray[Any]]

    def pack(self) -> bytes:
        """The checkpoint as the bytes of an uncompressed `.npz` file of plain arrays."""
        meta = json.dumps({"identity": self.identity, "position": self.position, "seconds": self.seconds})
        named = {f"{index:06d}": array for index, array in enumerate(self.arrays)}
        buffer = io.BytesIO()
        np.savez(buffer, **{META: np.frombuffer(meta.encode(), np.uint8)}, **named)  # type: ignore[arg-type]
        return buffer.getvalue()


def unpack(data: bytes) -> Checkpoint | None:
    """The checkpoint that was packed into some bytes, read without pickle; None if they are damaged."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            meta = json.loads(file[META].tobytes())
            arrays = [file[name] for name in sorted(file.files) if name != META]
        return Checkpoint(meta["identity"], int(meta["position"]), float(meta["seconds"]), arrays)
    except Exception:  # noqa: BLE001 - numpy and zipfile raise some fifteen kinds on a damaged file
        return None


def identity(training_config: TrainingConfig, spec: TrialSpec) -> dict[str, Any]:
    """What a trial's numbers depend on besides data, as JSON values: epochs, precision, seed, params, own code."""
    facts = {
        "epochs": training_config.epochs,
        "precision": training_config.precision,
        "seed": spec.seed,
        "params": spec.params,
    }
    if training_config.model_sha256:
        facts["model"] = training_config.model_sha256
    plain: dict[str, Any] = json.loads(json.dumps(facts))
    return plain
