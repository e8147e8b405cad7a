"""A driver that dies at any byte: the journal opens, at most the incomplete record is lost, and all goes on."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from builders import NAME, complete, drain, fail, measurement, prune, tiny_definition, tiny_sweep

from sweep.study.ledger import Ledger
from sweep.study.opening import open_ledger
from sweep.study.records import TrialRecord
from sweep.study.storage.folder import JOURNAL

CUTS = 2_000
GO_ON_EVERY = 50
SWEEP = tiny_sweep(trials=8)
ENDED = ("COMPLETE", "PRUNED", "FAIL")

pytestmark = pytest.mark.faults


@pytest.fixture(autouse=True)
def _no_fsync(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.fsync", lambda file: None)  # a process that dies needs none, and 2,000 take minutes


def reopened(results: Path) -> Ledger:
    return open_ledger(results, NAME, SWEEP, tiny_definition())


def journal_bytes(folder: Path) -> bytes:
    """Trials in every state, side by side as they would run; in the last 2,000 bytes trials begin, report and end."""
    with reopened(folder) as ledger:
        specs = [spec for _ in range(6) if (spec := ledger.next_trial())]
        complete(ledger, specs[0], 0.9)
        prune(ledger, specs[1])
        fail(ledger, specs[2], "ValueError: no luck", "Traceback:\n  line 1")
        ledger.report(specs[3].number, measurement(50, 0.6))
        ledger.report(specs[4].number, measurement(50, 0.7))
        ledger.report(specs[3].number, measurement(100, 0.65))
        ledger.next_trial()
        ledger.prune(4)
        fail(ledger, specs[5])
        ledger.complete(specs[3].number, measurement(100, 0.65))
    return (folder / NAME / JOURNAL).read_bytes()


def test_a_journal_cut_at_each_of_its_last_bytes_loses_at_most_the_incomplete_record(tmp_path: Path) -> None:
    whole = journal_bytes(tmp_path / "source")
    folder = tmp_path / "cut" / NAME
    folder.mkdir(parents=True)

    def records(data: bytes) -> list[TrialRecord]:
        for path in folder.iterdir():
            path.unlink()
        (folder / JOURNAL).write_bytes(data)
        with reopened(folder.parent) as ledger:
            trials = ledger.record().trials
            assert [trial.number for trial in trials] == list(range(len(trials)))
            assert ledger.asked == sum(trial.state != "WAITING" for trial in trials)
            assert ledger.unfinished == sum(trial.state == "RUNNING" for trial in trials)
        return trials

    expected = cache(records)
    seen: set[tuple[str, ...]] = set()
    for size in range(len(whole) - CUTS, len(whole) + 1):
        kept = whole[: whole.rfind(b"\n", 0, size) + 1]
        assert len(whole[len(kept) : size].splitlines()) <= 1
        kept_trials = expected(kept)
        assert records(whole[:size]) == kept_trials, size
        assert (folder / JOURNAL).read_bytes() == kept, size
        incomplete_write = [path.read_bytes() for path in folder.glob("*.torn*")]
        assert incomplete_write == ([whole[len(kept) : size]] if len(kept) < size else []), size
        seen.add(tuple(trial.state for trial in kept_trials))
        if size % GO_ON_EVERY == 0:
            goes_on(folder.parent, kept_trials)
    assert {state for states in seen for state in states} == {*ENDED, "RUNNING"}
    assert {len(states) for states in seen} == {6, 7}
    assert len(seen) == 5  # one trial began and three ended


def goes_on(results: Path, before: list[TrialRecord]) -> None:
    """Every trial that had not ended is handed out once, up to the budget; what had ended stays as it was."""
    ended = [trial for trial in before if trial.state in ENDED]
    with reopened(results) as ledger:
        numbers = [spec.number for spec in drain(ledger)]
        after = ledger.record().trials
    assert sorted([*numbers, *(trial.number for trial in ended)]) == list(range(SWEEP.trials))
    assert [after[trial.number] for trial in ended] == ended
    assert all(trial.state in ENDED for trial in after)
    with reopened(results) as ledger:
        assert ledger.record().trials == after
        assert ledger.next_trial() is None
