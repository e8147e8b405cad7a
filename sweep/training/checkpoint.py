"""The state of a half-trained trial as bytes, from which any worker goes on and gets the same numbers."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sweep.training.messages import TrainingConfig, TrialSpec

META = "meta"
BATCHES = "the last of an epoch is smaller"
"""How a trial's steps are cut, as its position counts them: 0.1.0 cut them so that all batches were full."""
STATE = "state-"
"""How the names of the arrays in a training's state begin."""
ARRAY, TUPLE = ":array:", ":tuple:"
"""What stands for an array or a tuple in JSON: the key of its index among the arrays, or of its items."""


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The state of one trial between two training steps.

    Args:
        identity: what a trial must have in common with this one to go on from here; made by `identity`.
        position: number of training steps done.
        seconds: wall-clock seconds the trial has run so far, building the model and validation included.
        arrays: the model's variables (weights and the state of its random generators), then the optimizer's, then those
            of other optimizers and `tf.Variable`s among the model's attributes.
        state: what the training goes on from besides, of JSON's values and arrays. Default: nothing.
    """

    identity: dict[str, Any]
    position: int
    seconds: float
    arrays: list[NDArray[Any]]
    state: dict[str, Any] = field(default_factory=dict)

    def pack(self) -> bytes:
        """The checkpoint as the bytes of an uncompressed `.npz` file of plain arrays."""
        held: list[NDArray[Any]] = []
        facts = {"identity": self.identity, "position": self.position, "seconds": self.seconds}
        meta = json.dumps({**facts, "state": _without_arrays(self.state, held)})
        named = {f"{index:06d}": array for index, array in enumerate(self.arrays)}
        named |= {f"{STATE}{index:06d}": array for index, array in enumerate(held)}
        buffer = io.BytesIO()
        np.savez(buffer, **{META: np.frombuffer(meta.encode(), np.uint8)}, **named)  # type: ignore[arg-type]
        return buffer.getvalue()


def unpack(data: bytes) -> Checkpoint | None:
    """The checkpoint that was packed into some bytes, read without pickle; None if they are damaged."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            meta = json.loads(file[META].tobytes())
            names = sorted(file.files)
            arrays = [file[name] for name in names if name.isdecimal()]
            held = [file[name] for name in names if name.startswith(STATE)]
        state = _with_arrays(meta.get("state", {}), held)
        return Checkpoint(meta["identity"], int(meta["position"]), float(meta["seconds"]), arrays, state)
    except Exception:  # noqa: BLE001 - numpy and zipfile raise some fifteen kinds on a damaged file
        return None


def identity(training_config: TrainingConfig, spec: TrialSpec) -> dict[str, Any]:
    """What a trial's numbers depend on besides data, as JSON values: epochs, precision, seed, params, own code."""
    facts = {
        "epochs": training_config.epochs,
        "precision": training_config.precision,
        "seed": spec.seed,
        "params": spec.params,
        "batches": BATCHES,
    }
    if training_config.model_sha256:
        facts["model"] = training_config.model_sha256
    plain: dict[str, Any] = json.loads(json.dumps(facts))
    return plain


def _without_arrays(value: Any, held: list[NDArray[Any]]) -> Any:
    """A value as JSON has it; its arrays are added to `held`."""
    if isinstance(value, np.ndarray | np.generic):
        held.append(np.asarray(value))
        return {ARRAY: len(held) - 1}
    if isinstance(value, tuple):
        return {TUPLE: [_without_arrays(item, held) for item in value]}
    if isinstance(value, list):
        return [_without_arrays(item, held) for item in value]
    if isinstance(value, dict):
        return {name: _without_arrays(item, held) for name, item in value.items()}
    return value


def _with_arrays(value: Any, held: list[NDArray[Any]]) -> Any:
    """The value that `_without_arrays` made JSON of."""
    if isinstance(value, list):
        return [_with_arrays(item, held) for item in value]
    if not isinstance(value, dict):
        return value
    if ARRAY in value:
        array = held[value[ARRAY]]
        return array[()] if array.ndim == 0 else array
    if TUPLE in value:
        return tuple(_with_arrays(item, held) for item in value[TUPLE])
    return {name: _with_arrays(item, held) for name, item in value.items()}
