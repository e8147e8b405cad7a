"""Drivers and workers killed at random moments until the sweep is done: nothing lost, nothing changed, little repeated.

Every training step of any process writes a byte, so that what was trained twice can be counted. Takes minutes: runs
when SWEEP_FAULTS is `short` (as in .ci/run) or `full` (50 drivers, 20 workers).
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import program
import psutil
import pytest
from nodes import TOKEN, ray_nodes

from sweep.data.sources import digits
from sweep.study.confirming_run import ConfirmingRun
from sweep.study.records import read_study
from sweep.training.batches import steps_until, total_steps

LENGTH = os.environ.get("SWEEP_FAULTS", "")
DRIVERS, WORKERS, TRIALS, EPOCHS = (50, 20, 20, 24) if LENGTH == "full" else (3, 3, 6, 6)
CONFIRMS, SEEDS = (10, 7) if LENGTH == "full" else (2, 3)
GALLERY = sorted(
    path.stem for path in (program.ROOT / "search_spaces").glob("*.py") if path.stem not in ("default", "recipe")
)
"""The files in search_spaces/ that need no download."""
GALLERY_KILLS, GALLERY_TRIALS = 4, 4
SLOTS = 2
EPOCH_SECONDS = 2.0
SLACK = 1.0 if LENGTH == "full" else 1.6
"""Epochs that a kill may cost: one on average; a few kills may be unlucky by half an epoch."""
BATCH = 32
IMAGES = len(digits("digits").training().train.y)

MODEL = """
import optuna

class EveryThird(optuna.pruners.BasePruner):
    def prune(self, study, trial):
        return trial.number % 3 == 2 and trial.last_step == 20

def model(params):
    import tensorflow as tf
    import keras

    def count():
        with open({steps!r}, "ab") as file:
            file.write(b".")
        time.sleep({pause})

    class Counted(keras.layers.Layer):
        def call(self, x, training=False):
            if training:
                with tf.control_dependencies([tf.py_function(count, [], [])]):
                    return tf.identity(x)
            return x

    layers = [keras.Input((28, 28, 1)), Counted(), keras.layers.Flatten(), keras.layers.Dense(params["filters_1"]),
              keras.layers.Dense(10)]
    made = keras.Sequential(layers)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    made.compile(keras.optimizers.Adam(params["learning_rate"]), loss)
    return made
"""

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(LENGTH not in ("short", "full"), reason="minutes long: set SWEEP_FAULTS=short or full"),
]


def finished(folder: Path, name: str = "tiny") -> dict[int, tuple[str, float | None, float | None]]:
    """What has ended so far: state, value, test accuracy."""
    try:
        trials = program.trials(folder, name)
    except (OSError, KeyError):
        return {}
    return {
        trial.number: (trial.state.name, trial.value, trial.user_attrs.get("test_accuracy"))
        for trial in trials
        if trial.state.is_finished()
    }


def expect_whole(folder: Path) -> None:
    """Every trial there once, none of them running or failed."""
    ended = finished(folder)
    assert sorted(ended) == list(range(TRIALS))
    assert {number for number, (state, _, _) in ended.items() if state == "PRUNED"} == set(range(2, TRIALS, 3))
    assert {state for state, _, _ in ended.values()} == {"COMPLETE", "PRUNED"}
    assert len(program.board(folder)) == TRIALS
    assert list((folder / "results" / "tiny").glob("checkpoints/*")) == []


def space(folder: Path, trials: int = TRIALS, epochs: int = EPOCHS, rungs: str = "(10, 20, 40)") -> Path:
    """A sweep of trials of epochs that last two seconds each, a worker's few for Ray, Python and disks besides.

    Which trials are pruned is fixed: were it the scores' doing, a lucky sweep would end before all kills were done.
    """
    model = MODEL.format(steps=str(folder / "steps"), pause=EPOCH_SECONDS / (IMAGES / BATCH))
    text = program.SPACE.replace("def space", model + "\ndef space").replace(
        "SWEEP = Sweep(", "SWEEP = Sweep(model=model, pruner=EveryThird(),"
    )
    return program.space_file(
        folder, text.replace("trials=8", f"trials={trials}, rungs={rungs}").replace("epochs=3", f"epochs={epochs}")
    )


def repeated_epochs(folder: Path) -> float:
    """How much was trained beyond what the trials needed."""
    total = total_steps(IMAGES, BATCH, EPOCHS)
    needed = sum(steps_until(trial.last_step or 0, total) for trial in program.trials(folder))
    return ((folder / "steps").stat().st_size - needed) * BATCH / IMAGES


def actors(driver: subprocess.Popen[str], title: str = "Trainable") -> list[psutil.Process]:
    """A driver's processes of some kind, those that train by default."""
    faults = []
    for child in psutil.Process(driver.pid).children(recursive=True):
        try:
            if title in " ".join(child.cmdline()):
                faults.append(child)
        except psutil.Error:
            continue
    return faults


