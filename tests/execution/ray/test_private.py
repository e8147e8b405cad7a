"""Whatever of Ray is used and not documented: each test says what breaks when Ray changes it."""

from __future__ import annotations

import ctypes
import errno
import inspect
import ipaddress
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import ray
from ray import tune
from ray._private import node, services, utils, worker
from ray._raylet import AuthenticationMode, get_authentication_mode
from ray.air._internal import usage
from ray.exceptions import RayTaskError
from ray.tune.experiment import Trial
from ray.tune.search import Searcher

from sweep.execution.ray import private
from sweep.execution.ray.adapter import StopTuning
from sweep.execution.ray.cluster import QUIET, Cluster, connect

RAY = Path(ray.__file__).parent
PROGRAMS = ("_raylet.so", "core/src/ray/raylet/raylet", "core/src/ray/gcs/gcs_server")


def test_meanwhile_ray_takes_the_loopback_address_for_its_own_and_afterwards_not() -> None:
    before = services.get_node_ip_address()
    with private.loopback_only():
        assert services.get_node_ip_address() == "127.0.0.1", "a local Ray listens on all addresses"
    assert services.get_node_ip_address() == before


def test_no_tracker_is_imported_because_it_is_installed() -> None:
    assert "air_usage.tag_callbacks(callbacks)" in inspect.getsource(tune.tune.run), "callbacks_not_counted can go"
    with private.callbacks_not_counted():
        assert usage.tag_callbacks([tune.Callback()]) is False, "each run imports MLflow, W&B and Comet"


def test_ray_reads_its_authentication_again_only_when_it_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    private.reload_authentication()
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    monkeypatch.setenv("RAY_AUTH_TOKEN", "0123456789abcdef" * 4)
    if get_authentication_mode() == AuthenticationMode.TOKEN:
        pytest.fail("Ray reads RAY_AUTH_MODE each time: reload_authentication can go")
    private.reload_authentication()
    assert get_authentication_mode() == AuthenticationMode.TOKEN, "a second Ray in one process does not start"
    monkeypatch.undo()
    private.reload_authentication()


