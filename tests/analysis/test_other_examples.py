"""What confirming runs say of other examples, from their files of predictions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders import NAME, scored, study_by
from confirmed import BASELINE, OURS, answers, with_answers, with_runs
from numpy.typing import NDArray

from sweep.analysis.crossed import crossed_interval
from sweep.analysis.other_examples import OtherExamples
from sweep.analysis.study_analysis import Analysis
from sweep.study.records import MODEL, StudyRecord
from sweep.study.storage.folder import StudyFolder
from sweep.study.storage.predictions import pack, pack_losses
from sweep.study.until_sure import UntilSure
from sweep.training.environment import MODEL_CODE

WRONG = np.linspace(0, 0.6, 200) ** 2


def right(seed: int = 0, runs: int = 4, images: int = 200) -> dict[int, NDArray[np.bool_]]:
    """Which images the baseline and trial 1 got right, in four runs each; trial 1 is wrong half as often."""
    rng = np.random.default_rng(seed)
    return {0: answers(rng, runs, WRONG[-images:]), 1: answers(rng, runs, WRONG[-images:] / 2)}


def known(study: StudyRecord, folder: StudyFolder) -> OtherExamples:
    return Analysis(study, folder).other_examples


def why(study: StudyRecord, folder: StudyFolder, number: int = 1) -> str:
    """Why there is no interval for a trial that has a verdict."""
    assert Analysis(study).confirmations[number].verdict is not None
    assert number not in known(study, folder).intervals
    return known(study, folder).why_none[number]


def test_it_is_that_of_what_the_runs_got_right(tmp_path: Path) -> None:
    rows = right()
    one = known(*with_answers(tmp_path, rows))
    assert one.why_none == {}
    assert one.intervals == {1: crossed_interval(rows[1].astype(float), rows[0].astype(float))}


def test_several_trials_have_one_each_and_one_that_lacks_a_file_is_no_loss_to_the_others(tmp_path: Path) -> None:
    rows = right()
    study, folder = with_answers(tmp_path, {**rows, 2: rows[1][::-1]})
    assert list(known(study, folder).intervals) == [1, 2]
    folder.predictions("confirm-0002-01").unlink()
    assert list(known(study, folder).intervals) == [1]
    assert known(study, folder).why_none == {2: "what confirm-0002-01 predicted was not kept"}


def test_runs_that_were_made_until_it_was_decided_have_none(tmp_path: Path) -> None:
    study, folder = with_answers(tmp_path, right(runs=12))
    undecided = replace(study, until_sure=UntilSure(), confirm_seeds=dict.fromkeys((0, 1), 12))
    assert why(undecided, folder) == (
        "its interval needs a number of runs that was chosen beforehand, and these were made until it was decided"
    )


def test_without_a_verdict_or_a_folder_there_is_nothing_to_say(tmp_path: Path) -> None:
    rows = right(runs=1)
    study, folder = with_answers(tmp_path, rows)
    assert known(study, folder) == OtherExamples()
    assert Analysis(study).other_examples == OtherExamples()
    planned = replace(study, confirm_seeds={0: 3, 1: 3})
    assert known(planned, folder) == OtherExamples()


def test_runs_of_older_versions_kept_labels_alone_or_nothing(tmp_path: Path) -> None:
    study, folder = with_answers(tmp_path, right())
    folder.predictions("confirm-0000-02").write_bytes(pack(np.zeros(200, np.int32)))
    assert why(study, folder) == "confirm-0000-02 was made before it was kept which test examples a run gets right"
    study = with_runs(tmp_path / "older", t0=BASELINE, t1=OURS)
    assert why(study, StudyFolder(tmp_path / "older", NAME)) == "what confirm-0000-00 predicted was not kept"


@pytest.mark.parametrize("damage", [b"", b"not a zip"], ids=["empty", "other"])
def test_a_damaged_file_is_named_and_ends_nothing(tmp_path: Path, damage: bytes) -> None:
    study, folder = with_answers(tmp_path, right())
    path = folder.predictions("confirm-0001-03")
    path.write_bytes(damage)
    assert why(study, folder).startswith(f"the predicted labels in {path} can't be read: ")
    assert "\n" not in why(study, folder)


def test_a_file_of_another_run_or_of_other_examples_is_not_used(tmp_path: Path) -> None:
    study, folder = with_answers(tmp_path, right())
    path = folder.predictions("confirm-0001-03")
    whole = path.read_bytes()
    path.write_bytes(pack(np.zeros(200, np.int32), np.arange(200) < 150))
    assert why(study, folder).startswith("accuracy is no share of the test examples that were right")
    path.write_bytes(whole)
    shorter = with_answers(tmp_path / "shorter", {0: right()[0], 1: right(images=100)[1]})
    assert why(*shorter) == (
        "a trial and the baseline must have the same test examples, two at least, but got 100 and 200"
    )
    single = with_answers(tmp_path / "single", {number: rows[:, :1] for number, rows in right().items()})
    assert why(*single).endswith("two at least, but got 1 and 1")


def test_a_run_with_more_examples_than_its_like_is_told(tmp_path: Path) -> None:
    study, folder = with_answers(tmp_path, right())
    score = study.confirming[3].test["accuracy"]
    longer = np.arange(400) < round(400 * score)
    folder.predictions("confirm-0000-03").write_bytes(pack(np.zeros(400, np.int32), longer))
    assert why(study, folder) == (
        "the runs must have the same test examples, but got 200 in confirm-0000-02 and 400 in confirm-0000-03"
    )


def test_runs_of_another_version_of_the_model_function_do_not_count(tmp_path: Path) -> None:
    rows = right(runs=6)
    study, folder = with_answers(tmp_path, rows)
    runs = [replace(run, environment=0 if run.index in (1, 4) else 1) for run in study.confirming]
    codes = {"code": {MODEL: "1:b"}, "environments": [{MODEL_CODE: "1:a"}, {MODEL_CODE: "1:b"}]}
    study = replace(study, confirming=runs, confirm_seeds={}, **codes)
    folder.predictions("confirm-0000-01").unlink()
    ours, theirs = (rows[number][[0, 2, 3, 5]].astype(float) for number in (1, 0))
    assert known(study, folder).intervals == {1: crossed_interval(ours, theirs)}


def by_losses(results: Path, metric: str, losses: dict[int, NDArray[np.float32]]) -> tuple[StudyRecord, StudyFolder]:
    """A study by a metric whose runs kept these losses, shape (runs, examples), and measured their means."""
    means = {number: [float(row.mean()) for row in rows] for number, rows in losses.items()}
    study = study_by(scored(0, 3.0, metric), scored(1, 2.0, metric), metric=metric, runs=means)
    folder = StudyFolder(results, NAME)
    (folder.path / "predictions").mkdir(parents=True)
    for run in study.confirming:
        folder.predictions(run.stem).write_bytes(pack_losses(losses[run.trial][run.index]))
    return study, folder


@pytest.mark.parametrize("metric", ["loss", "mae"])
def test_an_error_has_one_where_it_is_the_mean_of_the_losses(tmp_path: Path, metric: str) -> None:
    rng = np.random.default_rng(0)
    losses = {number: rng.gamma(2.0, 1.0 + number, (3, 80)).astype(np.float32) for number in (0, 1)}
    study, folder = by_losses(tmp_path, metric, losses)
    interval = known(study, folder).intervals[1]
    assert interval == crossed_interval(losses[1].astype(float), losses[0].astype(float))
    others = [replace(run, test={metric: run.test[metric] * 1.01}) for run in study.confirming]
    assert why(replace(study, confirming=others), folder) == (
        f"{metric} is no plain mean of the losses of the test examples, which are what is kept"
    )


def test_what_is_no_share_of_right_answers_has_none_even_where_it_happens_to_equal_it(tmp_path: Path) -> None:
    flat = {number: np.ones((3, 20), bool) for number in (0, 1)}
    folder = with_answers(tmp_path, flat)[1]
    trials = scored(0, 0.9, "auc"), scored(1, 0.9, "auc")
    runs = {0: [1.0] * 3, 1: [1.0] * 3}
    study = study_by(*trials, metric="auc", direction="maximize", runs=runs)
    assert why(study, folder) == "auc is no share of the test examples that were right, which is what is kept"


def test_of_several_objectives_it_is_of_the_metric_that_the_verdict_is_of(tmp_path: Path) -> None:
    study, folder = with_answers(tmp_path, right())
    both = {"objective": ["parameters", "val_accuracy"], "direction": ["minimize", "maximize"]}
    several = replace(study, definition=replace(study.definition, **both))
    assert several.confirmed_metric == "accuracy"
    assert known(several, folder) == known(study, folder)
