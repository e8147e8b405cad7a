"""The workers that a command asks Ray for, with a cluster that is no Ray."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from sweep.errors import InputError
from sweep.execution.options import WorkerOptions
from sweep.execution.workers import workers
from sweep.study.events import ClusterIsOpen, Event


@dataclass
class FakeCluster:
    """A cluster with room for so many trials.

    Args:
        room: how many trials fit.
        address: where it is; empty for a Ray of the command's own.
        is_guarded: whether it turns away who has no token; None if it does not say.
    """

    room: int = 4
    address: str = ""
    is_guarded: bool | None = True
    joined: list[str | None] = field(default_factory=list)

    def slots(self, cpus: int, gpus: float) -> int:
        return 0 if gpus > 1 else self.room // cpus

    def __str__(self) -> str:
        return "a cluster of tests"

    @contextmanager
    def connect(self, address: str | None) -> Iterator[FakeCluster]:
        self.joined.append(address)
        yield self
        self.joined.append("left")


class Noticed:
    """An observer that keeps the events."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def notice(self, event: Event) -> None:
        self.events.append(event)

    def tick(self) -> None:
        """Nothing."""


def offered_by(monkeypatch: pytest.MonkeyPatch, cluster: FakeCluster) -> FakeCluster:
    module = SimpleNamespace(
        connect=cluster.connect, guarded=lambda address: cluster.is_guarded, offer=lambda address: cluster
    )
    monkeypatch.setitem(sys.modules, "sweep.execution.ray.cluster", module)
    return cluster


def test_as_many_run_side_by_side_as_fit_but_no_more_than_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    offered_by(monkeypatch, FakeCluster(room=4))
    for jobs, cpus, slots in ((None, 1, 4), (None, 2, 2), (3, 1, 3), (9, 1, 4)):
        with workers(WorkerOptions(jobs=jobs), Noticed(), cpus_per_trial=cpus, gpus_per_trial=0) as offered:
            assert offered.slots() == slots


def test_nodes_that_come_and_go_change_how_many_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = offered_by(monkeypatch, FakeCluster(room=2))
    with workers(WorkerOptions(), Noticed(), cpus_per_trial=1, gpus_per_trial=0) as offered:
        assert str(offered) == "a cluster of tests; 2 trials side by side"
        cluster.room = 1
        assert str(offered) == "a cluster of tests; 1 trial side by side"
        cluster.room = 0
        assert offered.slots() == 0


def test_a_trial_that_fits_on_no_node_is_refused_with_the_flags_to_lower(monkeypatch: pytest.MonkeyPatch) -> None:
    offered_by(monkeypatch, FakeCluster(room=2))
    says = "a trial wants 3 CPUs and 0.5 GPUs of one node, but there is no such node in a cluster of tests; lower"
    with (
        pytest.raises(InputError, match=says),
        workers(WorkerOptions(), Noticed(), cpus_per_trial=3, gpus_per_trial=0.5),
    ):
        pass


@pytest.mark.parametrize(("is_guarded", "warned"), [(False, True), (True, False), (None, False)])
def test_a_cluster_that_lets_everyone_in_is_told_and_one_that_does_not_say_is_only_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, is_guarded: bool | None, warned: bool
) -> None:
    caplog.set_level("INFO")
    cluster = offered_by(monkeypatch, FakeCluster(address="h:1", is_guarded=is_guarded))
    observer = Noticed()
    options = WorkerOptions(address="auto", max_failures=7)
    with workers(options, observer, cpus_per_trial=1, gpus_per_trial=0) as offered:
        assert offered.max_failures == 7
    assert observer.events == ([ClusterIsOpen("h:1")] if warned else [])
    assert ("the cluster at h:1 did not say in time" in caplog.text) == (is_guarded is None)
    assert cluster.joined == ["auto", "left"]


def test_a_ray_of_the_commands_own_is_not_asked_who_it_lets_in(monkeypatch: pytest.MonkeyPatch) -> None:
    offered_by(monkeypatch, FakeCluster(is_guarded=False))
    observer = Noticed()
    with workers(WorkerOptions(), observer, cpus_per_trial=1, gpus_per_trial=0):
        pass
    assert observer.events == []
