"""Keras's settings of a machine: the variables and the file `keras.json` that it reads when it is imported."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sweep.errors import InputError, MachineError

BACKEND = "KERAS_BACKEND"
HOME = "KERAS_HOME"
DEFAULTS = {"floatx": "float32", "epsilon": 1e-7, "image_data_format": "channels_last"}
"""The settings in the file that change a trial's numbers, as they are where the file has none."""


def config_file(environ: Mapping[str, str]) -> Path:
    """The path of the file in which Keras looks for its settings.

    Args:
        environ: variables among which `KERAS_HOME` and `HOME` are looked up.
    """
    home = Path(environ.get("HOME") or Path("~").expanduser())
    default = (home if os.access(home, os.W_OK) else Path("/tmp")) / ".keras"
    return Path(environ.get(HOME, default)).expanduser() / "keras.json"


def changed_settings(environ: Mapping[str, str]) -> dict[str, Any]:
    """What the file sets otherwise than Keras does by itself, of what changes a trial's numbers, by name."""
    settings = _settings(environ)
    return {name: settings[name] for name in sorted(DEFAULTS) if settings.get(name, DEFAULTS[name]) != DEFAULTS[name]}


def refuse_keras_config(*, built_in: bool, environ: Mapping[str, str] | None = None) -> None:
    """Refuse Keras's settings here if no trial can be trained with them. Keras is not imported.

    Args:
        built_in: whether the built-in network is trained.
        environ: variables among which settings and `HOME` are looked up. Default: `os.environ`.

    Raises:
        InputError: if the backend is not TensorFlow, or the built-in network would take images for what they are not.
    """
    if fault := _fault(os.environ if environ is None else environ, built_in=built_in):
        raise InputError(fault)


def refuse_keras_config_of_worker(*, built_in: bool) -> None:
    """As `refuse_keras_config`, on a worker's machine, whose settings may be others than the driver's.

    Raises:
        MachineError: as above.
    """
    if fault := _fault(os.environ, built_in=built_in):
        raise MachineError(f"on {platform.node()}, {fault}")


def _fault(environ: Mapping[str, str], *, built_in: bool) -> str:
    """What is wrong with the settings, with what to do; empty if nothing is."""
    settings, file = _settings(environ), config_file(environ)
    by_variable = environ.get(BACKEND, "")
    backend = by_variable or settings.get("backend", "tensorflow")
    if backend != "tensorflow":
        origin, remedy = f'"backend" in {file} is', f'set it to "tensorflow" there, or set {BACKEND}=tensorflow'
        if by_variable:
            origin, remedy = f"{BACKEND} is", f"unset it, or set {BACKEND}=tensorflow"
        return f"trials are trained by Keras with TensorFlow as its backend, but {origin} {backend!r}; {remedy}"
    if built_in and settings.get("image_data_format") == "channels_first":
        return (
            "the built-in network takes images of shape (height, width, channels), but "
            f'"image_data_format" in {file} is "channels_first"; set it to "channels_last" there, or give a model=...'
        )
    return ""


def _settings(environ: Mapping[str, str]) -> dict[str, Any]:
    try:
        settings = json.loads(config_file(environ).read_text())
    except (OSError, ValueError):
        return {}  # as Keras takes it
    return settings if isinstance(settings, dict) else {}
