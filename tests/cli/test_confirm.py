"""`confirm`: what it refuses, and what it says of runs that are there."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from commands import changed, finished, refusal, space_file, sweep

from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError
from sweep.execution.models import winners_model
from sweep.study.confirming_run import ConfirmingRun
from sweep.study.opening import open_confirmations
from sweep.study.provenance import count_test_evaluations
from sweep.study.records import read_study
from sweep.study.storage.folder import StudyFolder
from sweep.study.until_sure import UntilSure

pytestmark = pytest.mark.usefixtures("signals_put_back", "no_training")


def test_confirm_says_what_the_runs_say_and_makes_none_that_are_there(tmp_path: Path) -> None:
    results = finished(space_file(tmp_path))
    with open_confirmations(results, "my_space") as confirmations:
        for number, score in ((0, 0.9), (1, 0.95)):
            for index in range(8):
                confirmations.add(ConfirmingRun(number, index, index, {"accuracy": score + index / 1000}))
    result = sweep("confirm", "my_space", "--results", results)
    assert result.exit_code == 0, result.output
    assert "Trial 1 is better than the baseline on these test images, by +5.00 points." in result.stdout
    board_there = pd.read_csv(results / "my_space" / "leaderboard.csv").set_index("trial")
    assert board_there.loc[1].verdict == "better"
    assert board_there.loc[1].diff_low < 0.05 < board_there.loc[1].diff_high


def test_confirm_until_sure_makes_no_run_once_it_is_decided_and_keeps_that_kind_of_verdict(tmp_path: Path) -> None:
    results = finished(space_file(tmp_path))
    with open_confirmations(results, "my_space") as confirmations:
        for number, score in ((0, 0.9), (1, 0.95)):
            for index in range(8):
                run = ConfirmingRun(number, index, index, {"accuracy": score + index % (2 + number) / 1000})
                confirmations.add(run)
    for flags in (("--until-sure", "--margin", "0.5"), ()):
        result = sweep("confirm", "my_space", "--results", results, *flags)
        assert result.exit_code == 0, result.output
        assert "This was decided after 5 pairs of runs." in " ".join(result.stdout.split())
        assert "the first 8 runs a side had a verdict of their own" in " ".join(result.stdout.split())
    assert read_study(results, "my_space").until_sure == UntilSure(0.005, 8)


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (("--seeds", "1"), "--seeds must be 2 to 999"),
        (("--seeds", "1000"), "--seeds must be 2 to 999"),
        (("--top", "0"), "--top must be"),
        (("--jobs", "0"), "--jobs must be"),
        (("--max-failures", "-1"), "--max-failures must be"),
        (("--timeout", "0"), "--timeout must be"),
        (("--margin", "0.05"), "--margin must come with --until-sure"),
        (("--space", "no.py"), "no.py"),
        (("--data", "digits"), "must be trained on the data it began with"),
    ],
)
def test_confirm_refuses_wrong_flags(tmp_path: Path, flags: tuple[str, str], says: str) -> None:
    results = finished(space_file(tmp_path))
    assert says in refusal(sweep("confirm", "my_space", "--results", results, *flags))


def test_confirm_refuses_a_study_without_a_rival(results: Path, tmp_path: Path) -> None:
    assert "there is no study 'nothing'" in refusal(sweep("confirm", "nothing", "--results", results))
    file = changed(tmp_path, ("trials=3", "trials=1"))
    assert "besides the baseline" in refusal(sweep("confirm", "my_space", "--results", finished(file)))


def test_what_was_confirmed_is_shown_counted_and_exported_by_its_first_run(tmp_path: Path) -> None:
    results = finished(space_file(tmp_path))
    folder = results / "my_space"
    (folder / "run.json").write_text("{}")
    with open_confirmations(results, "my_space") as confirmations:
        for number, index, score in ((0, 0, 0.70), (0, 1, 0.71), (1, 0, 0.91), (1, 1, 0.95)):
            confirmations.add(ConfirmingRun(number, index, 1, {"accuracy": score}))
        confirmations.add(ConfirmingRun(2, 0, 4, error="ValueError: no luck"))
        count_test_evaluations(StudyFolder(results, "my_space"), confirmations.record())
    shown = sweep("show", "my_space", "1", "--results", results).stdout
    assert "91.00" in shown
    assert "95.00" in shown
    assert "no luck" in sweep("show", "my_space", "2", "--results", results).stdout
    counted = json.loads((folder / "run.json").read_text())["test_evaluations"]
    assert counted == {"completed_trials": 3, "confirming_runs": 4, "total": 7}
    model = folder / "models" / "confirm-0001-00.keras"
    with pytest.raises(InputError, match=r"confirm-0001-00\.keras, but it is gone"):
        winners_model(Analysis(read_study(results, "my_space")), StudyFolder(results, "my_space"))
    model.parent.mkdir()
    model.write_bytes(b"a model")
    exported = winners_model(Analysis(read_study(results, "my_space")), StudyFolder(results, "my_space"))
    assert (exported.path, exported.test.get("accuracy")) == (model, 0.91)
