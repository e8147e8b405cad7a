"""What decides that there are enough runs, as the journal keeps it."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import pytest
from builders import NAME, mixed_study

from sweep.errors import InputError
from sweep.study.opening import open_confirmations
from sweep.study.records import read_study
from sweep.study.schema import restored
from sweep.study.until_sure import UntilSure


def test_a_plan_is_kept_in_the_journal_and_written_when_it_changes(tmp_path: Path) -> None:
    study = mixed_study(tmp_path)
    assert study.until_sure is None
    planned = replace(study, until_sure=UntilSure(0.0005, 7), confirm_seeds={0: 30, 1: 30})
    with open_confirmations(tmp_path, NAME) as confirmations:
        confirmations.plan(planned)
        size = (tmp_path / NAME / "journal.log").stat().st_size
        confirmations.plan(planned)
        assert (tmp_path / NAME / "journal.log").stat().st_size == size
        confirmations.plan(replace(planned, until_sure=UntilSure(0.001, 7)))
    again = read_study(tmp_path, NAME)
    assert (again.until_sure, again.confirm_seeds) == (UntilSure(0.001, 7), {0: 30, 1: 30})


def test_it_is_restored_and_what_a_later_version_adds_is_passed_over() -> None:
    assert restored(UntilSure, {**asdict(UntilSure(0.5)), "new": 1}) == UntilSure(0.5)
    with pytest.raises(InputError, match="margin is 'wide'"):
        restored(UntilSure, {"margin": "wide"})


@pytest.mark.parametrize("wrong", [UntilSure(-1.0), UntilSure(float("inf")), UntilSure(0.0, -1)])
def test_what_cannot_have_been_written_is_refused(tmp_path: Path, wrong: UntilSure) -> None:
    study = mixed_study(tmp_path)
    with open_confirmations(tmp_path, NAME) as confirmations:
        confirmations.plan(replace(study, until_sure=wrong))
        with pytest.raises(InputError, match="was it edited by hand"):
            confirmations.record()
