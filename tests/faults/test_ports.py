"""Who may come in: what a local run listens on, and what someone without its token gets there."""

from __future__ import annotations

import http.client
import ipaddress
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import grpc
import program
import psutil
import pytest

LENGTH = os.environ.get("SWEEP_FAULTS", "")

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(LENGTH not in ("short", "full"), reason="half a minute: set SWEEP_FAULTS=short or full"),
]

ANSWER_SECONDS = 7
ASK = "import ray; print(ray._raylet.GcsClient(address={address!r}).internal_kv_keys(b'', namespace=b'sweep'))"
CALLS = (
    "/ray.rpc.NodeInfoGcsService/GetAllNodeInfo",
    "/ray.rpc.InternalKVGcsService/InternalKVKeys",
    "/ray.rpc.JobInfoGcsService/GetAllJobInfo",
    "/ray.rpc.NodeManagerService/GetNodeStats",
    "/ray.rpc.NodeManagerService/RequestWorkerLease",
    "/ray.rpc.ObjectManagerService/Pull",
    "/ray.rpc.CoreWorkerService/PushTask",
    "/ray.rpc.CoreWorkerService/Exit",
)


@dataclass(frozen=True)
class Running:
    """A local sweep in the middle.

    Args:
        home: its home folder.
        processes: the driver's, and all below it.
    """

    home: Path
    processes: list[psutil.Process]

    def ports(self) -> dict[int, str]:
        """What it listens on: port to address."""
        ports = {}
        for process in self.processes:
            with suppress(psutil.Error):
                for connection in process.net_connections(kind="tcp"):
                    if connection.status == psutil.CONN_LISTEN:
                        ports[connection.laddr.port] = connection.laddr.ip
        return ports

    def token(self) -> str:
        """The token that its processes were given."""
        (server,) = [process for process in self.processes if "gcs_server" in process.name()]
        return str(server.environ()["RAY_AUTH_TOKEN"])


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("ports")
    home = folder / "home"
    home.mkdir()
    file = program.space_file(folder, program.SPACE.replace("epochs=3", "epochs=2000, rungs=(1,)"))
    driver = program.start(["run", file], folder, HOME=str(home))
    try:
        program.wait_for(lambda: measured(folder), driver)
        yield Running(home, [psutil.Process(driver.pid), *psutil.Process(driver.pid).children(recursive=True)])
    finally:
        program.send(driver, signal.SIGINT)
        program.finish(driver)


def measured(folder: Path) -> bool:
    try:
        return any(trial.user_attrs.get("curve") for trial in program.trials(folder))
    except (OSError, KeyError):
        return False


def asked(address: str, **extra: str) -> int:
    """The exit status of Ray's own client that asks a port for what is stored there."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("RAY_AUTH")}
    command = [sys.executable, "-c", ASK.format(address=address)]
    process = subprocess.Popen(command, env={**env, **extra}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        return process.wait(ANSWER_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def test_every_port_is_on_the_loopback_address_and_no_other_answers(running: Running) -> None:
    ports = running.ports()
    assert len(ports) >= 5  # of the driver, Ray's two servers, its agent, the workers
    for address in ports.values():
        ip = ipaddress.ip_address(address)
        assert (getattr(ip, "ipv4_mapped", None) or ip).is_loopback, ports
    own = [
        item.address
        for addresses in psutil.net_if_addrs().values()
        for item in addresses
        if item.family == socket.AF_INET and not ipaddress.ip_address(item.address).is_loopback
    ]
    for address in own:
        for port in ports:
            with pytest.raises(OSError, match=r"refused|unreachable|timed out"):
                socket.create_connection((address, port), timeout=2)


def test_rays_own_client_gets_an_answer_only_with_the_token(running: Running, tmp_path: Path) -> None:
    mode = {"RAY_AUTH_MODE": "token", "HOME": str(tmp_path)}
    token = running.token()
    (server,) = [process for process in running.processes if "gcs_server" in process.name()]
    listening = [item for item in server.net_connections(kind="tcp") if item.status == psutil.CONN_LISTEN]
    (port,) = {item.laddr.port for item in listening}
    assert asked(f"127.0.0.1:{port}", RAY_AUTH_TOKEN=token, **mode) == 0
    assert asked(f"127.0.0.1:{port}", RAY_AUTH_TOKEN="0" * len(token), **mode) != 0
    assert asked(f"127.0.0.1:{port}", RAY_AUTH_MODE="disabled") != 0


def test_no_call_without_the_token_is_answered(running: Running) -> None:
    refused = set()
    for port in running.ports():
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            for call in CALLS:
                with pytest.raises(grpc.RpcError) as caught:
                    channel.unary_unary(call)(b"", timeout=5)
                code = caught.value.code()
                assert code in (
                    grpc.StatusCode.UNAUTHENTICATED,
                    grpc.StatusCode.UNIMPLEMENTED,
                    grpc.StatusCode.UNAVAILABLE,  # does not speak gRPC
                    grpc.StatusCode.DEADLINE_EXCEEDED,
                ), (port, call, code)
                if code == grpc.StatusCode.UNAUTHENTICATED:
                    refused.add(call)
    assert refused == set(CALLS)
    assert all(process.is_running() for process in running.processes)


def test_no_page_without_the_token_is_shown(running: Running) -> None:
    refused = 0
    for port in running.ports():
        for path in ("/", "/api/version", "/metrics", "/get_or_create_runtime_env"):
            for data in (None, b""):
                with pytest.raises((OSError, http.client.HTTPException)) as caught:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", data, timeout=5)
                if isinstance(caught.value, urllib.error.HTTPError):
                    assert caught.value.code in (401, 403, 404, 405), (port, path, caught.value.code)
                    refused += caught.value.code in (401, 403)
    assert refused >= 1  # by the agent that makes environments


def test_the_token_is_in_no_file_and_on_no_command_line(running: Running) -> None:
    token = running.token()
    assert len(token) >= 32
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            assert token not in " ".join(process.cmdline())
    assert [path for path in running.home.rglob("*") if path.is_file() and token.encode() in path.read_bytes()] == []
    folders = {path for process in running.processes for path in scratch_folders(process)}
    assert folders
    for folder in folders:
        assert folder.stat().st_mode & 0o077 == 0
        for path in folder.rglob("*"):
            assert not path.is_file() or token.encode() not in path.read_bytes(), path


def scratch_folders(process: psutil.Process) -> set[Path]:
    """The folders of the sweep's own that a process has files open in."""
    with suppress(psutil.Error):
        return {
            parent
            for item in process.open_files()
            for parent in Path(item.path).parents
            if parent.name.startswith("sweep-run-")
        }
    return set()
