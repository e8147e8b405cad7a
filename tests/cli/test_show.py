"""`show`: everything about one trial."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from builders import NAME, measurement, opened, taken, tiny_sweep
from commands import refusal, sweep

from sweep.study.confirming_run import ConfirmingRun
from sweep.study.opening import open_confirmations
from sweep.study.records import read_study

pytestmark = pytest.mark.usefixtures("signals_put_back", "no_training")


def test_show_tells_everything_about_a_trial(results: Path) -> None:
    trial = read_study(results, NAME).trials[1]
    text = sweep("show", NAME, "1", "--results", results).stdout
    lines = {line.split()[0]: line for line in text.splitlines() if line.strip()}
    assert text.startswith("trial 1 of study tiny: COMPLETE\n")
    assert lines["rank"].split() == ["rank", "1"]
    assert "94.00 % (+5.00 points against the baseline)" in text
    assert lines["seed"].split()[1] == str(trial.seed)
    assert lines["node"].split()[1] == "node-a"
    assert "1,234" in text
    assert str(trial.params["learning_rate"]) in lines["learning_rate"]
    assert "(baseline: 0.001)" in lines["learning_rate"]
    assert lines["batch_size"].split() == ["batch_size", "32"]
    assert lines["50"].split()[1:4] == ["2.5", "95.00", "0.0500"]
    assert lines["100"].split()[1:4] == ["5", "95.00", "0.0500"]


def test_show_tells_why_a_trial_failed_with_its_traceback(results: Path) -> None:
    text = sweep("show", NAME, "3", "--results", results).stdout
    assert "FAIL" in text
    assert 'ValueError: it said "no", twice' in text
    assert "Traceback:\n  line 1" in text


def test_show_of_the_baseline_compares_it_with_nothing(results: Path) -> None:
    text = sweep("show", NAME, "0", "--results", results).stdout
    assert re.search(r"baseline +yes", text)
    assert "against the baseline" not in text


def test_show_of_a_pruned_and_of_a_running_trial(results: Path) -> None:
    text = sweep("show", NAME, "4", "--results", results).stdout
    assert "PRUNED" in text
    assert "test accuracy" not in text
    with opened(results, name="running") as ledger:
        ledger.next_trial()
        result = sweep("show", "running", "0", "--results", results)
    assert result.exit_code == 0
    assert "RUNNING" in result.stdout


@pytest.mark.parametrize("number", ["6", "99"])
def test_show_of_a_trial_that_is_not_there_tells_the_range(results: Path, number: str) -> None:
    assert "has trials 0 to 5" in refusal(sweep("show", NAME, number, "--results", results))


def test_show_of_a_study_that_is_not_there_tells_which_are(results: Path) -> None:
    assert "there are: tiny" in refusal(sweep("show", "other", "0", "--results", results))


def test_show_tells_a_regression_by_its_error(tmp_path: Path) -> None:
    with opened(tmp_path, tiny_sweep(objective="val_mae", trials=2)) as ledger:
        for value in (54.321, 52.0):
            spec = taken(ledger)
            changes = {"val_accuracy": None, "test_accuracy": None, "val_mae": value, "val_loss": 9.0}
            ledger.report(spec.number, measurement(50, **changes))
            ledger.report(spec.number, measurement(100, **changes))
            ledger.complete(spec.number, measurement(100, **changes, test_mae=value + 1, inference_us=7.0))
    with open_confirmations(tmp_path, NAME) as confirmations:
        for number, scores in enumerate(((55.0, 55.5, 55.25), (53.0, 53.5, 53.25))):
            for index, score in enumerate(scores):
                confirmations.add(ConfirmingRun(number, index, 7, {"mae": score, "loss": 9.0}, 1.5))
    text = sweep("show", NAME, "1", "--results", tmp_path).stdout
    assert re.search(r"test mae +53 \(-2.32 against the baseline\)", text)
    assert re.search(r"% of budget +epochs +val loss +val mae +time", text)
    assert re.search(r"confirming run +seed +test mae +time", text)
    assert "7.0 µs an example" in text
    assert "Trial 1 is better than the baseline on this test set, by -2 mae." in text
    assert "image" not in text.replace("tiny images", "")
