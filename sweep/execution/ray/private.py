"""Whatever of Ray is used and not documented: private names, texts that are read, settings without a page.

Each has a sentence on why it is needed, or on what breaks without it. `tests/execution/ray/test_private.py` fails, and
says what breaks, when Ray changes one of them; the bounds of `ray` in pyproject.toml hold it where those tests pass.
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ray
from ray._private import node, ray_constants, services, utils, worker
from ray._private.services import canonicalize_bootstrap_address
from ray._raylet import AuthenticationTokenLoader, Config  # type: ignore[attr-defined]  # its stub lacks both
from ray.air._internal import usage
from ray.tune.experiment import Trial
from ray.util import placement_group_table, remove_placement_group
from ray.util.placement_group import PlacementGroup

# The cluster.

TEMP_DIR = "_temp_dir"
"""The argument of `ray.init` for Ray's own folder; without it that is /tmp/ray, open to all and never removed."""

UNDOCUMENTED_SETTINGS = {
    "RAY_AIR_NEW_OUTPUT": "0",
    "RAY_worker_niceness": "0",
    "RAY_TQDM": "0",
}
"""Variables that keep Tune from drawing tables and bars, and workers from a lower priority than other programs have.
Without them a run prints, and is slower beside other work."""


LOCAL_SETTINGS = {"RAY_gcs_rpc_server_reconnect_timeout_s": "5", "RAY_prestart_worker_first_driver": "0"}
"""Variables of a Ray that is started here. Its head does not come back, and without the first its agents look for it
for a minute. Tune's actors use no workers that were started beforehand, each of which takes half a second of work."""


@contextmanager
def loopback_only() -> Iterator[None]:
    """Meanwhile a Ray that is started listens on 127.0.0.1 alone, as on a Mac; without it four ports are open to all.

    `RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER=0` does the same, but Ray reads it once, when it is imported. The caller may have
    imported it already, and a process that did so with this variable tells a cluster that it joins later that it is at
    127.0.0.1, where no other machine finds it.
    """
    before = ray_constants.ENABLE_RAY_CLUSTER
    ray_constants.ENABLE_RAY_CLUSTER = False
    try:
        yield
    finally:
        ray_constants.ENABLE_RAY_CLUSTER = before


@contextmanager
def trials_alone() -> Iterator[None]:
    """Meanwhile a Ray that is started has no autoscaler and no dashboard's server, which trials don't need.

    Ray has no argument for it: with `include_dashboard=False` the server starts all the same, with fewer pages. The two
    processes take a second of work, and `ray.init` waits for the server.
    """
    monitor, server = node.Node.start_monitor, node.Node.start_api_server
    node.Node.start_monitor = lambda self: None
    node.Node.start_api_server = lambda self, **settings: None
    try:
        yield
    finally:
        node.Node.start_monitor, node.Node.start_api_server = monitor, server


@contextmanager
def raylet_messages(tell: Callable[[str], None]) -> Iterator[None]:
    """Meanwhile what Ray's processes report, such as a worker that died, is told; else it is printed, in colour.

    Args:
        tell: called with each message, from a thread of Ray's.
    """

    def instead(data: dict[str, Any], ignore_prefix: bool) -> None:
        tell("\n".join(data["lines"]))

    before = worker.print_to_stdstream
    worker.print_to_stdstream = instead
    try:
        yield
    finally:
        worker.print_to_stdstream = before


@contextmanager
def own_process_groups() -> Iterator[None]:
    """Meanwhile the processes that Ray starts get process groups of their own.

    A SIGTERM to the driver's whole group, which `timeout`, systemd and batch systems send, would else end Ray before
    the driver could save what runs. They end with the driver all the same: the kernel signals them its death. Where it
    can't (not on Linux), Ray's own way of ending them needs them in the driver's group.
    """
    before = services.ConsolePopen
    if sys.platform == "linux":
        services.ConsolePopen = functools.partial(before, process_group=0)
    try:
        yield
    finally:
        services.ConsolePopen = before


@contextmanager
def sigterm_left_alone() -> Iterator[None]:
    """Meanwhile `ray.init` does not take SIGTERM for itself; else one would end it, half started, by a `SystemExit`."""
    before = utils.set_sigterm_handler
    utils.set_sigterm_handler = lambda handler: None
    try:
        yield
    finally:
        utils.set_sigterm_handler = before


@contextmanager
def callbacks_not_counted() -> Iterator[None]:
    """Meanwhile Tune does not count which callbacks it is given, for which it imports MLflow, W&B and Comet if it can.

    That takes seconds, and MLflow leaves a variable in the environment and a hook among Python's import hooks.
    """
    before = usage.tag_callbacks
    usage.tag_callbacks = lambda callbacks: False
    try:
        yield
    finally:
        usage.tag_callbacks = before


def reload_authentication() -> None:
    """Let Ray read RAY_AUTH_MODE and RAY_AUTH_TOKEN again.

    It keeps what it once read for as long as the process lives: without this a second Ray with a token of its own does
    not start, and a caller's later Ray would still be in this run's mode.
    """
    Config.initialize("")
    AuthenticationTokenLoader.instance().reset_cache()


