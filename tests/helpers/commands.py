"""Commands as they are typed, and studies that they find, made without any training."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from textwrap import dedent

from builders import drain
from click import Command
from click.testing import CliRunner, Result
from typer.main import get_command

from sweep.cli.app import app
from sweep.data.sources import resolve
from sweep.space.loader import load_sweep
from sweep.study.definition import Definition
from sweep.study.opening import open_ledger
from sweep.study.origin import Origin

GOOD = """
import numpy as np
from sweep import Sweep

def space(trial):
    return {"filters_1": trial.suggest_categorical("filters_1", [8, 16, 32]), "batch_size": 8}

def data():
    x = np.random.default_rng(0).integers(0, 256, (30, 28, 28), dtype=np.uint8)
    y = np.arange(30) % 3
    return (x[:24], y[:24]), (x[24:], y[24:])

SWEEP = Sweep(
    space=space, baseline={"filters_1": 16}, trials=3, epochs=1, rungs=(50,), data=data, confirm_seeds=0
)
"""


@cache
def program() -> Command:
    """The program; Typer reads all its signatures to make it, which takes longer than most commands."""
    return get_command(app)


def sweep(*words: object) -> Result:
    return CliRunner().invoke(program(), [str(word) for word in words])


def printed(results: Path, *words: object) -> str:
    """What a command prints that ends well and has nothing to warn of."""
    result = sweep(*words, "--results", results)
    assert result.exit_code == 0, (result.output, result.exception)
    assert result.stderr == ""
    return result.stdout


def space_file(folder: Path, text: str = GOOD, name: str = "my_space.py") -> Path:
    path = folder / name
    path.write_text(dedent(text))
    return path


def changed(folder: Path, *pairs: tuple[str, str]) -> Path:
    text = GOOD
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return space_file(folder, text)


def run(file: Path, *flags: object) -> Result:
    return sweep("run", file, "--results", file.parent / "results", *flags)


def refusal(result: Result) -> str:
    """The one message of a command that was given wrong input."""
    assert result.exit_code == 2, (result.exit_code, result.output, result.exception)
    assert "Traceback" not in result.output
    lines = result.stderr.splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("sweep: ")
    assert result.stdout == ""
    return lines[0]


def finished(file: Path, name: str = "my_space") -> Path:
    """The study of a file, brought up to its budget without any training; returns the results folder."""
    results = file.parent / "results"
    loaded = load_sweep(file)
    dataset = resolve(loaded.data, "auto", {})
    with open_ledger(results, name, loaded, Definition.of(loaded, dataset)) as ledger:
        ledger.note_origin(Origin.of(file, loaded, "auto", dataset))
        drain(ledger)
    return results
