"""Keras's own settings are recorded where they change numbers, and refused where no trial could be trained."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import program
import pytest
from builders import tiny_sweep

from sweep.errors import InputError, MachineError
from sweep.execution.prepare import prepare
from sweep.training.environment import changes, environment
from sweep.training.keras_config import (
    BACKEND,
    DEFAULTS,
    HOME,
    changed_settings,
    config_file,
    refuse_keras_config,
    refuse_keras_config_of_worker,
)
from sweep.training.messages import TrainingConfig

CONFIG = TrainingConfig(None, epochs=1, steps=(100,))


def with_file(folder: Path, **settings: Any) -> dict[str, str]:
    """An environment whose file of settings has some values."""
    (folder / ".keras").mkdir(exist_ok=True)
    (folder / ".keras" / "keras.json").write_text(json.dumps(settings))
    return {"HOME": str(folder)}


def test_what_is_set_otherwise_is_part_of_what_a_trial_was_trained_with(tmp_path: Path) -> None:
    plain = environment(CONFIG, environ=with_file(tmp_path, **DEFAULTS, backend="tensorflow"))
    assert plain["Keras settings"] == ""
    other = environment(CONFIG, environ=with_file(tmp_path, **{**DEFAULTS, "epsilon": 0.01, "floatx": "float64"}))
    assert other["Keras settings"] == "epsilon=0.01 floatx=float64"
    (change,) = changes(plain, other)
    assert (change.name, change.before) == ("Keras settings", "")
    before_they_were_recorded = {name: value for name, value in plain.items() if name != "Keras settings"}
    assert changes(before_they_were_recorded, plain) == []


@pytest.mark.parametrize("content", ["", "{", "[]"])
def test_a_file_that_is_none_or_broken_sets_nothing(tmp_path: Path, content: str) -> None:
    environ = {"HOME": str(tmp_path)}
    assert changed_settings(environ) == {}
    config_file(with_file(tmp_path)).write_text(content)
    assert changed_settings(environ) == {}
    refuse_keras_config(built_in=True, environ=environ)


def test_the_file_lies_where_keras_looks_for_it(tmp_path: Path) -> None:
    assert config_file({"HOME": str(tmp_path)}) == tmp_path / ".keras" / "keras.json"
    assert config_file({"HOME": str(tmp_path), HOME: str(tmp_path / "k")}) == tmp_path / "k" / "keras.json"
    assert config_file({"HOME": "/nowhere"}) == Path("/tmp/.keras/keras.json")


def test_another_backend_is_refused_with_what_to_do(tmp_path: Path) -> None:
    environ = with_file(tmp_path, backend="jax")
    with pytest.raises(InputError, match=r'but "backend" in .*keras\.json is \'jax\'; set it to "tensorflow" there'):
        refuse_keras_config(built_in=False, environ=environ)
    refuse_keras_config(built_in=False, environ={**environ, BACKEND: "tensorflow"})
    with pytest.raises(InputError, match="but KERAS_BACKEND is 'torch'; unset it"):
        refuse_keras_config(built_in=False, environ={**with_file(tmp_path), BACKEND: "torch"})


def test_channels_first_are_refused_for_the_built_in_network_alone(tmp_path: Path) -> None:
    environ = with_file(tmp_path, image_data_format="channels_first")
    refuse_keras_config(built_in=False, environ=environ)
    with pytest.raises(InputError, match=r'is "channels_first"; set it to "channels_last" there'):
        refuse_keras_config(built_in=True, environ=environ)


def test_a_sweep_is_refused_before_anything_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BACKEND, "jax")
    with pytest.raises(InputError, match="but KERAS_BACKEND is 'jax'"):
        prepare(tiny_sweep(), "digits")
    with pytest.raises(MachineError, match=r"^on .*, trials are trained by .* but KERAS_BACKEND is 'jax'"):
        refuse_keras_config_of_worker(built_in=True)


@pytest.mark.sweep
def test_the_defaults_are_keras_own(tmp_path: Path) -> None:
    code = "import keras; print([keras.config.floatx(), keras.config.epsilon(), keras.config.image_data_format()])"
    variables = {HOME: str(tmp_path), BACKEND: "tensorflow"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=program.environment(**variables), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(list(DEFAULTS.values()))
