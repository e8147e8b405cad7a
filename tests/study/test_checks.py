"""A journal that was edited by hand is read as it is, or is one message; it never is a traceback."""

from __future__ import annotations

import contextlib
import io
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from builders import BASELINE, NAME, measurement, opened, prune, tiny_sweep

import sweep
from sweep.cli.compare import compare
from sweep.cli.leaderboard import leaderboard
from sweep.cli.show import show
from sweep.errors import InputError
from sweep.study.checks import as_written
from sweep.study.confirming_run import ConfirmingRun
from sweep.study.opening import open_confirmations
from sweep.study.origin import Origin
from sweep.study.records import read_study
from sweep.study.schema import CODE, CONFIRM_SEEDS, DEFINITION, ENVIRONMENTS

EDITS = 300
WRONG = ("x", -1, None, [], {}, float("inf"), True, "\x1b[31m", [[None]], {"a": [1]}, 10**30, "", 9, 0.5, "9", "rank")
ENVIRONMENT = {"keras": "3.15", "model function": "1:x"}


def whole_study(results: Path) -> list[dict[str, Any]]:
    """A study in which something of each kind is written down; returns the lines of its journal."""
    environment = json.dumps(ENVIRONMENT)
    with opened(results, tiny_sweep(trials=3)) as ledger:
        ledger.settle_precision("auto", "float32")
        ledger.settle_code({"model": "1:y"})
        ledger.note_origin(Origin("", own_model=False, data="/nowhere/data.npz", cpus_per_trial=1, gpus_per_trial=0))
        specs = [spec for _ in range(3) if (spec := ledger.next_trial())]
        for spec in specs[:2]:
            for step in (50, 100):
                ledger.report(spec.number, measurement(step, environment=environment))
            ledger.complete(spec.number, measurement(100, test_loss=0.5, inference_us=1.5))
        prune(ledger, specs[2])
    with open_confirmations(results, NAME) as confirmations:
        runs = [
            ConfirmingRun(number, index, 7, {"accuracy": 0.9 + index / 100}, 1.5)
            for number in (0, 1)
            for index in range(3)
        ]
        confirmations.schedule(runs, 3)
        for run in runs:
            confirmations.add(run, environment)
    return [json.loads(line) for line in (results / NAME / "journal.log").read_text().splitlines()]


def write(results: Path, lines: list[dict[str, Any]]) -> None:
    (results / NAME / "journal.log").write_text("".join(json.dumps(line) + "\n" for line in lines))


def read_in_every_way(results: Path) -> None:
    read_study(results, NAME)  # once refused, it is refused by all that reads it
    show(results, NAME, 1)
    compare(results, NAME, 0, 1, data=None, space=None)
    leaderboard(results, NAME, "table", None, None)
    leaderboard(results, NAME, "csv", "val_accuracy", None)
    sweep.load(NAME, results).verdicts()


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Everything within a value from JSON: what holds it, and its name or index there."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        yield value, key
        if isinstance(item, dict | list):
            yield from places(item)


@pytest.mark.faults
def test_whatever_is_edited_is_read_or_is_one_message(tmp_path: Path) -> None:
    lines = whole_study(tmp_path)
    chance = random.Random(0)
    for _ in range(EDITS):
        edited = json.loads(json.dumps(lines))
        holder, key = chance.choice([place for place in places(edited) if place[1] not in ("worker_id", "op_code")])
        before, holder[key] = holder[key], chance.choice(WRONG)
        write(tmp_path, edited)
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(InputError):
                read_in_every_way(tmp_path)
        except Exception as error:
            error.add_note(f"edited: {key} from {before!r} to {holder[key]!r} in {holder}")
            raise


def attribute(lines: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """The last line's attributes, of the study or of a trial, that have this one."""
    return [line["user_attr"] for line in lines if name in line.get("user_attr", {})][-1]


RUN = "sweep:confirm:1:0"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((CONFIRM_SEEDS, "1"), "7"),
        ((CONFIRM_SEEDS, "99"), 7),
        ((CODE, "model"), 3),
        ((ENVIRONMENTS,), "keras"),
        ((ENVIRONMENTS, 0), 3),
        ((ENVIRONMENTS, 0, "keras"), None),
        ((DEFINITION, "direction"), []),
        ((DEFINITION, "direction"), "up"),
        ((DEFINITION, "objective"), "seconds"),
        ((DEFINITION, "steps"), []),
        ((DEFINITION, "seed"), 2**64),
        ((DEFINITION, "distributions", "kernel_size"), "{}"),
        ((RUN, "trial"), 10**30),
        ((RUN, "trial"), 6),
        ((RUN, "environment"), 9),
        ((RUN, "test", "accuracy"), 99.2),
        ((RUN,), {"trial": 1, "index": 0, "seed": 7, "test_accuracy": 99.2}),  # as versions before 0.2.0 wrote it
        (("environments",), [9]),
        (("curve", 0), None),
        (("curve", 0, "val_accuracy"), None),
        (("curve", 0, "val_accuracy"), 2),
        (("curve", 0), {"step": 50}),
        (("params",), {**BASELINE, "rank": 1}),
        (("params", "learning_rate"), 10**30),
        (("params", "learning_rate"), {"a": 1}),
        (("parameters",), 2**64),
        (("seed",), 2**64),
        (("sweep:version",), "newest"),
        (("sweep:version",), 3),
    ],
    ids=lambda item: "/".join(map(str, item)) if isinstance(item, tuple) else repr(item),
)
def test_a_value_that_no_run_writes_is_one_message(tmp_path: Path, path: tuple[Any, ...], value: object) -> None:
    lines = whole_study(tmp_path)
    holder: Any = attribute(lines, path[0])
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    write(tmp_path, lines)
    with pytest.raises(InputError, match="must be as it was written, but"):
        read_study(tmp_path, NAME)


def test_what_is_told_already_is_told_as_it_is() -> None:
    with pytest.raises(InputError, match="from elsewhere"), as_written(NAME):
        raise InputError("from elsewhere")
    with pytest.raises(InputError, match="a value in it is of a wrong kind: IndexError: 9; was it"), as_written(NAME):
        raise IndexError(9)
