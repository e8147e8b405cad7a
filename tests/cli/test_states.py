"""Every command on a study in every state: the right answer or one message, never a traceback."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import complete, fail, opened, prune, tiny_sweep
from commands import changed, finished, space_file, sweep

from sweep.study.confirming_run import ConfirmingRun
from sweep.study.opening import open_confirmations
from sweep.study.storage.folder import JOURNAL

pytestmark = pytest.mark.faults

NAME = "my_space"


@pytest.fixture(autouse=True)
def _no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that gets as far as training fails at once, with an error that the test knows."""
    for module in ("sweep.execution.ray.cluster", "sweep.training.worker"):
        monkeypatch.setitem(sys.modules, module, None)


def study(folder: Path) -> Path:
    return finished(space_file(folder)) / NAME


def in_journal(old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = study(folder) / JOURNAL
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    return change


def cut(name: str, keep: int) -> Callable[[Path], None]:
    """A finished study one of whose files was cut, or made as damaged."""

    def change(folder: Path) -> None:
        path = study(folder) / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes((path.read_bytes() if path.is_file() else b"PK\3\4 no archive at all")[:keep])

    return change


def driven(*ends: Callable[..., object], **sweep_changes: object) -> Callable[[Path], None]:
    """A study whose trials ended so; what has no end is left running."""

    def change(folder: Path) -> None:
        sweep_of = tiny_sweep(trials=max(1, len(ends)) + 1, **sweep_changes)
        with opened(folder / "results", sweep_of, name=NAME) as ledger:
            for end in (*ends, None):
                spec = ledger.next_trial()
                if spec is not None and end is not None:
                    end(ledger, spec)

    return change


def empty(folder: Path) -> None:
    (folder / "results" / NAME).mkdir(parents=True)
    (folder / "results" / NAME / JOURNAL).touch()


def confirmed(folder: Path) -> None:
    study(folder)
    with open_confirmations(folder / "results", NAME) as confirmations:
        for number in (0, 1):
            for index in range(3):
                confirmations.add(ConfirmingRun(number, index, index, {"accuracy": 0.7 + number / 10 + index / 100}))


def removed(folder: Path) -> None:
    shutil.rmtree(study(folder))


def linked(folder: Path) -> None:
    elsewhere = folder / "elsewhere"
    shutil.move(study(folder), elsewhere)
    (folder / "results" / NAME).symlink_to(elsewhere)


STATES: dict[str, Callable[[Path], object]] = {
    "none": lambda folder: (folder / "results").mkdir(),
    "removed": removed,
    "empty journal": empty,
    "running from the first": driven(),
    "interrupted": driven(complete, prune),
    "baseline alone": driven(complete),
    "baseline failed": driven(fail),
    "all failed": driven(fail, fail, fail),
    "all but the baseline pruned": driven(complete, prune, prune),
    "several objectives": driven(complete, complete, objective=["val_accuracy", "parameters"]),
    "by the loss": driven(complete, complete, objective="val_loss"),
    "finished": study,
    "confirmed": confirmed,
    "a link": linked,
    "from the future": in_journal('"sweep:version":"', '"sweep:version":"99'),
    "with more fields": in_journal('"sweep:definition":{', '"sweep:definition":{"of_tomorrow":1,'),
    "a field of a wrong kind": in_journal('"epochs":1,', '"epochs":[],'),
    "a value of a wrong kind": in_journal('"parameters":1234', '"parameters":"many"'),
    "journal cut": cut(JOURNAL, 700),
    "journal of zeros": cut(JOURNAL, 0),
    "board cut": cut("leaderboard.csv", 3),
    "run.json cut": cut("run.json", 3),
    "model damaged": cut("models/trial-0001.keras", 30),
    "predictions damaged": cut("predictions/trial-0001.npz", 30),
    "file gone": lambda folder: (study(folder), (folder / "my_space.py").unlink()),
    "file of another study": lambda folder: (study(folder), changed(folder, ("[8, 16, 32]", "[8, 16]"))),
    "file that fails": lambda folder: (study(folder), (folder / "my_space.py").write_text("1 / 0\n")),
}
COMMANDS = {
    "leaderboard": ["leaderboard", NAME],
    "leaderboard as csv": ["leaderboard", NAME, "--format", "csv"],
    "leaderboard as markdown": ["leaderboard", NAME, "--format", "md", "--sort-by", "test_accuracy"],
    "leaderboard of the last": ["leaderboard"],
    "watch": ["watch", NAME],
    "show": ["show", NAME, "0"],
    "show of another": ["show", NAME, "1"],
    "show of none": ["show", NAME, "77"],
    "compare": ["compare", NAME, "0", "1"],
    "confirm": ["confirm", NAME],
    "export": ["export", NAME, "--out", "OUT.keras"],
    "export of one": ["export", NAME, "1", "--out", "OUT.keras"],
    "export of the board": ["export", NAME, "--out", "OUT.parquet"],
    "reproduce": ["reproduce", NAME, "1"],
    "run": ["run", "FILE", "--data", "auto"],
    "run anew": ["run", "FILE", "--new"],
}
TRAINS = ("sweep.execution.ray.cluster", "sweep.training.worker")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("state", STATES)
def test_a_command_answers_or_says_in_one_message_why_not(tmp_path: Path, state: str, command: str) -> None:
    STATES[state](tmp_path)
    words = [word.replace("OUT", str(tmp_path / "out")) for word in COMMANDS[command]]
    words = [str(tmp_path / "my_space.py") if word == "FILE" else word for word in words]
    result = sweep(*words, "--results", tmp_path / "results")
    if isinstance(result.exception, ModuleNotFoundError) and result.exception.name in TRAINS:
        return  # it would train now
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    assert result.exit_code in (0, 1, 2, 3)
    if result.exit_code:
        refusals = [line for line in result.stderr.splitlines() if line.startswith("sweep: ")]
        assert len(refusals) == 1, result.output
    else:
        assert result.stdout.strip()