def test_a_driver_killed_at_random_moments_loses_nothing(tmp_path: Path) -> None:
    file, chance = space(tmp_path), random.Random(7)
    before: dict[int, tuple[str, float | None, float | None]] = {}
    for _ in range(DRIVERS):
        driver = program.start(["run", file, "--jobs", str(SLOTS)], tmp_path)
        time.sleep(chance.uniform(4, 20))
        program.send(driver, signal.SIGKILL)
        assert program.finish(driver)[0] == -signal.SIGKILL
        now = finished(tmp_path)
        assert {number: now[number] for number in before} == before
        before = now
    status, _, err = program.sweep("run", file, "--jobs", str(SLOTS), cwd=tmp_path, timeout=400)
    assert (status, err) == (0, "")
    now = finished(tmp_path)
    assert {number: now[number] for number in before} == before
    expect_whole(tmp_path)
    assert 0 <= repeated_epochs(tmp_path) < SLACK * DRIVERS * SLOTS


@pytest.mark.parametrize("name", GALLERY if LENGTH == "full" else ["own_training"])
def test_each_gallery_file_s_sweep_has_every_trial_once_however_often_it_is_killed(tmp_path: Path, name: str) -> None:
    file, chance = program.ROOT / "search_spaces" / f"{name}.py", random.Random(name)
    command: list[str | Path] = ["run", file, "--trials", str(GALLERY_TRIALS), "--no-confirm", "--max-failures", "9"]
    before: dict[int, tuple[str, float | None, float | None]] = {}
    for kill in range(GALLERY_KILLS if LENGTH == "full" else 2):
        driver = program.start(command, tmp_path)
        program.wait_for(lambda: _has_begun(tmp_path, name), driver)
        time.sleep(chance.uniform(1, 9))
        # By turns a worker, which is replaced, and the driver; either may be done before its time has come.
        for worker in actors(driver)[:1] if kill % 2 == 0 and driver.poll() is None else []:
            worker.kill()
        time.sleep(chance.uniform(1, 5))
        if driver.poll() is None:
            program.send(driver, signal.SIGKILL)
        program.finish(driver)
        now = finished(tmp_path, name)
        assert {number: now[number] for number in before} == before
        before = now
    status, _, err = program.sweep(*command, cwd=tmp_path, timeout=400)
    assert (status, err) == (0, "")
    ended = finished(tmp_path, name)
    assert sorted(ended) == list(range(GALLERY_TRIALS))
    assert {number: ended[number] for number in before} == before
    assert {state for state, _, _ in ended.values()} <= {"COMPLETE", "PRUNED"}
    for trial in program.trials(tmp_path, name):
        steps = [point["step"] for point in trial.user_attrs["curve"]]
        assert steps == sorted(set(steps))
    assert sorted(program.board(tmp_path)["trial"]) == list(range(GALLERY_TRIALS))
    assert list((tmp_path / "results" / name).glob("checkpoints/*")) == []


def _has_begun(folder: Path, name: str) -> bool:
    try:
        return bool(program.trials(folder, name))
    except (OSError, KeyError):
        return False


