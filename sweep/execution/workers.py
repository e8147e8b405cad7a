"""The workers that a command asks Ray for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sweep.errors import InputError
from sweep.report.format import console

if TYPE_CHECKING:
    from sweep.execution.ray.cluster import Cluster


@dataclass(frozen=True)
class Workers:
    """Ray as a command uses it.

    Args:
        cluster: what Ray offers.
        slots: how many trials run side by side now; nodes come and go.
        max_failures: how often a trial is tried again after its worker was lost.
    """

    cluster: Cluster
    slots: Callable[[], int]
    max_failures: int

    def __str__(self) -> str:
        slots = self.slots()
        return f"{self.cluster}; {slots} trial{'s' * (slots > 1)} side by side"


def check_limits(jobs: int | None, max_failures: int, timeout_seconds: float | None) -> None:
    """Refuse flags that are out of range.

    Raises:
        InputError: if one is.
    """
    if jobs is not None and jobs < 1:
        raise InputError(f"--jobs must be a whole number >= 1, but got {jobs}")
    if max_failures < 0:
        raise InputError(f"--max-failures must be a whole number >= 0, but got {max_failures}")
    if timeout_seconds is not None and not timeout_seconds > 0:
        raise InputError(f"--timeout must be above 0 seconds, but got {timeout_seconds:g}")


@contextmanager
def workers(
    address: str | None, *, cpus_per_trial: int, gpus_per_trial: float, jobs: int | None, max_failures: int
) -> Iterator[Workers]:
    """Join or start Ray, and see how many trials fit.

    Args:
        address: see `sweep.execution.ray.cluster.connect`.
        cpus_per_trial: CPUs of a trial.
        gpus_per_trial: GPUs of a trial.
        jobs: at most so many trials side by side; None for as many as fit.
        max_failures: how often a trial is tried again after its worker was lost.

    Raises:
        InputError: if no Ray answers at the address, or no node has room for a trial.
    """
    # Postponed: Ray takes most of a second to import, and a command with nothing to do needs none.
    from sweep.execution.ray.cluster import connect, guarded, offer

    with connect(address) as cluster:
        if cluster.address and not guarded(cluster.address):
            _warn_of_open_door(cluster.address)
        fit = cluster.slots(cpus_per_trial, gpus_per_trial)
        if fit < 1:
            raise InputError(
                f"a trial wants {cpus_per_trial} CPUs and {gpus_per_trial:g} GPUs of one node, "
                f"but there is no such node in {cluster}; lower --cpus-per-trial or --gpus-per-trial"
            )

        def slots() -> int:
            now = offer(cluster.address).slots(cpus_per_trial, gpus_per_trial)
            return min(now, jobs or now)

        yield Workers(cluster, slots, max_failures)


def _warn_of_open_door(address: str) -> None:
    console(stderr=True).print(
        f"WARNING: the Ray cluster at {address} does not turn away who has no token: whoever reaches its ports can run "
        "code on it. Set RAY_AUTH_MODE=token and one RAY_AUTH_TOKEN on every node and here",
        style="bold yellow",
    )
