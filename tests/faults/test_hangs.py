"""What never returns or takes too much: Ctrl-C ends a sweep whose file or space loops, limits end a trial."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import program
import psutil
import pytest

LENGTH = os.environ.get("SWEEP_FAULTS", "")

pytestmark = pytest.mark.faults

long = pytest.mark.skipif(LENGTH not in ("short", "full"), reason="half a minute: set SWEEP_FAULTS=short or full")
longest = pytest.mark.skipif(LENGTH != "full", reason="set SWEEP_FAULTS=full")

LOOP = """
def loop():
    open({marker!r}, "a").write("here\\n")
    while True:
        time.sleep(1)
"""


def hanging(folder: Path, where: str) -> tuple[Path, Path]:
    """A search-space file that hangs somewhere, and the file with a line for each time that it did."""
    marker = folder / "hangs"
    text = program.SPACE.replace("def space", LOOP.format(marker=str(marker)) + "\ndef space")
    changes = {
        "file": ("SWEEP = Sweep(", "loop()\nSWEEP = Sweep("),
        "space": ("    return {", "    loop()\n    return {"),
        "fourth space": ("    return {", "    if trial.number == 3:\n        loop()\n    return {"),
    }
    return program.space_file(folder, text.replace(*changes[where])), marker


@pytest.mark.parametrize("where", ["file", "space", pytest.param("fourth space", marks=long)])
def test_one_ctrl_c_ends_a_sweep_whose_own_functions_never_return(tmp_path: Path, where: str) -> None:
    file, marker = hanging(tmp_path, where)
    driver = program.start(["run", file, "--jobs", "1"], tmp_path)
    program.wait_for(marker.exists, driver)
    time.sleep(0.5)
    began = time.monotonic()
    program.send(driver, signal.SIGINT)
    status, _, err = program.finish(driver, timeout=60)
    assert status == 130, err
    assert time.monotonic() - began < 20
    assert "Traceback" not in err
    assert "same command" in err or "To go on, type:" in err


MODEL = """
def model(params):
    if params["filters_1"] == 4:
        {fault}
    import keras
    made = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10)])
    made.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return made
"""


def faulty(folder: Path, fault: str, settings: str = "") -> Path:
    """A search-space file whose model does something bad where there are 4 filters: in trials 1 and 2 of 4."""
    choices = '"filters_1": trial.suggest_categorical("filters_1", [4, 8])'
    text = program.SPACE.replace("def space", MODEL.format(fault=fault) + "\ndef space")
    text = text.replace("trials=8,", f"trials=4, sampler=Listed(), {settings}")
    text = text.replace("SWEEP = Sweep(", LISTED + "\nSWEEP = Sweep(model=model,")
    assert choices in text
    return program.space_file(folder, text)


LISTED = """
import optuna

class Listed(optuna.samplers.RandomSampler):
    def sample_independent(self, study, trial, name, distribution):
        if name == "filters_1":
            return 4 if trial.number in (1, 2) else 8
        return super().sample_independent(study, trial, name, distribution)
"""


def expect_two_failed(folder: Path, reason: str) -> None:
    """Trials 1 and 2 failed for a reason that names the params; the others did not."""
    board = program.board(folder).set_index("trial").sort_index()
    assert list(board["state"][[1, 2]]) == ["FAIL", "FAIL"]
    assert set(board["state"][[0, 3]]) <= {"COMPLETE", "PRUNED"}
    for error in board["error"][[1, 2]]:
        assert reason in error
        assert "filters_1=4" in error


@long
def test_a_trial_that_hangs_fails_at_its_time_limit_and_is_not_tried_again(tmp_path: Path) -> None:
    marker = tmp_path / "hangs"
    fault = f"import time; open({str(marker)!r}, 'a').write('here\\n'); time.sleep(100_000)"
    file = faulty(tmp_path, fault, "max_trial_seconds=30,")
    status, _, err = program.sweep("run", file, cwd=tmp_path)
    assert (status, err) == (0, "")
    expect_two_failed(tmp_path, "longer than max_trial_seconds allows")
    assert marker.read_text() == "here\n" * 2


@long
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
            "killed or crashed, perhaps by the system for lack",
        ),
        pytest.param("import numpy; numpy.zeros(1 << 55, numpy.uint8)", "out of memory", marks=longest),
    ],
    ids=["killed", "MemoryError"],
)
def test_a_trial_that_takes_too_much_fails_with_its_params(tmp_path: Path, fault: str, reason: str) -> None:
    status, _, err = program.sweep("run", faulty(tmp_path, fault), "--max-failures", "1", cwd=tmp_path)
    assert (status, err) == (0, "")
    expect_two_failed(tmp_path, reason)


GROWING = """
def model(params):
    import numpy
    taken = []
    while len(taken) < 40:
        taken.append(numpy.ones(1 << 25))
        time.sleep(0.1)
    raise ValueError("nobody minds that 10 GB are taken")
"""


@long
def test_a_worker_that_ray_ends_as_memory_runs_out_is_reported_so(tmp_path: Path) -> None:
    memory = psutil.virtual_memory()
    # What other tests take and give back meanwhile is less than what the worker takes.
    threshold = (memory.total - memory.available + 3_000_000_000) / memory.total
    monitored = {"RAY_memory_usage_threshold": f"{threshold:.4f}", "RAY_memory_monitor_refresh_ms": "100"}
    text = program.SPACE.replace("def space", GROWING + "\ndef space").replace("Sweep(\n", "Sweep(\n    model=model,\n")
    file = program.space_file(tmp_path, text)
    status, _, err = program.sweep("run", file, "--jobs", "1", "--max-failures", "0", cwd=tmp_path, **monitored)
    (line,) = err.splitlines()
    assert "memory" in line
    assert "same command" in line
    if status == 3:
        assert "the baseline (trial 0) has no result yet: out of memory" in line
        assert "filters_1=8" in line
    else:  # Ray ended the artifact store too, or the workers before they began
        assert status == 1


@pytest.fixture
def little_memory() -> Iterator[Path]:
    """A control group whose processes together get 6 GB."""
    if LENGTH not in ("short", "full"):
        pytest.skip("a minute long: set SWEEP_FAULTS=short or full")
    if os.geteuid() != 0:
        pytest.skip("a control group needs root")
    old = Path("/sys/fs/cgroup/memory")
    group = (old if old.is_dir() else old.parent) / f"sweep-test-{os.getpid()}"
    limit = "memory.limit_in_bytes" if old.is_dir() else "memory.max"
    try:
        group.mkdir()
        (group / limit).write_text("6000000000")
    except OSError:
        pytest.skip("no control group may be made here")
    yield group
    deadline = time.monotonic() + 20
    while (group / "cgroup.procs").read_text() and time.monotonic() < deadline:
        time.sleep(0.1)
    group.rmdir()


def test_a_trial_that_the_system_ends_as_memory_runs_out_is_reported_so(tmp_path: Path, little_memory: Path) -> None:
    file = faulty(tmp_path, "import numpy; numpy.ones(1 << 30)")
    inside = f'echo $$ > {little_memory}/cgroup.procs; exec "$@"'
    command = ["sh", "-c", inside, "sh", sys.executable, "-m", "sweep", "run", str(file), "--jobs", "1"]
    env = program.environment(RAY_memory_monitor_refresh_ms="0")  # or Ray ends the worker first
    done = subprocess.run(
        [*command, "--max-failures", "1"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    expect_two_failed(tmp_path, "out of memory, most likely")
