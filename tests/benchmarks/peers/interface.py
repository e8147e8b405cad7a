"""What a peer is given and what it gives back. No TensorFlow."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sweep.space.loader import load_sweep

Params = dict[str, Any]


def arguments(description: str | None) -> argparse.Namespace:
    """The command line of a peer; `configs` is a list of params, or None if the peer is to search."""
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--data", required=True, help="MNIST as .npz")
    options.add_argument("--space", required=True, type=_space, help="a search-space file")
    options.add_argument("--configs", type=_configs, help="JSON: the configurations to train")
    options.add_argument("--trials", type=int, help="how many trials to search for, without --configs")
    options.add_argument("--epochs", required=True, type=int, help="of every trial")
    options.add_argument("--jobs", default=1, type=int, help="trials side by side, where the peer has a switch for it")
    options.add_argument("--scratch", required=True, help="a folder for the peer's own files")
    options.add_argument("--out", required=True, type=Path, help="the JSON to write")
    parsed = options.parse_args()
    parsed.trials = parsed.trials if parsed.configs is None else len(parsed.configs)
    return parsed


def write(out: Path, trials: list[tuple[Params, float | None]]) -> None:
    """Write each trial's params and validation accuracy, None if it failed. Keras's float32 0.4 is 0.4000000059."""
    values = [
        {"params": params, "val_accuracy": None if value is None else round(value, 6)} for params, value in trials
    ]
    out.write_text(json.dumps(values))


def _space(file: str) -> Callable[[Any], Params]:
    return load_sweep(file).space


def _configs(file: str) -> list[Params]:
    configs: list[Params] = json.loads(Path(file).read_text())
    return configs
