"""What a worker's step tells: a trial's end, or the sweep's."""

from __future__ import annotations

import errno
import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from builders import measurement
from scripted import Clock, made

from sweep.data.parts import Part
from sweep.errors import InputError, MachineError
from sweep.execution.ray.trainable import STEP, TrialTrainable
from sweep.study.storage.predictions import holds_losses, read, read_right
from sweep.training.messages import StepResult, TrialSpec


def told(error: Exception, monkeypatch: pytest.MonkeyPatch) -> StepResult:
    """What the step of a worker tells whose trial raises this."""

    def advance() -> None:
        raise error

    trainable = TrialTrainable.__new__(TrialTrainable)  # its setup takes Ray
    monkeypatch.setattr(trainable, "_advance", advance, raising=False)
    trainable._spec = TrialSpec(0, {}, 7)
    return trainable.step()[STEP]


def test_a_model_that_is_unfit_ends_its_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    adapter, script = made(Clock())
    adapter.next_trial("a")
    adapter.result("a", told(InputError("model(params) must return a compiled model"), monkeypatch))
    assert script.done == [("failed", 0, "model(params) must return a compiled model")]
    assert adapter.fault is None


def test_a_machine_that_lacks_what_was_promised_ends_the_sweep_and_not_the_trial(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    adapter, script = made(Clock())
    adapter.next_trial("a")
    adapter.result("a", told(MachineError("TensorFlow sees no GPU"), monkeypatch))
    assert "TensorFlow sees no GPU" in str(adapter.fault)
    assert "type the same command again" in str(adapter.fault)
    assert script.done == []  # RUNNING: the next run goes on with it


class FakeWorker:
    """Trains epochs of ten seconds each, looks up once a second, and has a model that may refuse to be saved."""

    reason = ""

    def __init__(self, clock: Clock, epochs: int = 0, refusal: Exception | None = None) -> None:
        self.epochs_done, self.predicted, self.losses, self.model = 0, np.array([1, 2], np.int32), None, self
        self._clock, self._epochs, self._refusal = clock, epochs, refusal

    def start(self, spec: TrialSpec, saved: bytes | None) -> None:
        """Nothing."""

    def advance(self, pause: Callable[[], bool]) -> object:
        for second in range(1, 10 * self._epochs + 1):
            self._clock.now += 1
            self.epochs_done = second // 10
            pause()
        return measurement(100)

    def checkpoint(self) -> bytes:
        return b"state"

    def save(self, path: object) -> None:
        if self._refusal:
            raise self._refusal
        open(str(path), "wb").close()


class FakeArtifactClient:
    """Takes some time over each file, and notes when it was there."""

    def __init__(self, clock: Clock, seconds: float = 0.0) -> None:
        self.saved: list[tuple[str, float]] = []
        self.data: dict[str, bytes] = {}
        self._clock, self._seconds = clock, seconds

    def claim(self, stem: str) -> None:
        """Nothing."""

    def load(self, name: str) -> None:
        """Nothing is there."""

    def stopping(self) -> bool:
        return False

    def save(self, name: str, data: bytes) -> None:
        self.saved.append((name.partition("/")[0], self._clock.now))
        self.data[name] = data
        self._clock.now += self._seconds


def stepped(worker: FakeWorker, artifacts: FakeArtifactClient) -> StepResult:
    """What a worker's only step tells."""
    trainable = TrialTrainable.__new__(TrialTrainable)  # its setup takes Ray
    trainable._worker, trainable._artifacts = worker, artifacts  # type: ignore[assignment]
    trainable._spec, trainable._fresh = TrialSpec(0, {}, 7), True
    trainable._node, trainable._environment = "node-a", "{}"
    trainable._packed_config_and_data = (None, None, Part(np.zeros((2, 1)), np.array([1, 0], np.int32)))
    return trainable.step()[STEP]


@pytest.mark.parametrize(
    ("save_seconds", "epochs", "saves"), [(0.01, 8, 8), (0.5, 8, 3), (5.0, 60, 3)], ids=["small", "large", "huge"]
)
def test_a_trial_is_saved_after_each_epoch_unless_that_takes_more_than_its_share(
    monkeypatch: pytest.MonkeyPatch, save_seconds: float, epochs: int, saves: int
) -> None:
    clock = Clock()
    monkeypatch.setattr("sweep.execution.ray.trainable.time.monotonic", clock)
    artifacts = FakeArtifactClient(clock, save_seconds)
    stepped(FakeWorker(clock, epochs), artifacts)
    times = [when for what, when in artifacts.saved if what == "checkpoints"]
    assert len(times) == saves
    assert all(later - sooner >= 49 * save_seconds for sooner, later in itertools.pairwise(times))


@pytest.mark.parametrize(
    ("refusal", "key", "says"),
    [
        (None, "measurement", ""),
        (ValueError("a layer of its own"), "measurement", "model not saved: ValueError: a layer of its own"),
        (RuntimeError("a lock"), "measurement", "model not saved: RuntimeError: a lock"),
        (OSError(errno.EIO, "Input/output error"), "measurement", "model not saved: OSError"),
        (
            OSError(errno.ENOSPC, "No space left on device"),
            "machine_fault",
            "temporary folder must have room for a model",
        ),
    ],
)
def test_a_model_that_cant_be_saved_is_no_fault_of_its_trial(refusal: Exception | None, key: str, says: str) -> None:
    clock = Clock()
    artifacts = FakeArtifactClient(clock)
    result = stepped(FakeWorker(clock, refusal=refusal), artifacts)
    assert [name for name, value in vars(result).items() if value] == [key]
    assert says in (result.measurement.note if result.measurement else result.machine_fault)
    assert [what for what, _ in artifacts.saved] == ["predictions", *(["models"] if refusal is None else [])]


def test_labels_are_kept_where_there_are_any_and_else_losses_or_nothing(tmp_path: Path) -> None:
    labels, losses = np.array([1, 2], np.int32), np.array([0.5, 0.25], np.float32)
    for predicted, lost, holds in ((labels, losses, "labels"), (None, losses, "losses"), (None, None, "nothing")):
        worker, artifacts = FakeWorker(Clock()), FakeArtifactClient(Clock())
        worker.predicted, worker.losses = predicted, lost  # type: ignore[assignment]
        stepped(worker, artifacts)
        path = tmp_path / f"{holds}.npz"
        for data in (data for name, data in artifacts.data.items() if name.startswith("predictions/")):
            path.write_bytes(data)
        assert path.is_file() == (holds != "nothing")
        assert holds_losses(path) == (holds == "losses")


def test_which_labels_are_right_is_kept_beside_them(tmp_path: Path) -> None:
    artifacts = FakeArtifactClient(Clock())
    stepped(FakeWorker(Clock()), artifacts)
    path = tmp_path / "trial-0000.npz"
    path.write_bytes(artifacts.data["predictions/trial-0000.npz"])
    assert read(path, 2).tolist() == [1, 2]
    right = read_right(path)
    assert right is not None
    assert right.tolist() == [True, False]
