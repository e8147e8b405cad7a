"""What Tune runs on a worker: a `Trainable` whose step is one rung of a trial."""

from __future__ import annotations

import gc
import json
import socket
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ray
from ray import tune

from sweep.data.dataset import TrainingData
from sweep.data.parts import Part
from sweep.errors import MachineError, describe, is_full
from sweep.execution.ray.artifacts import ArtifactClient
from sweep.study.storage.artifacts import SupersededError, checkpoint_name, model_name, predictions_name
from sweep.study.storage.predictions import pack, pack_losses
from sweep.training.cpu import onednn_for_training
from sweep.training.environment import environment
from sweep.training.keras_config import refuse_keras_config_of_worker
from sweep.training.lean_keras import keras_without_sklearn
from sweep.training.messages import StepResult, TrialSpec, failure_of, unpickled
from sweep.training.output import mark_begin, printed

if TYPE_CHECKING:
    from sweep.training.worker import AnyWorker

STEP = "step"
"""The key of a `StepResult` in what Tune calls a result."""
SAVE_SECONDS = 30.0
"""A trial is saved after each epoch, and within a long one this often."""
SAVE_SHARE = 0.02
"""But so seldom that no more than this share of its time goes into saving, however large the model."""


class TrialTrainable(tune.Trainable):
    """Trains the trials that Tune hands to this actor, one after another, in one warm process."""

    def setup(
        self,
        config: dict[str, Any],
        training_config: bytes | None = None,
        data: TrainingData | None = None,
        test: Part | None = None,
        artifacts: Any = None,
    ) -> None:
        """Keep what `step` will need: an error there is told as the trial's, an error here only as a lost actor."""
        # Within Ray's own folder, which goes with Ray: a worker that is ended tidies up nothing, TensorFlow's least.
        tempfile.tempdir = self.logdir
        self._worker: AnyWorker | None = None
        self._packed_config_and_data = (training_config, data, test)
        self._artifacts = ArtifactClient(artifacts)
        self._node = f"{socket.gethostname()}-{ray.get_runtime_context().get_node_id()[:6]}"
        self._take_on(TrialSpec(**config))

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Take on the next trial."""
        self._take_on(TrialSpec(**new_config))
        return True

    def _take_on(self, spec: TrialSpec) -> None:
        self._spec = spec
        self._fresh = True
        mark_begin(spec.stem)

    def step(self) -> dict[str, Any]:
        """Train to the next rung; what the user's model raises comes back as a failure, and the actor lives on."""
        with printed() as output:
            result = self._step()
        return {STEP: replace(result, output=output.text())}

    def _step(self) -> StepResult:
        try:
            return self._advance()
        except SupersededError:
            raise  # nobody waits for this worker any more
        except MachineError as error:
            return StepResult(machine_fault=str(error))
        except Exception as error:  # noqa: BLE001 - it is the trial's end, and goes into the ledger
            return StepResult(failure=failure_of(error, self._spec.params))

    def _advance(self) -> StepResult:
        worker = self._worker = self._worker or self._warm()
        fresh, self._fresh = self._fresh, False
        if fresh:
            self._artifacts.claim(self._spec.stem)
            worker.start(self._spec, self._artifacts.load(checkpoint_name(self._spec.stem)))
            self._saved = (worker.epochs_done, time.monotonic())
            self._save_seconds = 0.0
        measurement = worker.advance(lambda: self._pause(worker))
        if fresh and worker.reason:
            print(f"trained by Keras's fit, as {worker.reason}")
        if measurement is None:
            self._save(worker)
            return StepResult()
        if measurement.step >= 100:
            self._keep_predictions(worker)
            measurement = replace(measurement, note=self._keep_model(worker))
        return StepResult(replace(measurement, node=self._node, environment=self._environment))

    def _pause(self, worker: AnyWorker) -> bool:
        epochs, when = self._saved
        since = time.monotonic() - when
        if (worker.epochs_done > epochs or since > SAVE_SECONDS) and since * SAVE_SHARE >= self._save_seconds:
            self._save(worker)
        return self._artifacts.stopping()

    def _save(self, worker: AnyWorker) -> None:
        began = time.monotonic()
        self._artifacts.save(checkpoint_name(self._spec.stem), worker.checkpoint())
        self._saved = (worker.epochs_done, time.monotonic())
        self._save_seconds = time.monotonic() - began

    def _keep_predictions(self, worker: AnyWorker) -> None:
        name, test = predictions_name(self._spec.stem), self._packed_config_and_data[2]
        if worker.predicted is not None:
            labels = test.labels if isinstance(test, Part) else None
            right = None if labels is None else worker.predicted == labels
            self._artifacts.save(name, pack(worker.predicted, right))
        elif worker.losses is not None:
            self._artifacts.save(name, pack_losses(worker.losses))

    def _keep_model(self, worker: AnyWorker) -> str:
        if worker.model is None:
            return ""
        try:
            packed = _packed(worker.model)
        except (ValueError, TypeError, RuntimeError, OSError) as error:
            if isinstance(error, OSError) and is_full(error):
                raise MachineError(
                    f"a worker's temporary folder must have room for a model, but {tempfile.gettempdir()} "
                    f"on {socket.gethostname()} is full. Make room there"
                ) from error
            return f"model not saved: {describe(error)}"
        self._artifacts.save(model_name(self._spec.stem), packed)
        return ""

    def _warm(self) -> AnyWorker:
        refuse_keras_config_of_worker(built_in=False)  # before Keras asks for its backend
        # What TensorFlow's import makes lives as long as the worker. Python's collector, kept from walking through it
        # again and again, leaves the import a quarter and the tracing of each trial a third shorter.
        gc.disable()
        with onednn_for_training(), keras_without_sklearn():
            # Postponed: only a worker imports TensorFlow.
            from sweep.training.worker import gpus, make_worker, settle_devices

        gc.enable()
        gc.freeze()
        pickled, data, test = self._packed_config_and_data
        if pickled is None or data is None or test is None:
            raise ValueError("TrialTrainable needs its training config and data through tune.with_parameters")
        training_config = unpickled(pickled)
        refuse_keras_config_of_worker(built_in=training_config.is_built_in)
        settle_devices(training_config.threads, gpu=training_config.gpu)
        self._environment = json.dumps(environment(training_config, gpus()))
        return make_worker(training_config, data, test)

    def cleanup(self) -> None:
        """End a train function that may still run: a worker writes nothing that is to be put away."""
        if self._worker is not None:
            self._worker.close()


def _packed(model: Any) -> bytes:
    """A model as Keras writes it, to a file and nowhere else."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.read_bytes()
