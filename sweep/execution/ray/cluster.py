"""Ray started on this machine, or joined where it runs; and what it offers."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

import sweep
from sweep.errors import InputError, SweepError, describe
from sweep.execution.ray import private
from sweep.execution.ray.limits import limits_here, refuse_low_limits
from sweep.execution.ray.scratch import RAYS, scratch_folder
from sweep.execution.ray.signals import stop_postponed
from sweep.execution.ray.traces import environment_kept
from sweep.training.precision import supports_bfloat16

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_SECONDS = 3
IMPORT_TIMEOUT_SECONDS = 60
ANSWER_TIMEOUT_SECONDS = 7
LONGEST_ROOT = 18
"""Ray's sockets lie about 85 characters below its folder's parent, and their paths must stay below 104."""

QUIET = {
    **private.UNDOCUMENTED_SETTINGS,
    "RAY_USAGE_STATS_ENABLED": "0",
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "TUNE_PRINT_ALL_TRIAL_ERRORS": "0",
    "TUNE_DISABLE_SIGINT_HANDLER": "1",
    "TUNE_WARN_INSUFFICENT_RESOURCE_THRESHOLD_S": "1000000",
    "TUNE_WARN_SLOW_EXPERIMENT_CHECKPOINT_SYNC_THRESHOLD_S": "1000000",
    "TUNE_GLOBAL_CHECKPOINT_S": "1000000",
    "TUNE_MAX_PENDING_TRIALS_PG": "1000000",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
"""Ray's and TensorFlow's own messages off; no Tune snapshots, which nothing reads; as many trials waiting as the
searcher hands out."""


@dataclass(frozen=True)
class Cluster:
    """What Ray offers.

    Args:
        address: HOST:PORT, or "" for one started here that ends with the sweep.
        nodes: number of nodes that are alive.
        cpus: number of CPUs of all nodes together.
        gpus: number of GPUs of all nodes together.
        per_node: number of CPUs and of GPUs of each node.
    """

    address: str
    nodes: int
    cpus: int
    gpus: int
    per_node: tuple[tuple[int, int], ...]

    def slots(self, cpus_per_trial: int, gpus_per_trial: float) -> int:
        """How many trials fit side by side."""
        return sum(
            min(cpus // cpus_per_trial, int(gpus / gpus_per_trial) if gpus_per_trial else cpus)
            for cpus, gpus in self.per_node
        )

    def __str__(self) -> str:
        where = f"the Ray cluster at {self.address}" if self.address else "this machine"
        gpus = f", {self.gpus} GPUs" if self.gpus else ""
        return f"{where}: {self.nodes} node{'s' * (self.nodes != 1)}, {self.cpus} CPUs{gpus}"


_IN_USE = threading.Lock()
"""Held while this process is connected to Ray, or connects or disconnects."""


@contextmanager
def connect(address: str | None) -> Iterator[Cluster]:
    """Join a Ray cluster or start Ray here; leave it, or end it, at the exit.

    Args:
        address: "local" for Ray of the sweep's own; "auto" for the cluster that runs on this machine; HOST:PORT;
            None for what RAY_ADDRESS names, else a cluster that `ray start` began on this machine, else local.

    Raises:
        InputError: if no Ray answers at the address, this process is connected to a Ray already, or a limit of it is
            too low to start one.
        SweepError: if Ray does not start all the same.
    """
    with _alone(), _settings(), private.raylet_messages(lambda message: log.info("Ray: %s", message)):
        joined = _resolve(address)
        with _joined(joined) if joined else _started():
            logging.getLogger("ray").setLevel(logging.CRITICAL)
            yield offer(joined)


@contextmanager
def _alone() -> Iterator[None]:
    """Refuse a second connection of this process, also one that another thread is only about to make."""
    alone = _IN_USE.acquire(blocking=False)
    try:
        if not alone or ray.is_initialized():
            raise InputError(
                "a process runs one sweep at a time and connects to Ray by itself, but this one is connected already; "
                "wait for the other sweep to end, or call ray.shutdown() first"
            )
        yield
    finally:
        if alone:
            _IN_USE.release()


@contextmanager
def _settings() -> Iterator[None]:
    """Ray's settings for a sweep; afterwards the environment, and what Ray keeps of it, is as before."""
    logger = logging.getLogger("ray")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with environment_kept():
            os.environ.update({name: os.environ.get(name, value) for name, value in QUIET.items()})
            private.reload_authentication()
            yield
    finally:
        private.reload_authentication()
        logger.setLevel(level)


@contextmanager
def _joined(address: str) -> Iterator[None]:
    try:
        try:
            with stop_postponed():
                ray.init(address=address, log_to_driver=False, logging_level=logging.CRITICAL, runtime_env=_code())
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            raise InputError(f"Ray at {address} could not be joined: {describe(error)}") from error
        yield
    finally:
        ray.shutdown()