def bootstrap_address(address: str | None) -> str | None:
    """HOST:PORT of the cluster that `ray.init` would join for an address, or None if it would start Ray here.

    Without it a cluster that was killed, whose address Ray still finds in a file, could not be told from a living one
    before `ray.init` waits for it.

    Raises:
        ValueError: if it is no address.
        OSError: if the host's name can't be resolved.
    """
    canonical: str | None = canonicalize_bootstrap_address(address)
    return canonical


def asking_code(address: str) -> str:
    """A program that prints a line once Ray is imported, and ends with 0 if a cluster then answers its client.

    Without it nobody would know before `ray.init`, which aborts the process where something else listens, that a
    cluster is there and whether it asks for a token.
    """
    return f"import ray; print(); ray._raylet.GcsClient(address={address!r}).internal_kv_keys(b'', namespace=b'sweep')"


def remove_own_placement_groups() -> None:
    """Give back all that trials of this connection hold; Ray ends the workers in it, whatever they do.

    A placement group's id ends with its job's. Without that, Tune's groups could not be told from those of others on
    the cluster, and after a stop the next trials would wait until Python collects Tune's controller.
    """
    job = ray.get_runtime_context().get_job_id()
    for identity, group in placement_group_table().items():
        if identity.endswith(job) and group["state"] != "REMOVED":
            remove_placement_group(PlacementGroup(ray.PlacementGroupID(bytes.fromhex(identity))))


def object_store_bytes() -> int:
    """The size of the object store of a Ray that is started here now.

    Each process maps all of it. Without it nobody would know what limit of address space is too low, and Ray hangs or
    dies there without a word.
    """
    size: int = utils.resolve_object_store_memory(available_memory_bytes())
    return size


def available_memory_bytes() -> int:
    """How much memory Ray takes this machine, or its container, to have free: what its object store is a share of."""
    available: int = utils.estimate_available_memory()
    return available


def cpus() -> int:
    """How many CPUs a Ray that is started here takes itself to have, a container's limit included.

    It starts a worker for each. Without it nobody would know what limit of threads is too low.
    """
    return int(utils.get_num_cpus(override_docker_cpu_warning=True))


def cause_of(error: BaseException) -> BaseException:
    """What an actor raised itself. Ray passes it on inside an error of both kinds, whose text is a whole traceback."""
    return getattr(error, "cause", None) or error


# Tune's trials.

FAILURE = "Failure # "
"""What each of a trial's errors begins with in Tune's file of them."""


def worker_of(trial: Trial) -> Any:
    """The actor that trains a trial; without it a trial that hangs could not be ended."""
    return trial.temporary_state.ray_actor


def do_not_retry(trial: Trial) -> None:
    """Let a trial fail when its worker is lost; without it one that hangs would hang again."""
    trial.max_failures = 0


def forget_results(trial: Trial) -> None:
    """Drop the course of every number of a trial that ended: 40 KB that Tune keeps for each and nobody reads."""
    trial.run_metadata.last_result = {}
    trial.run_metadata.metric_analysis.clear()
    trial.run_metadata.metric_n_steps.clear()


def last_report(trial: Trial) -> str:
    """What Ray said when a trial last lost its worker; "" if it never did.

    Tune's own `get_error` looks in the experiment's storage, where it has not copied the file yet, and Tune pickles
    only some errors: one for lack of memory is not among them.
    """
    path = Path(trial.error_file or "")
    return path.read_text(errors="replace").rpartition(FAILURE)[2].partition("\n")[2] if path.is_file() else ""


# What Ray says of a lost worker (2.51 to 2.60). Without these texts all causes would be one.

LOW_MEMORY = "running low on memory"
LOST_NODE = re.compile(r"its node has died|temporarily unavailable|raylet is unavailable", re.IGNORECASE)
KILLED = "worker process has died"
EXIT_CODE = re.compile(r"exits with an exit code (-?\d+)")
"""Only of a worker that was ended by a SystemExit; of `os._exit` Ray says what it says of a killed one."""
PID = re.compile(r"^\s*pid: (\d+)$", re.MULTILINE)
"""Names the process of a lost worker; without it nobody would know which of Ray's files hold its last lines."""
ADDRESS = re.compile(r"^\s*ip: (\S+)$", re.MULTILINE)
"""Names its node; without it another process of the same number on the driver's machine would be taken for it."""
RAYS_OWN = (":job_id:", ":actor_name:", ":task_name:")
"""What begins lines that Ray writes into a worker's output for itself."""


def worker_logs(pid: str) -> str:
    """The pattern of the names of the files in which Ray keeps what a process wrote."""
    return f"worker-*-{pid}.*"


def node_address() -> str:
    """This machine's address as Ray knows it; empty if Ray is not connected."""
    node = ray._private.worker._global_node
    return "" if node is None else str(node.node_ip_address)


def logs_folder() -> Path | None:
    """Where Ray keeps its logs on this machine, if it is connected; without it a lost worker's last lines are lost."""
    node = ray._private.worker._global_node
    return None if node is None else Path(node.get_logs_dir_path())