@pytest.mark.parametrize(
    ("address", "joined"),
    [("local", None), (None, None), ("192.0.2.7:6379", "192.0.2.7:6379"), (None, "192.0.2.8:6379")],
)
def test_which_cluster_ray_would_join_is_known_before(
    address: str | None, joined: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setenv("RAY_TMPDIR", "/nonexistent")  # where Ray notes a cluster that `ray start` began
    if address is None and joined:
        monkeypatch.setenv("RAY_ADDRESS", joined)
    assert private.bootstrap_address(address) == joined
    with pytest.raises(ValueError, match="nonsense"):
        private.bootstrap_address("nonsense")


def installed_text(pattern: str) -> str:
    return "".join(path.read_text(errors="replace") for path in RAY.glob(pattern))


def test_ray_knows_each_setting_that_keeps_it_quiet() -> None:
    texts = [path.read_text(errors="replace") for path in RAY.rglob("*.py") if "/tests/" not in str(path)]
    texts.append((RAY / "core/src/ray/raylet/raylet").read_bytes().decode("latin-1"))
    for name in (*QUIET, *private.LOCAL_SETTINGS):
        lower = name.removeprefix("RAY_")
        known = lower if lower[0].islower() else name
        if not name.startswith("TF_"):
            assert any(known in text for text in texts), (
                f"{name} does nothing any more: a run may print more, or differ"
            )


def test_what_rays_processes_report_is_told_and_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    told: list[str] = []
    printer = worker.print_to_stdstream
    with private.raylet_messages(told.append):
        worker.print_to_stdstream({"lines": ["A worker died"], "pid": "raylet", "is_err": False}, ignore_prefix=False)
    assert told == ["A worker died"]
    assert worker.print_to_stdstream is printer
    assert capsys.readouterr() == ("", "")
    source = inspect.getsource(worker.listen_error_messages)
    assert "print_to_stdstream(" in source, "what the raylet reports is printed on the screen, in colour"


@pytest.mark.parametrize(
    "text",
    [private.LOW_MEMORY, private.KILLED, "exits with an exit code", *private.LOST_NODE.pattern.split("|")],
    ids=lambda text: text,
)
def test_ray_still_says_of_a_lost_worker_what_is_looked_for(text: str) -> None:
    strings = b"".join((RAY / program).read_bytes() for program in PROGRAMS).lower()
    assert text.lower().encode() in strings, "the cause of a lost worker is no longer told from others"


class Trained(tune.Trainable):
    """Reports two numbers in a group, or is lost."""

    def step(self) -> dict[str, Any]:
        if self.config["killed"]:
            print("last words", flush=True)
            os.kill(os.getpid(), 9)
        return {"rung": {"step": self.iteration + 1, "accuracy": 0.5}}

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        self.config = new_config
        return True


class Listed(Searcher):
    """Hands out two configurations."""

    def __init__(self) -> None:
        super().__init__()
        self._configs = [{"killed": False}, {"killed": True}]

    def suggest(self, trial_id: str) -> Any:
        return self._configs.pop(0) if self._configs else Searcher.FINISHED

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        """Nothing."""


class Watching(tune.schedulers.FIFOScheduler):
    """Notes what Tune tells, and lets a trial end at its third result."""

    def __init__(self) -> None:
        super().__init__()
        self.results: list[dict[str, Any]] = []
        self.errors: list[str] = []
        self.recovers: list[bool] = []

    def on_trial_result(self, tune_controller: Any, trial: Trial, result: dict[str, Any]) -> str:
        self.results.append(result)
        return str(tune.schedulers.TrialScheduler.STOP if len(self.results) == 3 else self.CONTINUE)

    def on_trial_error(self, tune_controller: Any, trial: Trial) -> None:
        self.errors.append(private.last_report(trial))


class Forgetting(tune.Callback):
    """Looks at trials with the private names."""

    def __init__(self, *, stops: bool = False) -> None:
        self.workers: list[Any] = []
        self.courses: list[int] = []
        self.stops = stops

    def on_trial_start(self, iteration: int, trials: list[Trial], trial: Trial, **info: Any) -> None:
        self.workers.append(private.worker_of(trial))
        private.do_not_retry(trial)

    def on_step_end(self, iteration: int, trials: list[Trial], **info: Any) -> None:
        if self.stops and self.workers:
            raise StopTuning

    def on_trial_complete(self, iteration: int, trials: list[Trial], trial: Trial, **info: Any) -> None:
        self.courses.append(len(trial.metric_analysis))
        private.forget_results(trial)
        self.courses.append(
            len(trial.metric_analysis) + len(trial.metric_n_steps) + len(trial.run_metadata.last_result)
        )


@pytest.fixture(scope="module")
def connected() -> Iterator[Cluster]:
    with connect("local") as cluster:
        yield cluster


def tuned(folder: Path, callback: Forgetting) -> Watching:
    """Run both trials; the second one loses its worker, and would be tried again five times."""
    watching = Watching()
    tuner = tune.Tuner(
        Trained,
        tune_config=tune.TuneConfig(num_samples=-1, search_alg=Listed(), scheduler=watching, reuse_actors=True),
        run_config=tune.RunConfig(
            storage_path=str(folder),
            verbose=0,
            callbacks=[callback],
            failure_config=tune.FailureConfig(max_failures=5),
            checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),
        ),
    )
    tuner.fit()
    return watching