def test_workers_killed_at_random_moments_lose_no_trial(tmp_path: Path) -> None:
    file, chance = space(tmp_path), random.Random(8)
    driver = program.start(["run", file, "--jobs", str(SLOTS), "--max-failures", str(2 * WORKERS)], tmp_path)
    killed = 0
    while killed < WORKERS and driver.poll() is None:
        time.sleep(chance.uniform(2, 8))
        running = actors(driver) if driver.poll() is None else []
        if running:
            chance.choice(running).kill()
            killed += 1
    status, _, err = program.finish(driver, timeout=500)
    assert (status, err) == (0, "")
    assert killed == WORKERS
    expect_whole(tmp_path)
    assert 0 <= repeated_epochs(tmp_path) < SLACK * killed


def test_an_artifact_store_killed_ends_the_sweep_and_the_same_command_goes_on(tmp_path: Path) -> None:
    file, flags = space(tmp_path, trials=4), ["--jobs", str(SLOTS)]
    driver = program.start(["run", file, *flags], tmp_path)
    program.wait_for(lambda: len(list((tmp_path / "results").glob("tiny/checkpoints/*"))) == SLOTS, driver)
    (artifacts,) = actors(driver, "ray::ArtifactStore")
    artifacts.kill()
    status, _, err = program.finish(driver)
    assert status == 1
    (line,) = err.splitlines()
    assert "keeps checkpoints and models was lost (ActorDiedError" in line
    assert "type the same command again" in line
    status, _, err = program.sweep("run", file, *flags, cwd=tmp_path, timeout=400)
    assert (status, err) == (0, "")
    assert sorted(finished(tmp_path)) == list(range(4))
    assert 0 <= repeated_epochs(tmp_path) < SLACK * SLOTS


def test_confirming_killed_at_random_moments_makes_each_run_once(tmp_path: Path) -> None:
    chance = random.Random(9)
    file = space(tmp_path, trials=3, epochs=3, rungs="(100,)")
    status, _, err = program.sweep("run", file, "--jobs", str(SLOTS), cwd=tmp_path)
    assert (status, err) == (0, "")
    confirm: list[str | Path] = ["confirm", "tiny", "--seeds", str(SEEDS), "--jobs", str(SLOTS)]
    before: dict[int, ConfirmingRun] = {}
    for _ in range(CONFIRMS):
        driver = program.start(confirm, tmp_path)
        time.sleep(chance.uniform(4, 14))
        program.send(driver, signal.SIGKILL)
        assert program.finish(driver)[0] == -signal.SIGKILL
        now = {run.number: run for run in read_study(tmp_path / "results", "tiny").confirming}
        assert before.items() <= now.items()
        before = now
    status, _, err = program.sweep(*confirm, cwd=tmp_path, timeout=400)
    assert (status, err) == (0, "")
    study = read_study(tmp_path / "results", "tiny")
    assert before.items() <= {run.number: run for run in study.confirming}.items()
    best = next(run.trial for run in study.confirming if run.trial)
    assert sorted((run.trial, run.index) for run in study.confirming) == [
        (n, i) for n in (0, best) for i in range(SEEDS)
    ]
    assert all(run.test for run in study.confirming)
    assert list((tmp_path / "results" / "tiny").glob("checkpoints/*")) == []


@pytest.mark.skipif(LENGTH != "full", reason="more than a minute: set SWEEP_FAULTS=full")
def test_a_cluster_whose_head_is_killed_ends_the_sweep_and_it_goes_on_elsewhere(tmp_path: Path) -> None:
    file = space(tmp_path, trials=2)
    with ray_nodes(1, **TOKEN) as address:
        driver = program.start(["run", file, "--address", address], tmp_path, **TOKEN)
        program.wait_for(lambda: list((tmp_path / "results").glob("tiny/checkpoints/*")) != [], driver)
        for process in psutil.process_iter(["cmdline"]):
            if address.partition(":")[2] in " ".join(process.info["cmdline"] or []) and process.pid != driver.pid:
                process.kill()
        status, _, err = program.finish(driver, timeout=120)  # Ray looks for its head for a minute
        assert status == 1
        assert "GCS may have been killed" in err
    status, _, err = program.sweep("run", file, cwd=tmp_path, timeout=400)
    assert (status, err) == (0, "")
    assert sorted(finished(tmp_path)) == [0, 1]
    assert 0 <= repeated_epochs(tmp_path) < SLACK
