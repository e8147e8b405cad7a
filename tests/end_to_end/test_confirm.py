"""Confirming with real workers: at the end of `run`, by its own command, killed in the middle and repeated."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from pathlib import Path

import pytest
from program import SPACE, board, finish, space_file, start, sweep, wait_for
from program import ended as trials_ended
from scipy import stats

from sweep.study.confirming_run import ConfirmingRun
from sweep.study.records import read_study

pytestmark = pytest.mark.sweep

CONFIRMED = SPACE.replace("confirm_seeds=0", "confirm_seeds=3").replace("trials=8", "trials=3, rungs=(100,)")


def runs(folder: Path) -> list[ConfirmingRun]:
    """The confirming runs in the ledger; none while it is being written."""
    return list(read_study(folder / "results", "tiny").confirming)


def written(folder: Path) -> list[str]:
    """The name of each confirming run that was ever written to the journal, as often as it was."""
    lines = (folder / "results" / "tiny" / "journal.log").read_text().splitlines()
    attrs = [json.loads(line).get("user_attr", {}) for line in lines]
    return [name for attr in attrs for name in attr if name.startswith("sweep:confirm:")]


def test_run_ends_with_a_verdict_and_confirm_extends_it_after_a_kill(tmp_path: Path) -> None:
    file = space_file(tmp_path, CONFIRMED)
    status, out, err = sweep("run", file, cwd=tmp_path)
    assert status == 0, err
    assert "confirming the baseline and trial" in out
    row = board(tmp_path).query("verdict == verdict").iloc[0]
    first = runs(tmp_path)
    assert sorted({run.index for run in first}) == [0, 1, 2]
    scores = {n: [run.test.get("accuracy") for run in first if run.trial == n] for n in (0, row.trial)}
    interval = stats.ttest_ind(scores[row.trial], scores[0], equal_var=False).confidence_interval(0.95)
    assert (row.diff_low, row.diff_high) == pytest.approx((interval.low, interval.high))
    assert "On other images of the same kind as these 297, and with other seeds, trial " in out

    confirm = start(["confirm", "tiny", "--seeds", "6"], tmp_path)
    wait_for(lambda: len(runs(tmp_path)) > len(first), confirm)
    os.kill(confirm.pid, signal.SIGKILL)
    finish(confirm)
    left = runs(tmp_path)
    assert len(left) < 12

    status, out, err = sweep("confirm", "tiny", "--seeds", "6", cwd=tmp_path)
    assert status == 0, err
    runs_before = runs(tmp_path)
    assert [run for run in runs_before if run in left] == left
    assert sorted((run.trial, run.index) for run in runs_before) == [(n, i) for n in (0, row.trial) for i in range(6)]
    assert len(written(tmp_path)) == len(set(written(tmp_path))) == 12
    assert not list((tmp_path / "results" / "tiny" / "checkpoints").glob("confirm-*"))
    assert len(list((tmp_path / "results" / "tiny" / "models").glob("confirm-*.keras"))) == 12

    status, out, err = sweep("run", file, cwd=tmp_path)
    assert (status, "nothing left to do" in out) == (0, True)


APART = (
    CONFIRMED.replace("epochs=3", "epochs=1, confirm_top=2")
    .replace('"learning_rate": trial.suggest_float("learning_rate", 1e-3, 1e-2, log=True)', '"learning_rate": 1e-2')
    .replace(
        '"filters_1": trial.suggest_categorical("filters_1", [4, 8])',
        '"filters_1": trial.suggest_int("filters_1", 1, 9)',
    )
    .replace(
        '{"filters_1": 8, "learning_rate": 3e-3}', '{"filters_1": 1}, enqueue=[{"filters_1": 8}, {"filters_1": 9}]'
    )
)
"""A baseline of one filter and two trials of eight and nine, which race."""


def test_runs_are_made_until_it_is_decided_across_a_kill(tmp_path: Path) -> None:
    command = ["run", space_file(tmp_path, APART), "--until-sure", "--margin", "50"]
    first = start(command, tmp_path)
    wait_for(lambda: trials_ended(tmp_path) == 3 and len(runs(tmp_path)) >= 3, first)
    os.kill(first.pid, signal.SIGKILL)
    finish(first)
    left = runs(tmp_path)
    status, out, err = sweep(*command, cwd=tmp_path)
    assert status == 0, err
    assert "up to " in out
    assert "pairs of runs" in out
    ended = runs(tmp_path)
    assert [run for run in ended if run in left] == left
    assert len(written(tmp_path)) == len(set(written(tmp_path))) == len(ended) < 60
    (verdict,) = board(tmp_path).query("verdict == verdict").verdict
    assert verdict in ("better", "worse", "equivalent")
    assert sorted(Counter(run.trial for run in ended).values())[0] == 2  # one of the two left after the first round