@pytest.mark.sweep
def test_tune_tells_results_flat_and_keeps_of_trials_and_errors_what_is_looked_at(
    tmp_path: Path, connected: Cluster
) -> None:
    callback = Forgetting()
    watching = tuned(tmp_path, callback)
    last = watching.results[-1]
    assert (last["rung/step"], last["rung/accuracy"]) == (3, 0.5), "measurements no longer arrive: results are not flat"
    assert all(isinstance(worker, ray.actor.ActorHandle) for worker in callback.workers), "hanging trials go on"
    kept, left = callback.courses
    assert kept > 0, "Tune no longer keeps what was reported: forget_results can go"
    assert left == 0, "the driver grows with every trial"
    assert len(watching.errors) == 1, "a trial that hangs is tried again: max_failures is not heeded"
    assert private.KILLED in watching.errors[0], "what Ray says of a lost worker is no longer in Tune's file of errors"
    assert private.FAILURE not in watching.errors[0]
    pid, logs = private.PID.search(watching.errors[0]), private.logs_folder()
    assert pid is not None, "a lost worker's last lines are not found: what Ray says no longer names its process"
    address = private.ADDRESS.search(watching.errors[0])
    assert address is not None, "a lost worker is never on this machine: what Ray says no longer names its node"
    assert address[1] == private.node_address(), "a lost worker is never on this machine: Ray's node has no address"
    assert logs is not None, "a lost worker's last lines are not found: Ray's node has no folder of logs"
    written = "".join(path.read_text() for path in logs.glob(private.worker_logs(pid[1])))
    assert "last words" in written, "a lost worker's last lines are not found: Ray's files have other names"
    own = [line for line in written.splitlines() if line.startswith(private.RAYS_OWN)]
    others = [line for line in written.splitlines() if line.startswith(":") and line not in own]
    assert own, "Ray writes no lines of its own into a worker's output: RAYS_OWN can go"
    assert others == [], "Ray's own lines are told as a lost worker's"


@pytest.mark.sweep
def test_what_ends_tune_from_a_callback_passes_and_leaves_resources_that_can_be_given_back(
    tmp_path: Path, connected: Cluster
) -> None:
    with pytest.raises(StopTuning):
        tuned(tmp_path, Forgetting(stops=True))
    held = [group for group in ray.util.placement_group_table().values() if group["state"] != "REMOVED"]
    assert held, "Tune gives its resources back by itself: remove_own_placement_groups can go"
    other = ray.util.placement_group([{"CPU": 1}])
    identity = other.id.hex()
    assert identity.endswith(ray.get_runtime_context().get_job_id()), "placement groups no longer name their job"
    private.remove_own_placement_groups()
    states = {group["state"] for group in ray.util.placement_group_table().values()}
    assert states == {"REMOVED"}, "resources of a stopped search are still taken when its best are confirmed"


@ray.remote
class Hanging:
    """Holds Python's lock for as long as it lives."""

    def pid(self) -> int:
        return os.getpid()

    def hang(self) -> None:
        ctypes.PyDLL(None).sleep(1000)


@pytest.mark.sweep
def test_a_worker_that_does_not_answer_ends_with_its_placement_group_and_others_go_on(connected: Cluster) -> None:
    group = ray.util.placement_group([{"CPU": 1}])
    inside = ray.util.scheduling_strategies.PlacementGroupSchedulingStrategy(placement_group=group)
    hanging, outside = Hanging.options(num_cpus=1, scheduling_strategy=inside).remote(), Hanging.remote()
    process = psutil.Process(ray.get(hanging.pid.remote()))
    hanging.hang.remote()
    private.remove_own_placement_groups()
    process.wait(10)
    assert psutil.pid_exists(ray.get(outside.pid.remote()))
    ray.kill(outside)


