"""Why a trial failed: named as what it is, with the parameters where they are to blame."""

from __future__ import annotations

from pathlib import Path

import pytest

from sweep.execution.ray.worker_failures import WorkerLoss, last_output, of_memory, oom_kills, was_here, worker_failure
from sweep.training.messages import MAX_OUTPUT_CHARS, TrialSpec

SPEC = TrialSpec(3, {"filters_1": 4096, "kernel_size": 3}, 7)
WITH = "with filters_1=4096 kernel_size=3"

# As Ray 2.60 says it.
KILLED = """The actor died unexpectedly before finishing this task.
\tclass_name: TrialTrainable
\tactor_id: d0a1
\tpid: 4711
\tnamespace: 01000000
\tip: 10.0.0.7
The actor is dead because its worker process has died. Worker exit type: SYSTEM_ERROR Worker exit detail: Worker
unexpectedly exits with a connection error code 2. End of file. Some common causes include: (1) the process was killed
by the OOM killer due to high memory usage, (2) ray stop --force was called, or (3) the worker crashed unexpectedly.
"""
ENDED = "the worker process ended itself with exit code 77"
LOW_MEMORY = "1 worker(s) were killed due to the node running low on memory.\nMemory on the node was 15.3GB / 16.0GB.\n"
NODE = """The actor died unexpectedly before finishing this task.
\tclass_name: TrialTrainable
The actor died because its node has died. Node Id: 93a5
\tthe actor's node was terminated unexpectedly: health check failed due to missing too many heartbeats
"""


@pytest.mark.parametrize(
    ("report", "reason"),
    [
        (LOW_MEMORY, "out of memory: Ray ended the worker"),
        (KILLED, "the worker process was killed or crashed, perhaps by the system for lack of memory"),
        (KILLED.replace("Worker exit type", "Worker exits with an exit code 77. Type"), ENDED),
        ("The actor is temporarily unavailable: UnexpectedSystemExit: Worker exits with an exit code 77.", ENDED),
        (NODE, "the worker's node was lost"),
        ("The actor is temporarily unavailable: RPC error", "the worker's node was lost"),
        ("The actor died because of an error raised in its creation task\nValueError: odd\n", "ValueError: odd"),
        ("ray::TrialTrainable.setup()\n  File x\nValueError: odd\n", "ValueError: odd"),
        ("", "the worker was lost"),
    ],
)
def test_a_lost_worker_is_told_with_its_cause_and_the_params(report: str, reason: str) -> None:
    failed = worker_failure(SPEC, WorkerLoss(report))
    assert failed.reason.startswith(reason)
    assert failed.reason.endswith(f"; {WITH}")
    assert failed.details == ""  # it did not come from the training


def test_a_worker_killed_when_the_system_ran_out_of_memory_is_told_so_but_not_one_whose_node_was_lost() -> None:
    assert worker_failure(SPEC, WorkerLoss(KILLED, out_of_memory=True)).reason.startswith("out of memory, most likely")
    assert worker_failure(SPEC, WorkerLoss(NODE, out_of_memory=True)).reason.startswith("the worker's node was lost")


def test_what_tune_raises_for_want_of_memory_is_told_from_its_other_errors() -> None:
    assert of_memory(RuntimeError(f"Caught unexpected exception: 3 {LOW_MEMORY}"))
    assert not of_memory(RuntimeError("dictionary changed size during iteration"))


def test_a_trial_that_was_ended_for_its_time_says_so_whatever_ray_says() -> None:
    failed = worker_failure(SPEC, WorkerLoss(KILLED), ran_seconds=61.4)
    assert failed.reason == f"ran for 61 s, longer than max_trial_seconds allows; {WITH}"


@pytest.mark.parametrize(
    ("text", "kills"), [("pgfault 7\noom_kill 3\nswap_ra 0\n", 3), ("oom_kill_other 5\n", 0), ("", 0)]
)
def test_the_kernels_count_is_read(tmp_path: Path, text: str, kills: int) -> None:
    (tmp_path / "vmstat").write_text(text)
    assert oom_kills(tmp_path / "vmstat") == kills


