"""A cluster of machines with nothing in common but the network: one is cut off in the middle, another one joins.

Each node is a network namespace with folders and a name of its own, plugged into one switch. Needs root and `ip`.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import optuna
import program
import pytest

from sweep.training.checkpoint import unpack

LENGTH = os.environ.get("SWEEP_FAULTS", "")
TRIALS = 16 if LENGTH == "full" else 8
SAVED_STEPS = 300
FAULT_SECONDS = 240
PORT = 6379
TOKEN = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "fedcba9876543210" * 4}
NOTICES_SOON = {
    "RAY_health_check_initial_delay_ms": "1000",
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_timeout_ms": "2000",
    "RAY_health_check_failure_threshold": "5",
}
"""After about 10 seconds of silence a node is lost; Ray's own settings allow half a minute."""

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(LENGTH not in ("short", "full"), reason="minutes long: set SWEEP_FAULTS=short or full"),
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
    pytest.mark.skipif(shutil.which("ip") is None, reason="network namespaces need `ip` (iproute2)"),
]

SPACE = program.SPACE.replace("trials=8", f"trials={TRIALS}").replace("epochs=3", "epochs=400, rungs=(5,)")

OWN_FOLDERS = """
set -e
hostname {name}
mount --make-rprivate /
for shown in {shown}; do
    inside="{folder}/${{shown#/tmp/}}"
    case "$shown" in /tmp/*) mkdir -p "$inside"; mount --bind "$shown" "$inside" ;; esac
done
mount --rbind "{folder}" /tmp
exec "$@"
"""
"""A node sees a /tmp of its own, in which of this machine's only Python's own folders are."""

SCORE = """
import sys
import keras
import numpy as np
from sweep.data.sources import resolve
test = resolve("digits", "digits").test
model = keras.models.load_model(sys.argv[1], compile=False)
scores = model.predict(test.x.astype("float32") / 255 if test.x.dtype == np.uint8 else test.x, verbose=0)
print(float((scores.argmax(axis=1) == test.y).mean()))
"""


class Network:
    """Nodes on a switch.

    Args:
        folder: each node's own folder is made in it.
        session: where the head keeps Ray's files; short, since sockets are in it.
    """

    def __init__(self, folder: Path, session: str) -> None:
        self._folder = folder
        self._session = session
        self._prefix = f"sweep{os.getpid()}"
        self._spaces: list[str] = []
        self._started: list[subprocess.Popen[str]] = []
        self._add_space("switch")
        self._ip("link", "add", "bridge", "type", "bridge", space="switch")
        self._ip("link", "set", "bridge", "up", space="switch")

    def add(self, number: int) -> None:
        """Plug a node in; node 0 is the head and shares this machine's folders."""
        name = f"node{number}"
        self._add_space(name)
        inside, outside = f"{self._prefix}i", f"plug{number}"
        peer = ["type", "veth", "peer", "name", inside, "netns", f"{self._prefix}-{name}"]
        self._ip("link", "add", outside, *peer, space="switch")
        self._ip("link", "set", outside, "master", "bridge", "up", space="switch")
        self._ip("addr", "add", f"{address(number)}/24", "dev", inside, space=name)
        self._ip("link", "set", inside, "up", space=name)
        common = ["--num-cpus=1", "--object-store-memory=200000000", "--disable-usage-stats", "--block"]
        ray = [str(Path(sys.executable).with_name("ray")), "start", f"--node-ip-address={address(number)}", *common]
        if number == 0:
            self.start(
                0, [*ray, "--head", f"--port={PORT}", "--include-dashboard=false", f"--temp-dir={self._session}"]
            )
        else:
            self.start(number, [*self._own_folders(number), *ray, f"--address={address(0)}:{PORT}"])

    def own_folder(self, number: int) -> Path:
        """What a node sees as /tmp."""
        return self._folder / f"node{number}"

    def cut_off(self, number: int) -> None:
        """Pull a node's plug."""
        self._ip("link", "set", f"plug{number}", "down", space="switch")

    def start(self, number: int, command: list[str], cwd: str | Path = "/", **extra: str) -> subprocess.Popen[str]:
        """Start a program on a node."""
        env = program.environment(
            **{"PYTHONPATH": "", "RAY_USAGE_STATS_ENABLED": "0", **TOKEN, **NOTICES_SOON, **extra}
        )
        pipe = subprocess.PIPE if extra else subprocess.DEVNULL
        inside = ["ip", "netns", "exec", f"{self._prefix}-node{number}", *command]
        null = subprocess.DEVNULL
        process = subprocess.Popen(inside, cwd=cwd, env=env, stdin=null, stdout=pipe, stderr=pipe, text=True)
        self._started.append(process)
        return process

    def end(self) -> None:
        """End what runs on the nodes, and take them away."""
        for space in self._spaces:
            for _ in range(20):
                pids = subprocess.run(["ip", "netns", "pids", space], capture_output=True, text=True, check=False)
                if not pids.stdout.split():
                    break
                for pid in pids.stdout.split():
                    with suppress(ProcessLookupError):
                        os.kill(int(pid), signal.SIGKILL)
                time.sleep(0.1)
            subprocess.run(["ip", "netns", "del", space], check=False)
        for process in self._started:
            process.communicate()

    def _own_folders(self, number: int) -> list[str]:
        folder = self.own_folder(number)
        folder.mkdir()
        shown = " ".join(dict.fromkeys([sys.prefix, sys.base_prefix]))
        script = OWN_FOLDERS.format(name=f"node{number}", folder=folder, shown=shown)
        return ["unshare", "--mount", "--uts", "sh", "-c", script, "sh"]

    def _add_space(self, name: str) -> None:
        space = f"{self._prefix}-{name}"
        self._ip("netns", "add", space)
        self._spaces.append(space)
        self._ip("link", "set", "lo", "up", space=name)

    def _ip(self, *arguments: str, space: str = "") -> None:
        inside = ["-n", f"{self._prefix}-{space}"] if space else []
        subprocess.run(["ip", *inside, *arguments], check=True, capture_output=True, text=True)


