"""The workers that a command gets from Ray."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sweep.errors import InputError
from sweep.execution.options import WorkerOptions
from sweep.study.events import ClusterIsOpen, Observer

if TYPE_CHECKING:
    from sweep.execution.ray.cluster import Cluster

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Workers:
    """The workers that Ray offers a command.

    Args:
        cluster: the Ray cluster.
        slots: a function that returns how many trials can run side by side now, as nodes come and go.
        max_failures: maximum number of times that a trial is tried again after its worker was lost.
    """

    cluster: Cluster
    slots: Callable[[], int]
    max_failures: int

    def __str__(self) -> str:
        slots = self.slots()
        return f"{self.cluster}; {slots} trial{'s' * (slots > 1)} side by side"


@contextmanager
def workers(
    options: WorkerOptions, observer: Observer, *, cpus_per_trial: int, gpus_per_trial: float
) -> Iterator[Workers]:
    """Join a Ray cluster or start one, and find out how many trials fit on it.

    Args:
        options: give the cluster's address, the maximum number of trials side by side, and `max_failures`.
        observer: is notified if the cluster lets in whoever reaches its ports.
        cpus_per_trial: number of CPUs that a trial gets.
        gpus_per_trial: number of GPUs that a trial gets; 0.5 is half of one.

    Raises:
        InputError: if no Ray answers at the address, or no node has room for a trial.
    """
    # Postponed: Ray takes most of a second to import, and a command with nothing to do needs none.
    from sweep.execution.ray.cluster import connect, guarded, offer

    with connect(options.address) as cluster:
        is_guarded = guarded(cluster.address) if cluster.address else True
        if is_guarded is None:
            log.info("the cluster at %s did not say in time whether it asks for a token", cluster.address)
        elif not is_guarded:
            observer.notice(ClusterIsOpen(cluster.address))
        fit = cluster.slots(cpus_per_trial, gpus_per_trial)
        if fit < 1:
            raise InputError(
                f"a trial wants {cpus_per_trial} CPUs and {gpus_per_trial:g} GPUs of one node, "
                f"but there is no such node in {cluster}; lower --cpus-per-trial or --gpus-per-trial"
            )

        def slots() -> int:
            now = offer(cluster.address).slots(cpus_per_trial, gpus_per_trial)
            return min(now, options.jobs or now)

        offered = Workers(cluster, slots, options.max_failures)
        log.info("workers: %s", offered)
        yield offered
