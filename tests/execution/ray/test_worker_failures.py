"""Why a trial failed: named as what it is, with the parameters where they are to blame."""

from __future__ import annotations

from pathlib import Path

import pytest

from sweep.execution.ray.worker_failures import WorkerLoss, of_memory, oom_kills, worker_failure
from sweep.training.messages import TrialSpec

PLAN = TrialSpec(3, {"filters_1": 4096, "kernel_size": 3}, 7)
WITH = "with filters_1=4096 kernel_size=3"

# As Ray 2.60 says it.
KILLED = """The actor died unexpectedly before finishing this task.
\tclass_name: TrialTrainable
\tactor_id: d0a1
\tpid: 4711
The actor is dead because its worker process has died. Worker exit type: SYSTEM_ERROR Worker exit detail: Worker
unexpectedly exits with a connection error code 2. End of file. Some common causes include: (1) the process was killed
by the OOM killer due to high memory usage, (2) ray stop --force was called, or (3) the worker crashed unexpectedly.
"""
LOW_MEMORY = "1 worker(s) were killed due to the node running low on memory.\nMemory on the node was 15.3GB / 16.0GB.\n"
NODE = """The actor died unexpectedly before finishing this task.
\tclass_name: TrialTrainable
The actor died because its node has died. Node Id: 93a5
\tthe actor's node was terminated unexpectedly: health check failed due to missing too many heartbeats
"""


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (LOW_MEMORY, "out of memory: Ray ended the worker"),
        (KILLED, "the worker process was killed or crashed, perhaps by the system for lack of memory"),
        (NODE, "the worker's node was lost"),
        ("The actor is temporarily unavailable: RPC error", "the worker's node was lost"),
        ("The actor died because of an error raised in its creation task\nValueError: odd\n", "ValueError: odd"),
        ("ray::TrialTrainable.setup()\n  File x\nValueError: odd\n", "ValueError: odd"),
        ("", "the worker was lost"),
    ],
)
def test_a_lost_worker_is_told_with_its_cause_and_the_params(said: str, reason: str) -> None:
    failed = worker_failure(PLAN, WorkerLoss(said))
    assert failed.reason.startswith(reason)
    assert failed.reason.endswith(f"; {WITH}")
    assert failed.details == ""  # it did not come from the training


def test_a_worker_killed_when_the_system_ran_out_of_memory_is_told_so_but_not_one_whose_node_was_lost() -> None:
    assert worker_failure(PLAN, WorkerLoss(KILLED, out_of_memory=True)).reason.startswith("out of memory, most likely")
    assert worker_failure(PLAN, WorkerLoss(NODE, out_of_memory=True)).reason.startswith("the worker's node was lost")


def test_what_tune_raises_for_want_of_memory_is_told_from_its_other_errors() -> None:
    assert of_memory(RuntimeError(f"Caught unexpected exception: 3 {LOW_MEMORY}"))
    assert not of_memory(RuntimeError("dictionary changed size during iteration"))


def test_a_trial_that_was_ended_for_its_time_says_so_whatever_ray_says() -> None:
    failed = worker_failure(PLAN, WorkerLoss(KILLED), ran_seconds=61.4)
    assert failed.reason == f"ran for 61 s, longer than max_trial_seconds allows; {WITH}"


@pytest.mark.parametrize(
    ("text", "kills"), [("pgfault 7\noom_kill 3\nswap_ra 0\n", 3), ("oom_kill_other 5\n", 0), ("", 0)]
)
def test_the_kernels_count_is_read(tmp_path: Path, text: str, kills: int) -> None:
    (tmp_path / "vmstat").write_text(text)
    assert oom_kills(tmp_path / "vmstat") == kills


def test_a_system_that_does_not_tell_has_none(tmp_path: Path) -> None:
    assert oom_kills(tmp_path / "nowhere") == 0
