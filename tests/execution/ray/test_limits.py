"""What Ray takes of this machine: less is refused before it is started, with what to do."""

from __future__ import annotations

import os
import resource
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from sweep.errors import InputError, MachineError
from sweep.execution.ray import limits, private
from sweep.execution.ray.limits import limits_here, refuse_low_limits

GB = 10**9


@pytest.fixture
def allow(monkeypatch: pytest.MonkeyPatch) -> dict[int, int]:
    """Limits of this process that a test may set; all others are unlimited, and the user is not root."""
    allowed: dict[int, int] = {}

    def getrlimit(kind: int) -> tuple[int, int]:
        return (allowed.get(kind, resource.RLIM_INFINITY),) * 2

    monkeypatch.setattr(limits, "resource", SimpleNamespace(**{**vars(resource), "getrlimit": getrlimit}))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(private, "object_store_bytes", lambda: 6 * GB)
    monkeypatch.setattr(private, "cpus", lambda: 2)
    monkeypatch.setattr(limits, "_threads_of_user", lambda: 40)
    return allowed


def test_what_is_not_limited_is_not_refused(allow: dict[int, int], tmp_path: Path) -> None:
    refuse_low_limits(tmp_path)


@pytest.mark.parametrize(
    ("kind", "least", "says"),
    [
        (
            resource.RLIMIT_AS,
            12_500_000_000,
            "each process of Ray must be allowed 12.5 GB of address space on this machine, but `ulimit -v` allows "
            "12.4 GB; lift it with `ulimit -v unlimited`, or in the settings of the container",
        ),
        (
            resource.RLIMIT_NPROC,
            300,
            "Ray must be allowed 260 threads on this machine, 300 with those that this user runs, but `ulimit -u` "
            "allows 299; lift it with `ulimit -u unlimited`, or in",
        ),
        (
            resource.RLIMIT_NOFILE,
            64,
            "each process of Ray must be allowed 64 open files, but `ulimit -n` allows 63; lift it with "
            "`ulimit -n 1024`, or in",
        ),
    ],
    ids=["address space", "threads", "open files"],
)
def test_a_limit_below_what_ray_takes_is_refused_with_what_lifts_it(
    allow: dict[int, int], tmp_path: Path, kind: int, least: int, says: str
) -> None:
    allow[kind] = least
    refuse_low_limits(tmp_path)
    allow[kind] = least - (100_000_000 if kind == resource.RLIMIT_AS else 1)
    with pytest.raises(InputError) as caught:
        refuse_low_limits(tmp_path)
    assert says in str(caught.value)
    assert str(caught.value).endswith("type the same command again")


def test_where_the_object_store_is_small_a_worker_takes_most(
    allow: dict[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private, "object_store_bytes", lambda: GB)
    allow[resource.RLIMIT_AS] = 5 * GB
    with pytest.raises(InputError, match=r"must be allowed 5\.5 GB"):
        refuse_low_limits(tmp_path)


def test_root_is_not_bound_by_a_limit_of_threads(
    allow: dict[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow[resource.RLIMIT_NPROC] = 10
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    refuse_low_limits(tmp_path)


def test_a_full_disk_below_the_temporary_files_is_told_with_its_folder(
    allow: dict[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=4_900_000))
    with pytest.raises(MachineError) as caught:
        refuse_low_limits(tmp_path)
    assert f"Ray must have 5 MB for its files in {tmp_path}, but 4.9 MB are free" in str(caught.value)


def test_what_ray_may_lack_is_told_in_words_and_what_is_not_limited_is_left_out(
    allow: dict[int, int], tmp_path: Path
) -> None:
    words = limits_here(tmp_path)
    assert f" free in {tmp_path}" in words
    assert "of free memory" in words
    assert "ulimit" not in words
    allow |= {resource.RLIMIT_AS: 20 * GB, resource.RLIMIT_NPROC: 4096, resource.RLIMIT_NOFILE: 1024}
    words = limits_here(tmp_path)
    for part in ("20.0 GB of address space (ulimit -v)", "4,096 threads (ulimit -u), 40 of them in use", "1,024 open"):
        assert part in words


def test_the_threads_of_this_user_are_counted() -> None:
    assert limits._threads_of_user() >= 1
