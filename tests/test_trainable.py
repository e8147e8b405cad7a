"""What a worker's step tells: a trial's end, or the sweep's."""

from __future__ import annotations

from typing import Any

import pytest
from test_referee import Clock, made

from sweep.bridge.trainable import TrialTrainable
from sweep.errors import InputError, MachineError
from sweep.job import Plan


def told(error: Exception, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the step of a worker tells whose trial raises this, flattened as by Tune."""

    def advance() -> None:
        raise error

    trainable = TrialTrainable.__new__(TrialTrainable)  # its setup takes Ray
    monkeypatch.setattr(trainable, "_advance", advance, raising=False)
    trainable._plan = Plan(0, {}, 7)
    parts = trainable.step().items()
    nested = [
        (f"{key}/{name}", item) for key, value in parts if isinstance(value, dict) for name, item in value.items()
    ]
    return {**dict(nested), **{key: value for key, value in parts if not isinstance(value, dict)}}


def test_a_model_that_is_unfit_ends_its_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    referee, script = made(Clock())
    referee.next_plan("a")
    referee.result("a", told(InputError("model(params) must return a compiled model"), monkeypatch))
    assert script.done == [("failed", 0, "model(params) must return a compiled model")]
    assert referee.fault is None


def test_a_machine_that_lacks_what_was_promised_ends_the_sweep_and_not_the_trial(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    referee, script = made(Clock())
    referee.next_plan("a")
    referee.result("a", told(MachineError("TensorFlow sees no GPU"), monkeypatch))
    assert "TensorFlow sees no GPU" in str(referee.fault)
    assert "type the same command again" in str(referee.fault)
    assert script.done == []  # RUNNING: the next run goes on with it
