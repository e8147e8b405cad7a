"""One Tune run that trains what a driver hands out: the trials of a search, or the runs that confirm."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import ray
from ray import tune

from sweep.data.dataset import TrainingData
from sweep.data.parts import Part
from sweep.errors import MachineError
from sweep.execution.driver import Decider
from sweep.execution.ray.adapter import Heartbeat, StopTuning, TuneAdapter
from sweep.execution.ray.artifacts import start_artifact_store
from sweep.execution.ray.private import callbacks_not_counted, remove_own_placement_groups
from sweep.execution.ray.scheduler import PrunerScheduler
from sweep.execution.ray.scratch import scratch_folder
from sweep.execution.ray.searcher import LedgerSearcher
from sweep.execution.ray.trainable import TrialTrainable
from sweep.execution.ray.worker_failures import OUT_OF_MEMORY, of_memory
from sweep.training.messages import TrainingConfig, pickled

UNLIMITED = -1


def run_trials(
    driver: Decider,
    training_config: TrainingConfig,
    data: TrainingData,
    test: Part,
    folder: Path,
    *,
    slots: Callable[[], int],
    max_failures: int,
    should_stop: Callable[[], bool],
) -> None:
    """Train trials until the driver has no more or is to stop, on a Ray that is already connected.

    Ray stays connected, and what the trials held of it is free again: more trials can be run at once.

    Args:
        driver: hands out trials and takes measurements.
        training_config: what all trials have in common.
        data: what trials are trained and chosen on; goes to the workers once, through Ray's object store.
        test: what a completed trial is measured on; goes the same way.
        folder: path of the study's folder, for checkpoints and models.
        slots: how many trials run side by side; asked again now and then, since nodes come and go.
        max_failures: how often a trial is tried again after its worker was lost.
        should_stop: asked ten times a second; True saves running trials and leaves them unfinished.

    Raises:
        SweepFailed: if the baseline failed.
        MachineError: if Ray ran out of memory while workers started.
        Exception: what the ledger, the sampler or the pruner raised.
    """
    artifacts = start_artifact_store(folder)
    adapter = TuneAdapter(
        driver, should_stop, artifacts.stop.remote, slots=slots, max_trial_seconds=training_config.max_trial_seconds
    )
    trainable = tune.with_parameters(
        TrialTrainable, training_config=pickled(training_config), data=data, test=test, artifacts=artifacts
    )
    trainable = tune.with_resources(trainable, {"cpu": training_config.threads, "gpu": training_config.gpus})
    with scratch_folder() as scratch:
        tuner = tune.Tuner(
            trainable,
            tune_config=tune.TuneConfig(
                num_samples=UNLIMITED,
                search_alg=LedgerSearcher(adapter),
                scheduler=PrunerScheduler(adapter),
                reuse_actors=True,
            ),
            run_config=tune.RunConfig(
                storage_path=str(scratch),
                verbose=0,
                callbacks=[Heartbeat(adapter)],
                failure_config=tune.FailureConfig(max_failures=max_failures),
                checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),
            ),
        )
        try:
            with callbacks_not_counted():
                tuner.fit()
        except StopTuning:
            # What still runs is RUNNING in the ledger, and the next run goes on with it.
            remove_own_placement_groups()
        except RuntimeError as error:
            if not of_memory(error):
                raise
            raise MachineError(OUT_OF_MEMORY) from error
        finally:
            ray.kill(artifacts)  # its handle went to the workers, so Ray would keep it as long as the connection
    if adapter.fault is not None:
        raise adapter.fault
    if driver.error is not None:
        raise driver.error
