"""One Tune run that brings the study up to its budget."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable

import ray
from ray import tune

from sweep.bridge.referee import Heartbeat, Referee, StopTuning
from sweep.bridge.scheduler import PrunerScheduler
from sweep.bridge.searcher import LedgerSearcher
from sweep.bridge.trainable import TrialTrainable
from sweep.data import Dataset
from sweep.driver import Driver
from sweep.job import Job, pickled

MAX_FAILURES = 2
UNLIMITED = -1


def run_trials(
    driver: Driver,
    job: Job,
    dataset: Dataset,
    *,
    slots: int,
    gpus_per_trial: float,
    should_stop: Callable[[], bool],
) -> None:
    """Train trials until the driver has no more, on a Ray that is already connected.

    Args:
        driver: hands out plans and takes measurements.
        job: what all trials have in common.
        dataset: goes to the workers once, through Ray's object store.
        slots: how many trials run side by side.
        gpus_per_trial: GPUs a trial gets.
        should_stop: asked ten times a second; True leaves running trials as they are in the ledger.

    Raises:
        SweepFailed: if the baseline failed.
        Exception: what the ledger, the sampler or the pruner raised.
    """
    referee = Referee(driver, should_stop)
    trainable = tune.with_parameters(TrialTrainable, job=pickled(job), data=dataset.training(), test=dataset.test())
    trainable = tune.with_resources(trainable, {"cpu": job.threads, "gpu": gpus_per_trial})
    scratch = tempfile.mkdtemp(prefix="sweep-tune-")
    tuner = tune.Tuner(
        trainable,
        tune_config=tune.TuneConfig(
            num_samples=UNLIMITED,
            search_alg=LedgerSearcher(referee),
            scheduler=PrunerScheduler(referee),
            max_concurrent_trials=slots,
            reuse_actors=True,
        ),
        run_config=tune.RunConfig(
            storage_path=scratch,
            verbose=0,
            callbacks=[Heartbeat(referee)],
            failure_config=tune.FailureConfig(max_failures=MAX_FAILURES),
            checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),
        ),
    )
    try:
        tuner.fit()
    except StopTuning:
        ray.shutdown()  # at once: what still runs stays RUNNING in the ledger, and the next run goes on with it
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if referee.fault is not None:
        raise referee.fault
    if driver.over is not None:
        raise driver.over