def test_a_system_that_does_not_tell_has_none(tmp_path: Path) -> None:
    assert oom_kills(tmp_path / "nowhere") == 0


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Ray's logs on this machine: of the process that `KILLED` names, of others, and of Ray itself."""
    texts = {
        "worker-0a1b-01000000-4711.out": ":job_id:01000000\n:actor_name:TrialTrainable\nepoch 1\n\n   \nepoch 2\n",
        "worker-0a1b-01000000-4711.err": ":task_name:step\nSegmentation fault\n",
        "worker-0a1c-01000000-47110.out": "of another process\n",
        "worker-0a1d-01000000-14711.err": "of another process\n",
        "python-core-worker-0a1b_4711.log": "Ray's own\n",
        "raylet.out": "Ray's own 4711\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_last_lines_of_a_lost_worker_are_those_of_the_process_that_ray_names(logs: Path) -> None:
    assert last_output(KILLED, logs) == "Segmentation fault\nepoch 1\nepoch 2"


def test_what_the_worker_printed_of_trials_before_is_left_out(logs: Path) -> None:
    output, errors = (logs / f"worker-0a1b-01000000-4711.{ending}" for ending in ("out", "err"))
    output.write_text("\n:sweep:trial-0000\nbuilding 4\nno end of line\n:sweep:trial-0001\nbuilding 8\n")
    errors.write_text("Segmentation fault\n\n:sweep:trial-0001\n")
    assert last_output(KILLED, logs) == "building 8"
    output.write_text("starting\n")
    assert last_output(KILLED, logs) == "starting"


@pytest.mark.parametrize(
    "report", ["", NODE, LOW_MEMORY, KILLED.replace("4711", "9"), KILLED.replace("pid: ", "pid: x")]
)
def test_of_a_process_that_is_not_named_there_are_none(logs: Path, report: str) -> None:
    assert last_output(report, logs) == ""


@pytest.mark.parametrize(
    ("report", "address", "here"),
    [
        (KILLED, "10.0.0.7", True),
        (KILLED, "10.0.0.70", False),
        (KILLED, "", False),
        (KILLED.replace("\tip: 10.0.0.7\n", ""), "10.0.0.7", False),
        (LOW_MEMORY, "10.0.0.7", False),
        ("", "", False),
    ],
)
def test_a_worker_was_on_this_machine_only_if_ray_says_so(report: str, address: str, here: bool) -> None:
    assert was_here(report, address) is here


def test_where_ray_keeps_no_logs_there_are_none(logs: Path) -> None:
    assert last_output(KILLED, None) == ""
    assert last_output(KILLED, logs / "nowhere") == ""


def test_only_the_end_of_a_long_output_is_taken_and_bytes_that_are_no_text_do_no_harm(logs: Path) -> None:
    (logs / "worker-0a1b-01000000-4711.out").write_bytes(b"\xff\xfe line\n" + b"x" * 2 * MAX_OUTPUT_CHARS + b"\nlast\n")
    text = last_output(KILLED, logs)
    assert len(text) == MAX_OUTPUT_CHARS
    assert text.endswith("xxx\nlast")
    (logs / "worker-0a1b-01000000-4711.out").write_bytes(b"\xff line\n")
    assert last_output(KILLED, logs).endswith("\ufffd line")


def test_what_a_lost_worker_printed_is_kept_with_its_failure_and_not_in_its_reason() -> None:
    failed = worker_failure(SPEC, WorkerLoss(KILLED, output="epoch 1\nepoch 2"))
    assert failed.output == "epoch 1\nepoch 2"
    assert "epoch" not in failed.reason
    assert failed.lost
    assert not worker_failure(SPEC, WorkerLoss(KILLED), ran_seconds=9).lost  # it is not tried again
