"""Copies in memory of the studies in a results folder: live, and without a way back to the journals."""

from __future__ import annotations

import shutil
from pathlib import Path

from builders import NAME, complete, fail, measurement, mixed_study, opened, taken, tiny_sweep
from optuna.trial import FrozenTrial

from sweep.study.storage.folder import StudyFolder
from sweep.study.storage.mirror import Mirror


def trials(mirror: Mirror, name: str = NAME) -> list[FrozenTrial]:
    """The copies of a study's trials, brought up to date."""
    list(mirror.refresh())
    return mirror.storage.get_all_trials(mirror.storage.get_study_id_from_name(name))


def plain(trial: FrozenTrial) -> tuple[object, ...]:
    return trial.state, trial.params, trial.values, trial.user_attrs, trial.intermediate_values


def test_a_study_is_copied_whole(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    mirror = Mirror(tmp_path)
    [(folder, study, copy)] = mirror.refresh()
    assert folder == StudyFolder(tmp_path, NAME)
    assert [plain(trial) for trial in copy.trials] == [plain(trial) for trial in study.trials]
    assert copy.directions == study.directions
    assert list(mirror.refresh()) == []


def test_it_follows_a_study_that_runs(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path)
    with opened(tmp_path) as ledger:
        assert [trial.state.name for trial in trials(mirror)] == ["WAITING"]
        number = mirror.storage.get_study_id_from_name(NAME)
        spec = taken(ledger)
        ledger.report(spec.number, measurement(50, 0.4))
        [running] = trials(mirror)
        assert (running.state.name, running.intermediate_values) == ("RUNNING", {50: 0.4})
        assert running.params["filters_1"] == spec.params["filters_1"]
        ledger.report(spec.number, measurement(100, 0.6))
        ledger.complete(spec.number, measurement(100, 0.6))
        complete(ledger, taken(ledger), 0.7)
        fail(ledger, taken(ledger))
        copies = trials(mirror)
    assert [(trial.state.name, trial.values) for trial in copies] == [
        ("COMPLETE", [0.6]),
        ("COMPLETE", [0.7]),
        ("FAIL", None),
    ]
    assert copies[0].user_attrs["curve"][1]["val_accuracy"] == 0.6
    assert mirror.storage.get_study_id_from_name(NAME) == number


def test_a_study_that_was_begun_anew_or_is_gone(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    mirror = Mirror(tmp_path)
    assert len(trials(mirror)) == 6
    opened(tmp_path, tiny_sweep(), new=True).__exit__(None, None, None)
    assert [trial.state.name for trial in trials(mirror)] == ["WAITING"]
    assert len(mirror.storage.get_all_studies()) == 2
    shutil.rmtree(tmp_path / NAME)
    list(mirror.refresh())
    assert NAME not in [study.study_name for study in mirror.storage.get_all_studies()]


def test_what_is_written_to_a_copy_stays_there(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    before = (tmp_path / NAME / "journal.log").read_bytes()
    mirror = Mirror(tmp_path)
    trials(mirror)
    number = mirror.storage.get_study_id_from_name(NAME)
    mirror.storage.set_study_user_attr(number, "note", "mine")
    mirror.storage.delete_study(number)
    assert (tmp_path / NAME / "journal.log").read_bytes() == before


def test_an_incomplete_last_write_and_what_is_no_journal_are_passed_over(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    with (tmp_path / NAME / "journal.log").open("a") as journal:
        journal.write('{"op_code":')
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "journal.log").write_text("no journal\n")
    mirror = Mirror(tmp_path)
    assert len(trials(mirror)) == 6
    assert [study.study_name for study in mirror.storage.get_all_studies()] == [NAME]