@contextmanager
def _started() -> Iterator[None]:
    # A token of this sweep's own, in no file: Ray would write one that changes what a later `ray start` does.
    os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    os.environ.setdefault("RAY_AUTH_MODE", "token")
    for name, value in private.LOCAL_SETTINGS.items():
        os.environ.setdefault(name, value)
    private.reload_authentication()
    folder = os.environ.get("RAY_TMPDIR") or tempfile.gettempdir()
    root = Path(folder if len(folder) <= LONGEST_ROOT else "/tmp")
    refuse_low_limits(root)
    with scratch_folder(root) as scratch:
        try:
            _start(scratch / RAYS)  # Ray opens it to all, but not the folder that it is in
            yield
        finally:
            ray.shutdown()


def _start(folder: Path) -> None:
    try:
        with stop_postponed(), private.loopback_only(), private.own_process_groups(), private.trials_alone():
            ray.init(
                address="local",
                include_dashboard=False,
                log_to_driver=False,
                logging_level=logging.CRITICAL,
                **{private.TEMP_DIR: str(folder)},
            )
    except Exception as error:  # Ray raises plain ones, too
        reason, limits = describe(error).rstrip("."), limits_here(folder.parent.parent)
        raise SweepError(
            f"Ray must be able to start its processes on this machine, but it gave up: {reason}. What may be "
            f"too little for them: {limits}. Raise what is low, end what else runs here, or join a Ray with --address"
        ) from error


def bfloat16_everywhere(cluster: Cluster, *, gpu: bool) -> bool:
    """Whether every node is made for bfloat16; asked of each one, unless this machine is all there is."""
    if not cluster.address:
        return supports_bfloat16(gpu=gpu)
    ask = ray.remote(num_cpus=0)(supports_bfloat16)
    nodes = [node["NodeID"] for node in ray.nodes() if node["Alive"]]
    strategies = [NodeAffinitySchedulingStrategy(node, soft=False) for node in nodes]
    return all(ray.get([ask.options(scheduling_strategy=strategy).remote(gpu=gpu) for strategy in strategies]))


def _resolve(address: str | None) -> str:
    """HOST:PORT of the cluster to join, or "" for Ray of the sweep's own."""
    try:
        resolved = private.bootstrap_address(address)
    except (ValueError, OSError) as error:
        raise InputError(f"--address must be local, auto or HOST:PORT, but got {address!r}: {error}") from error
    if resolved is None:
        if address == "auto":
            raise InputError(
                "--address auto needs a Ray cluster on this machine, but none runs; begin one with `ray start --head`"
            )
        return ""
    if _joinable(resolved):
        return resolved
    if address is None and not os.environ.get("RAY_ADDRESS"):
        return ""  # only a trace that a cluster left behind when it was killed
    asked = address if address not in (None, "auto") else resolved
    raise InputError(
        f"no Ray answers at {asked}; begin one there with `ray start --head`, or use --address local. "
        "If it asks for a token, RAY_AUTH_MODE=token and the token must be set here too"
    )


def _joinable(address: str) -> bool:
    """Whether Ray answers; switches token authentication on if only that makes it answer."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_TIMEOUT_SECONDS).close()
    except (OSError, ValueError, OverflowError):
        return False
    if _answers(address, os.environ):
        return True
    if "RAY_AUTH_MODE" not in os.environ and _answers(address, {**os.environ, "RAY_AUTH_MODE": "token"}):
        os.environ["RAY_AUTH_MODE"] = "token"
        private.reload_authentication()
        return True
    return False


def _answers(address: str, environ: Mapping[str, str]) -> bool | None:
    """Whether Ray lets a client in at an address; None if it says nothing in time."""
    # In a process of its own: where something else listens, Ray's client waits a minute, then aborts its process.
    command = [sys.executable, "-uc", private.asking_code(address)]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as asking:
        importing = threading.Timer(IMPORT_TIMEOUT_SECONDS, asking.kill)
        importing.start()
        try:
            if asking.stdout is not None:
                asking.stdout.readline()  # Ray is imported, which may take long; its answer may not
            return asking.wait(ANSWER_TIMEOUT_SECONDS) == 0
        except subprocess.TimeoutExpired:
            return None
        finally:
            importing.cancel()
            asking.kill()


def _code() -> dict[str, Any]:
    # Remote workers get this package by itself; a worker needs only the installed dependencies.
    return {
        "py_modules": [str(Path(sweep.__file__).parent)],
        "env_vars": {"TF_CPP_MIN_LOG_LEVEL": "3"},
    }


def offer(address: str) -> Cluster:
    """What the Ray that is connected offers now; nodes come and go."""
    alive = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    free = tuple((int(node.get("CPU", 0)), int(node.get("GPU", 0))) for node in alive)
    return Cluster(address, len(alive), sum(cpus for cpus, _ in free), sum(gpus for _, gpus in free), free)


def guarded(address: str) -> bool | None:
    """Whether a cluster turns away who has no token; None if it did not say in time.

    Raises:
        InputError: if it does not, but is to be talked to with one: then its workers could not answer.
    """
    let_in = _answers(address, {**os.environ, "RAY_AUTH_MODE": "disabled"})
    if let_in and os.environ.get("RAY_AUTH_MODE") == "token":
        raise InputError(
            f"RAY_AUTH_MODE=token is set here, but the Ray cluster at {address} lets in who has no token; set it and "
            "RAY_AUTH_TOKEN on every node before `ray start`, or unset it here"
        )
    return None if let_in is None else not let_in
