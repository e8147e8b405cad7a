"""Trials run on a connection that stays open: after a stop in the middle the next ones train on it at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import ray

from sweep.data.dataset import Dataset
from sweep.data.sources import digits
from sweep.errors import InputError, SweepFailed
from sweep.execution.ray.adapter import SAVING_SECONDS
from sweep.execution.ray.cluster import Cluster, connect
from sweep.execution.ray.runner import run_trials
from sweep.space.loader import load_sweep
from sweep.study.events import StopReason
from sweep.training.messages import Failure, Measurement, TrainingConfig, TrialSpec

pytestmark = pytest.mark.sweep

SPACE = """
import ctypes
from sweep import Sweep

def space(trial):
    return {"hangs": trial.suggest_categorical("hangs", [False, True]), "batch_size": 32}

def model(params):
    import keras
    if params["hangs"]:
        ctypes.PyDLL(None).sleep(100_000)  # holding Python's lock: not even Ray's own calls are answered
    made = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10)])
    made.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return made

SWEEP = Sweep(space=space, baseline={"hangs": False}, model=model, data="digits")
"""


class Decider:
    """Hands out trials, one for each of `hangs`, and has enough once one of them is measured."""

    def __init__(self, *hangs: bool, enough: Callable[[int], bool]) -> None:
        self.error: SweepFailed | None = None
        self.stop_reason: StopReason | None = None
        self.measured_steps: dict[int, list[int]] = {}
        self.failures: list[str] = []
        self.stopped_at = 0.0
        self._specs = [TrialSpec(number, {"hangs": hang, "batch_size": 32}, 7) for number, hang in enumerate(hangs)]
        self._enough = enough

    def next_trial(self) -> TrialSpec | None:
        return self._specs.pop(0) if self._specs else None

    def measured(self, number: int, measurement: Measurement) -> bool:
        self.measured_steps.setdefault(number, []).append(measurement.step)
        if self._enough(measurement.step) and self.stop_reason is None:
            self.stop_reason, self.stopped_at = StopReason(trial=number), time.monotonic()
        return measurement.step < 100

    def worker_lost(self, number: int) -> None:
        """Nothing."""

    def failed(self, number: int, failure: Failure) -> None:
        self.failures.append(failure.reason)

    def tick(self) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with connect("local") as connected:
        yield connected


@pytest.fixture(scope="module")
def data() -> Dataset:
    return digits("digits")


def run(decider: Decider, epochs: int, data: Dataset, folder: Path) -> None:
    """Train what a decider hands out."""
    file = folder / "space.py"
    file.write_text(SPACE)
    config = TrainingConfig(load_sweep(file).model, epochs, (1, 100))
    both = {"slots": lambda: 2, "max_failures": 0, "should_stop": lambda: False}
    run_trials(decider, config, data.training(), data.test, folder, **both)


def expect_the_next_trials_to_train_at_once(cluster: Cluster, data: Dataset, folder: Path) -> None:
    """On as many slots as before, with nothing of the trials before left."""
    following = Decider(False, False, enough=lambda step: False)
    own = folder / "next"  # or they would go on with what the others saved
    own.mkdir()
    run(following, 2, data, own)
    assert following.measured_steps == {0: [1, 100], 1: [1, 100]}
    assert following.failures == []
    deadline = time.monotonic() + 10
    while (left := workers()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left == []
    assert ray.available_resources()["CPU"] == cluster.cpus


def workers() -> list[psutil.Process]:
    """The processes that train, or keep what was trained."""
    left = []
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it ends just now
            if child.name().startswith(("ray::Trial", "ray::Artifact", "ray::Resource")):
                left.append(child)
    return left


def test_a_search_that_stops_in_the_middle_is_saved_and_the_next_trials_train_on_the_same_connection(
    cluster: Cluster, data: Dataset, tmp_path: Path
) -> None:
    stopped = Decider(False, False, False, enough=lambda step: step == 1)
    run(stopped, 100_000, data, tmp_path)
    assert time.monotonic() - stopped.stopped_at < SAVING_SECONDS + 4
    assert {step for steps in stopped.measured_steps.values() for step in steps} == {1}
    assert stopped.failures == []
    assert len(list((tmp_path / "checkpoints").iterdir())) >= 1
    expect_the_next_trials_to_train_at_once(cluster, data, tmp_path)


def test_a_worker_that_does_not_answer_is_ended_and_the_next_trials_train_on_the_same_connection(
    cluster: Cluster, data: Dataset, tmp_path: Path
) -> None:
    stopped = Decider(False, True, enough=lambda step: step == 100)
    run(stopped, 2, data, tmp_path)
    waited = time.monotonic() - stopped.stopped_at
    assert SAVING_SECONDS <= waited < SAVING_SECONDS + 3
    assert stopped.measured_steps == {0: [1, 100]}
    assert stopped.failures == []  # unfinished: the next run goes on with it
    expect_the_next_trials_to_train_at_once(cluster, data, tmp_path)


def test_a_baseline_that_fails_ends_the_others_and_the_next_trials_train_on_the_same_connection(
    cluster: Cluster, data: Dataset, tmp_path: Path
) -> None:
    class Failing(Decider):
        def measured(self, number: int, measurement: Measurement) -> bool:
            self.error = SweepFailed("there is nothing to beat")
            return False

    with pytest.raises(SweepFailed, match="nothing to beat"):
        run(Failing(False, True, enough=lambda step: False), 2, data, tmp_path)
    expect_the_next_trials_to_train_at_once(cluster, data, tmp_path)


def test_a_process_that_is_connected_is_not_connected_again(cluster: Cluster) -> None:
    with pytest.raises(InputError, match="one sweep at a time"), connect("local"):
        pass
    assert ray.is_initialized()
