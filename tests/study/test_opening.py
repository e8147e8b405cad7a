"""Opening a study: what is the same study, and what starts afresh."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from builders import BASELINE, NAME, complete, drain, mixed_study, opened, taken, tiny_dataset, tiny_space, tiny_sweep

from sweep.errors import InputError
from sweep.space.sweep import Sweep
from sweep.study.definition import Definition
from sweep.study.opening import open_ledger
from sweep.study.records import read_study
from sweep.study.storage import journal
from sweep.study.storage.folder import JOURNAL, StudyFolder, study_names


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"epochs": 7}, "epochs was 5, now 7"),
        ({"seed": 1}, "seed was 0, now 1"),
        ({"rungs": (20, 50)}, r"steps was \[50, 100\], now \[20, 50, 100\]"),
        ({"objective": "val_loss"}, "objective was 'val_accuracy', now 'val_loss'"),
        ({"baseline": {**BASELINE, "kernel_size": 4}}, "baseline kernel_size was 3, now 4"),
    ],
)
def test_another_sweep_under_the_same_name_is_refused_with_the_difference_and_new(
    tmp_path: Path, changes: dict[str, Any], phrase: str
) -> None:
    with opened(tmp_path) as ledger:
        complete(ledger, taken(ledger))
    before = (tmp_path / NAME / JOURNAL).read_bytes()
    with pytest.raises(InputError, match=phrase) as caught:
        opened(tmp_path, tiny_sweep(**changes))
    assert "--new" in str(caught.value)
    assert "--name" in str(caught.value)
    assert NAME in str(caught.value)
    assert (tmp_path / NAME / JOURNAL).read_bytes() == before
    with opened(tmp_path) as ledger:
        assert ledger.asked == 1


def test_other_data_under_the_same_name_is_refused_with_both_hashes(tmp_path: Path) -> None:
    sweep = tiny_sweep()
    with opened(tmp_path):
        pass
    other = tiny_dataset(y_train=[0, 1] * 12, y_test=[0, 1] * 3)
    with pytest.raises(InputError, match=f"now tiny images .{other.sha256[:8]}"):
        open_ledger(tmp_path, NAME, sweep, Definition.of(sweep, other))


def test_other_choices_are_refused_before_a_trial_meets_them(tmp_path: Path) -> None:
    def choices(trial: Any) -> dict[str, Any]:
        return {**tiny_space(trial), "padding": trial.suggest_categorical("padding", ["valid", "same"])}

    def more(trial: Any) -> dict[str, Any]:
        return {**tiny_space(trial), "padding": trial.suggest_categorical("padding", ["valid", "same", "both"])}

    baseline = {**BASELINE, "padding": "valid"}
    with opened(tmp_path, tiny_sweep(space=choices, baseline=baseline)):
        pass
    with pytest.raises(InputError, match=r"padding was suggested from Categorical.* now from Categorical.*both"):
        opened(tmp_path, tiny_sweep(space=more, baseline=baseline))


@pytest.mark.parametrize(
    ("choices", "constant", "hints"),
    [(["a", "b"], 2, True), (["b", "a"], 1, True), (["a", "b", "c"], 1, False)],
    ids=["constant", "order", "other choices"],
)
def test_what_an_unchanged_space_may_make_anew_in_each_process_is_told_with_the_likely_cause(
    tmp_path: Path, choices: list[str], constant: int, hints: bool
) -> None:
    def sweep(choices: list[str], constant: int) -> Sweep:
        def space(trial: Any) -> dict[str, Any]:
            return {"kind": trial.suggest_categorical("kind", choices), "constant": constant}

        return tiny_sweep(space=space, baseline={"kind": "a"})

    with opened(tmp_path, sweep(["a", "b"], 1)):
        pass
    with pytest.raises(InputError, match=r"can only go on as it began, but .* Use --new") as caught:
        opened(tmp_path, sweep(choices, constant))
    assert (
        "If you changed nothing, space(trial) makes it anew in each process: sort a set" in str(caught.value)
    ) is hints


def test_new_starts_afresh_and_keeps_the_old_study_readable_under_another_name(tmp_path: Path) -> None:
    old = mixed_study(tmp_path)
    (tmp_path / NAME / "leaderboard.csv").write_text("old")
    with opened(tmp_path, tiny_sweep(epochs=9), new=True) as ledger:
        assert ledger.asked == 0
        assert not (tmp_path / NAME / "leaderboard.csv").exists()
        taken(ledger)
    (kept,) = (name for name in study_names(tmp_path) if name != NAME)
    assert kept.startswith(f"{NAME}-")
    assert (tmp_path / kept / "leaderboard.csv").read_text() == "old"
    assert read_study(tmp_path, kept).trials == old.trials
    assert len(read_study(tmp_path, NAME).trials) == 1


def test_new_where_there_is_no_study_just_begins(tmp_path: Path) -> None:
    with opened(tmp_path, new=True) as ledger:
        assert taken(ledger).number == 0
    assert study_names(tmp_path) == [NAME]


def test_new_twice_within_a_second_keeps_both_old_studies(tmp_path: Path) -> None:
    counts = []
    for trials in (1, 2, 3):
        with opened(tmp_path, tiny_sweep(trials=trials), new=True) as ledger:
            counts.append(len(drain(ledger)))
    assert counts == [1, 2, 3]
    assert sorted(len(read_study(tmp_path, name).trials) for name in study_names(tmp_path)) == [1, 2, 3]


def test_new_is_refused_while_another_driver_has_the_study_open(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        taken(ledger)
        with pytest.raises(InputError, match="one driver at a time"):
            opened(tmp_path, new=True)
        assert study_names(tmp_path) == [NAME]


def test_a_set_aside_study_can_go_on_under_its_new_name(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        complete(ledger, taken(ledger))
    with opened(tmp_path, new=True):
        pass
    (kept,) = (name for name in study_names(tmp_path) if name != NAME)
    with opened(tmp_path, name=kept) as ledger:
        assert [spec.number for spec in drain(ledger)] == [1, 2, 3]


def test_a_results_folder_is_made_where_there_is_none(tmp_path: Path) -> None:
    with opened(tmp_path / "a" / "b") as ledger:
        assert ledger.folder.path == tmp_path / "a" / "b" / NAME


@pytest.mark.parametrize("where", ["", NAME, f"{NAME}/{JOURNAL}", f"{NAME}/.lock"])
def test_something_in_the_way_is_wrong_input(tmp_path: Path, where: str) -> None:
    results = tmp_path / "results"
    if where.endswith((JOURNAL, ".lock")):
        (results / where).mkdir(parents=True)
    else:
        results.mkdir() if where else None
        (results / where).write_text("in the way") if where else results.write_text("in the way")
    with pytest.raises(InputError):
        opened(results)


def test_checkpoints_of_what_has_ended_go_when_the_study_is_opened(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    folder = tmp_path / NAME / "checkpoints"
    folder.mkdir()
    for name in ("trial-0000.npz", "trial-0005.npz", "trial-0006.npz"):
        (folder / name).write_bytes(b"left")
    with opened(tmp_path, tiny_sweep(trials=6)) as ledger:
        assert ledger.incomplete_write is None
    assert [path.name for path in folder.iterdir()] == ["trial-0006.npz"]


def test_what_another_program_is_still_writing_is_waited_for_and_not_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path):
        pass
    folder = StudyFolder(tmp_path, NAME)
    before = folder.journal.read_bytes()
    with journal.lock(folder.lock):
        study = journal.only_study(journal.storage(folder.journal, journal.Journal(folder.journal)))
        assert study is not None
        study.enqueue_trial({"filters_1": 4})
    added = folder.journal.read_bytes().removeprefix(before)
    half = len(added) // 2
    folder.journal.write_bytes(before + added[:half])
    folder.journal_lock.symlink_to("journal")

    def finish(seconds: float) -> None:
        with folder.journal.open("ab") as file:
            file.write(added[half:])
        folder.journal_lock.unlink()

    monkeypatch.setattr(journal.time, "sleep", finish)
    with opened(tmp_path) as ledger:
        assert ledger.incomplete_write is None
    assert folder.journal.read_bytes().startswith(before + added)
