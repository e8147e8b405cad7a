"""A Ray cluster as a user starts it on several machines, but all of it on this one."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import program
import psutil

TOKEN = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "0123456789abcdef" * 4}


@contextlib.contextmanager
def ray_nodes(count: int, **secret: str) -> Iterator[str]:
    """Nodes of one CPU each, begun with `ray start` on this machine; gives the address."""
    folder = tempfile.mkdtemp(dir="/tmp")  # short: Ray puts sockets there
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    env = program.environment(RAY_USAGE_STATS_ENABLED="0", PYTHONPATH="", **secret)
    ray = [str(Path(sys.executable).with_name("ray")), "start", "--num-cpus=1", "--block", "--disable-usage-stats"]
    head = ["--head", f"--port={address.partition(':')[2]}", "--include-dashboard=false", f"--temp-dir={folder}"]
    null = subprocess.DEVNULL
    started = []
    try:
        for number in range(1, count + 1):
            command = [*ray, *(head if number == 1 else [f"--address={address}"])]
            started.append(
                subprocess.Popen(command, stdout=null, stderr=null, start_new_session=True, env=env, cwd="/")
            )
            _wait_for_nodes(address, number, env)
        yield address
    finally:
        for node in started:
            os.killpg(node.pid, signal.SIGKILL)
            node.wait()
        for process in psutil.process_iter(["cmdline"]):
            if folder in " ".join(process.info["cmdline"] or []):
                process.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for_nodes(address: str, count: int, env: dict[str, str]) -> None:
    code = (
        f"import ray; ray.init({address!r}, logging_level='CRITICAL', log_to_driver=False);"
        f"raise SystemExit(sum(node['Alive'] for node in ray.nodes()) != {count})"
    )
    host, _, port = address.partition(":")
    for _ in range(10):
        time.sleep(2)
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            socket.create_connection((host, int(port)), timeout=1).close()
            if subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, timeout=20).returncode == 0:
                return
    raise AssertionError(f"no {count} Ray nodes came up")