@ray.remote(num_cpus=0)
class Refusing:
    """Has a full disk."""

    def write(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.sweep
def test_what_an_actor_raised_is_inside_what_arrives(connected: Cluster) -> None:
    refusing = Refusing.remote()
    with pytest.raises(OSError) as caught:  # noqa: PT011 - a text is what is asserted
        ray.get(refusing.write.remote())
    assert isinstance(caught.value, RayTaskError), "Ray passes on what an actor raised itself: cause_of can go"
    cause = private.cause_of(caught.value)
    assert str(cause) == "[Errno 28] No space left on device", "the driver's full disk is told as a whole traceback"


@pytest.mark.sweep
def test_a_local_ray_listens_on_the_loopback_address_alone_and_lies_in_a_folder_of_its_own(connected: Cluster) -> None:
    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    listening = [
        connection.laddr.ip
        for process in processes
        for connection in process.net_connections(kind="tcp")
        if connection.status == psutil.CONN_LISTEN
    ]
    addresses = [ipaddress.ip_address(ip) for ip in listening]
    assert len(addresses) >= 4
    for address in addresses:
        loopback = (getattr(address, "ipv4_mapped", None) or address).is_loopback
        assert loopback, f"a local Ray listens on {address}: loopback_only does nothing any more"
    (server,) = [process for process in processes if "gcs_server" in process.name()]
    assert "sweep-run-" in " ".join(server.cmdline()), f"{private.TEMP_DIR} is not heeded: Ray's files lie in /tmp/ray"


@pytest.mark.sweep
@pytest.mark.parametrize(("changes", "answers"), [({}, True), ({"RAY_AUTH_MODE": "disabled"}, False)])
def test_a_client_in_a_process_of_its_own_tells_whether_a_cluster_answers(
    changes: dict[str, str], answers: bool, connected: Cluster
) -> None:
    address = ray.get_runtime_context().gcs_address
    asking = subprocess.Popen(
        [sys.executable, "-uc", private.asking_code(address)],
        env={**os.environ, **changes},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert asking.stdout is not None
    assert asking.stdout.readline() == b"\n", "Ray's import can't be told from its answer"
    began = time.monotonic()
    assert (asking.wait(20) == 0) is answers, f"clusters can't be told apart before they are joined ({began:.0f})"
    asking.stdout.close()


def test_ray_starts_its_processes_by_the_class_that_gives_them_groups_of_their_own() -> None:
    """Else a SIGTERM to the driver's group ends Ray before the driver, and what runs is not saved."""
    assert issubclass(services.ConsolePopen, subprocess.Popen)
    assert "process = ConsolePopen(" in inspect.getsource(services.start_ray_process)
    before = services.ConsolePopen
    with private.own_process_groups():
        started = services.ConsolePopen(
            [sys.executable, "-c", "import os; print(os.getpgrp())"], stdout=subprocess.PIPE
        )
        group = int(started.communicate()[0])
    assert services.ConsolePopen is before
    assert (group == started.pid) is (sys.platform == "linux")


def test_the_autoscaler_and_the_dashboard_s_server_are_started_by_what_is_left_out() -> None:
    """Else each run waits for two more processes."""
    source = inspect.getsource(node.Node.start_head_processes)
    assert "self.start_monitor()" in source
    assert "self.start_api_server(" in source
    before = node.Node.start_monitor, node.Node.start_api_server
    with private.trials_alone():
        started = node.Node.__new__(node.Node)
        started.start_monitor()
        started.start_api_server(include_dashboard=False, raise_on_failure=True)
    assert (node.Node.start_monitor, node.Node.start_api_server) == before


def test_ray_takes_sigterm_by_the_function_that_is_kept_from_it() -> None:
    """Else a SIGTERM while Ray starts ends it by a SystemExit in its midst."""
    assert "utils.set_sigterm_handler(sigterm_handler)" in inspect.getsource(worker.init)
    before = signal.getsignal(signal.SIGTERM), utils.set_sigterm_handler
    with private.sigterm_left_alone():
        utils.set_sigterm_handler(lambda number, frame: None)
    assert (signal.getsignal(signal.SIGTERM), utils.set_sigterm_handler) == before


def test_the_size_of_the_object_store_and_the_cpus_are_known_before_ray_is_started() -> None:
    size = private.object_store_bytes()
    assert 0 < size <= private.available_memory_bytes(), "no limit of address space is known to be too low"
    assert 1 <= private.cpus() <= (os.cpu_count() or 1), "no limit of threads is known to be too low"