def address(number: int) -> str:
    return f"10.213.77.{number + 1}"


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    """A head and two more nodes, of one CPU each."""
    session = tempfile.mkdtemp(dir="/tmp", prefix="r")
    made = Network(tmp_path, session)
    try:
        made.add(0)
        wait_for_nodes(made, 1)
        made.add(1)
        made.add(2)
        wait_for_nodes(made, 3)
        yield made
    finally:
        made.end()
        shutil.rmtree(session, ignore_errors=True)


def wait_for_nodes(network: Network, count: int) -> None:
    code = (
        f"import ray; ray.init('{address(0)}:{PORT}', logging_level='CRITICAL', log_to_driver=False);"
        f"raise SystemExit(sum(node['Alive'] for node in ray.nodes()) != {count})"
    )
    for _ in range(20):
        time.sleep(1)
        asking = network.start(0, [sys.executable, "-c", code])
        with suppress(subprocess.TimeoutExpired):
            if asking.wait(20) == 0:
                return
        asking.kill()
        asking.wait()
    raise AssertionError(f"no {count} Ray nodes came up")


def steps_saved(folder: Path, number: int) -> int:
    """How many training steps of a trial are safe on the driver's disk; 0 if none."""
    try:
        saved = unpack((folder / "results" / "tiny" / "checkpoints" / f"trial-{number:04d}.npz").read_bytes())
    except FileNotFoundError:
        return 0
    assert saved is not None
    return saved.position


def running_on(folder: Path, node: str) -> list[optuna.trial.FrozenTrial]:
    """Trials that train on a node and have passed their rung, so that nothing but the end is before them."""
    try:
        trials = program.trials(folder)
    except (OSError, KeyError):
        return []
    return [
        trial
        for trial in trials
        if trial.state.name == "RUNNING" and str(trial.user_attrs.get("node", "")).startswith(f"{node}-")
    ]


def test_a_node_is_cut_off_and_another_one_joins(tmp_path: Path, network: Network) -> None:
    file = program.space_file(tmp_path, SPACE)
    arguments = [sys.executable, "-m", "sweep", "run", str(file), "--precision", "float32"]
    arguments += ["--address", f"{address(0)}:{PORT}"]
    driver = network.start(0, arguments, tmp_path, PYTHONPATH=str(program.ROOT))
    lost: list[optuna.trial.FrozenTrial] = []

    def far_enough() -> bool:
        lost[:] = [
            trial for trial in running_on(tmp_path, "node1") if steps_saved(tmp_path, trial.number) > SAVED_STEPS
        ]
        return bool(lost)

    program.wait_for(far_enough, driver, FAULT_SECONDS)
    number = lost[0].number
    network.cut_off(1)
    saved = steps_saved(tmp_path, number)
    network.add(3)
    positions = watched(driver, lambda: steps_saved(tmp_path, number), FAULT_SECONDS)
    status, out, err = program.finish(driver)
    assert (status, err) == (0, "")
    assert "3 nodes, 3 CPUs" in out.splitlines()[0]

    trials = program.trials(tmp_path)
    assert [trial.number for trial in trials] == list(range(TRIALS))
    assert {trial.state.name for trial in trials} <= {"COMPLETE", "PRUNED"}
    resumed = trials[number]
    assert resumed.state.name == "COMPLETE"
    assert not resumed.user_attrs["node"].startswith("node1-")
    assert saved > SAVED_STEPS
    assert all(position >= saved for position in positions if position), (saved, positions)
    assert max(positions) > saved
    assert any(trial.user_attrs["node"].startswith("node3-") for trial in trials)

    study = tmp_path / "results" / "tiny"
    assert list(study.glob("checkpoints/*")) == []
    assert {path.name for path in study.glob("models/*")} == {
        f"trial-{trial.number:04d}.keras" for trial in trials if trial.state.name == "COMPLETE"
    }
    for node in (1, 2, 3):
        names = {path.name for path in network.own_folder(node).rglob("*") if path.is_file()}
        assert names  # Ray's own
        assert [name for name in names if name.endswith((".keras", ".npz", "journal.log", "leaderboard.csv"))] == []

    best = program.board(tmp_path).iloc[0]
    model = study / "models" / f"trial-{int(best['trial']):04d}.keras"
    command = [sys.executable, "-c", SCORE, str(model)]
    scored = subprocess.run(
        command, env=program.environment(), capture_output=True, text=True, timeout=120, check=False
    )
    assert float(scored.stdout.split()[-1]) == pytest.approx(best["test_accuracy"], abs=1e-6), scored.stderr


def watched(process: subprocess.Popen[str], look: Callable[[], int], seconds: float) -> list[int]:
    """All that is seen, one after another, until a process ends."""
    seen: list[int] = []
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        now = look()
        if not seen or seen[-1] != now:
            seen.append(now)
        time.sleep(0.05)
    return seen
