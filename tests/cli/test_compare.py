"""`compare` tells two trials apart: params, scores, cost, curves, and the same test images one by one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import complete, fail, measurement, opened, prune, taken, tiny_arrays, tiny_sweep
from click.testing import Result
from typer.testing import CliRunner

from sweep.analysis.paired import PairedTest
from sweep.api import load
from sweep.cli.app import app
from sweep.data.dataset import checked
from sweep.study.definition import Definition
from sweep.study.opening import open_ledger
from sweep.study.storage.artifacts import predictions_name
from sweep.study.storage.predictions import pack, pack_losses
from sweep.training.messages import trial_stem

NAME = "pair"
IMAGES = 60
SCORES = (0.9, 0.8, 0.5)


def compare(results: Path, *words: object) -> Result:
    return CliRunner().invoke(app, ["compare", NAME, *map(str, words), "--results", str(results)])


def lines(result: Result) -> dict[str, str]:
    """The lines of an output by what they begin with."""
    assert result.exit_code == 0, result.output
    return {re.split(r"  +", line.strip())[0]: line for line in result.stdout.splitlines()}


def arrays(**changes: Any) -> dict[str, Any]:
    x = np.random.default_rng(1).integers(0, 256, (IMAGES, 8, 8), dtype=np.uint8)
    return tiny_arrays(x_test=x, y_test=np.arange(IMAGES) % 3, **changes)


def predicted(wrong: Sequence[int]) -> np.ndarray:
    """Labels that are right but for some images."""
    labels = (np.arange(IMAGES) % 3).astype(np.int32)
    labels[list(wrong)] = (labels[list(wrong)] + 1) % 3
    return labels


WRONG = (range(3), range(2, 20), range(30))


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Trials 0, 1, 2 COMPLETE with 3, 18 and 30 wrong test images of 60; 3 FAIL; 4 PRUNED; the data beside."""
    np.savez(tmp_path / "data.npz", **arrays())
    sweep = tiny_sweep(trials=5)
    dataset = checked("data", arrays(), "a test")
    with open_ledger(tmp_path, NAME, sweep, Definition.of(sweep, dataset)) as ledger:
        specs = [spec for _ in range(5) if (spec := ledger.next_trial())]
        for spec, accuracy, wrong in zip(specs, SCORES, WRONG, strict=False):
            for step in (50, 100):
                ledger.report(spec.number, measurement(step, accuracy, parameters=1000 * (spec.number + 1)))
            last = measurement(100, accuracy, test_accuracy=1 - len(wrong) / IMAGES, inference_us=10.0 + spec.number)
            ledger.complete(spec.number, last)
            path = tmp_path / NAME / predictions_name(trial_stem(spec.number))
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(pack(predicted(wrong)))
        fail(ledger, specs[3])
        prune(ledger, specs[4], 0.3)
    return tmp_path


def test_it_tells_params_scores_and_cost_with_their_differences(results: Path) -> None:
    shown = lines(compare(results, 0, 1, "--data", results / "data.npz"))
    assert shown["validation %"].split()[2:] == ["90.00", "80.00", "-10.00"]
    assert shown["test %"].split()[2:] == ["95.00", "70.00", "-25.00"]
    assert shown["parameters"].split()[1:] == ["1,000", "2,000", "+1,000"]
    assert shown["inference time an image"].split()[4:] == ["10.0", "µs", "11.0", "µs", "+1.0", "µs"]
    assert shown["state"].split()[1:] == ["COMPLETE", "COMPLETE"]
    assert shown["rank"].split()[1:] == ["1", "2"]
    assert "learning_rate" in shown
    assert "batch_size" not in shown  # the same in both
    assert "node" not in shown
    assert len(shown["seed"].split()) == 3


def test_where_the_loss_is_the_objective_both_losses_are_compared(tmp_path: Path) -> None:
    with opened(tmp_path, tiny_sweep(objective="val_loss", trials=2), name=NAME) as ledger:
        for accuracy in (0.5, 0.75):
            complete(ledger, taken(ledger), accuracy)
    rows = lines(compare(tmp_path, 0, 1))
    assert rows["validation loss"].split()[2:] == ["0.5000", "0.2500", "-0.2500"]
    assert "test loss" not in rows  # it was not written down


def test_both_curves_are_side_by_side_by_epochs(results: Path) -> None:
    shown = lines(compare(results, 1, 4))
    assert shown["2.5"].split() == ["2.5", "80.00", "30.00", "0.2000", "0.7000", "-50.00"]
    assert shown["5"].split() == ["5", "80.00", "0.2000"]


def test_mcnemars_test_counts_the_same_images_and_says_what_it_is_about(results: Path) -> None:
    text = compare(results, 0, 1, "--data", results / "data.npz").stdout
    assert "Of the same 60 test images 17 only trial 0 got right, 2 only trial 1, 40 both and 1 neither." in text
    assert "p = 0.00073, so the two networks differ by more than chance would explain" in text
    assert "not their configurations" in text
    assert "`confirm`" in text


def test_a_difference_that_chance_explains_is_told_as_such(results: Path) -> None:
    (results / NAME / predictions_name(trial_stem(1))).write_bytes(pack(predicted(range(18))))
    (results / NAME / predictions_name(trial_stem(2))).write_bytes(pack(predicted(range(18, 48))))
    text = compare(results, 1, 2, "--data", results / "data.npz").stdout
    assert "30 only trial 1 got right, 18 only trial 2, 12 both and 0 neither" in text
    assert "p = 0.11, so the two networks differ by no more than chance would explain" in text


@pytest.mark.parametrize(
    "spoil",
    [Path.unlink, lambda path: path.write_bytes(b""), lambda path: path.write_bytes(path.read_bytes()[:-40])],
    ids=["missing", "empty", "cut"],
)
def test_missing_or_damaged_predictions_are_one_sentence(results: Path, spoil: Any) -> None:
    spoil(results / NAME / predictions_name(trial_stem(1)))
    result = compare(results, 0, 1, "--data", results / "data.npz")
    assert result.exit_code == 0
    assert "Not compared image by image: the predicted labels" in result.stdout.splitlines()[-1]
    assert "trial-0001.npz" in result.stdout.splitlines()[-1]
    assert "validation %" in result.stdout


def test_predictions_behind_a_link_are_not_read(results: Path) -> None:
    path = results / NAME / predictions_name(trial_stem(1))
    path.rename(results / "elsewhere.npz")
    path.symlink_to(results / "elsewhere.npz")
    last = compare(results, 0, 1, "--data", results / "data.npz").stdout.splitlines()[-1]
    assert f"read from the study's own folder, but {path} is a link" in last


def test_predictions_that_are_not_the_trials_own_are_refused(results: Path) -> None:
    (results / NAME / predictions_name(trial_stem(1))).write_bytes(pack(predicted(range(4))))
    last = compare(results, 0, 1, "--data", results / "data.npz").stdout.splitlines()[-1]
    assert "would be 93.33 %, and the ledger has 70.00 %" in last


def test_other_data_is_refused_with_both_hashes_and_the_rest_is_told(results: Path) -> None:
    np.savez(results / "other.npz", **arrays(y_train=np.arange(24) // 2 % 3))
    result = compare(results, 0, 1, "--data", results / "other.npz")
    assert result.exit_code == 0
    assert re.search(r"on the data it began with, data \(sha256 \w{16}\), but other has sha256 \w{16}", result.stdout)
    assert "validation %" in result.stdout


def test_data_that_is_not_known_or_not_there_is_one_sentence(results: Path) -> None:
    assert "does not say where its model and data came from" in compare(results, 0, 1).stdout
    result = compare(results, 0, 1, "--data", "nowhere.npz")
    assert (result.exit_code, "there is no file nowhere.npz" in result.stdout) == (0, True)


@pytest.mark.parametrize(("pair", "says"), [((0, 4), "trial 4 is PRUNED"), ((3, 4), "trial 3 is FAIL and trial 4 is")])
def test_trials_that_did_not_complete_are_compared_as_far_as_they_came(
    results: Path, pair: tuple[int, int], says: str
) -> None:
    result = compare(results, *pair)
    assert result.exit_code == 0
    assert says in result.stdout.splitlines()[-1]


def test_running_trials_are_compared_too(tmp_path: Path) -> None:
    with opened(tmp_path, name=NAME) as ledger:
        for _ in range(2):
            ledger.next_trial()
        result = compare(tmp_path, 0, 1)
    assert result.exit_code == 0
    assert "trial 0 is RUNNING and trial 1 is RUNNING" in result.stdout


def test_the_same_params_are_said_to_be_the_same(tmp_path: Path) -> None:
    def one(trial: Any) -> dict[str, Any]:
        return {"filters_1": trial.suggest_categorical("filters_1", [16])}

    with opened(tmp_path, tiny_sweep(space=one, baseline={"filters_1": 16}), name=NAME) as ledger:
        for _ in range(2):
            ledger.next_trial()
        assert "same params, other seed" in compare(tmp_path, 0, 1).stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [((0, 0), "two trials, but got trial 0 twice"), ((0, 9), "no trial 9"), ((7, 0), "no trial 7")],
)
def test_what_cannot_be_compared_is_wrong_input(results: Path, words: tuple[int, int], says: str) -> None:
    result = compare(results, *words)
    assert result.exit_code == 2
    assert says in result.stderr
    assert "Traceback" not in result.output


def test_a_study_that_is_not_there(tmp_path: Path) -> None:
    result = compare(tmp_path, 0, 1)
    assert result.exit_code == 2
    assert "there is no study 'pair'" in result.stderr


def regression(results: Path, losses: Sequence[Any]) -> None:
    """A study by MAE of two completed trials, with the loss of each test example."""
    sweep = tiny_sweep(objective="val_mae", trials=2)
    with opened(results, sweep, name=NAME) as ledger:
        for value, lost in zip((3.0, 2.5), losses, strict=True):
            spec = taken(ledger)
            changes = {"val_accuracy": None, "test_accuracy": None, "val_mae": value, "val_loss": value**2}
            for step in (50, 100):
                ledger.report(spec.number, measurement(step, **changes))
            ledger.complete(spec.number, measurement(100, **changes, test_mae=value + 1, inference_us=7.0))
            path = results / NAME / predictions_name(trial_stem(spec.number))
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(pack_losses(np.array(lost, np.float32)))


def test_where_no_labels_are_predicted_the_losses_are_paired(tmp_path: Path) -> None:
    losses = np.linspace(1, 2, 200)
    better = losses - np.where(np.arange(200) < 120, 0.05, -0.02) + np.linspace(0, 0.01, 200)
    regression(tmp_path, (losses, better))
    result = compare(tmp_path, 0, 1)  # the data is not needed
    text = " ".join(result.stdout.split())
    rows = lines(result)
    assert rows["validation mae"].split()[2:] == ["3", "2.5", "-0.5"]
    assert rows["test mae"].split()[2:] == ["4", "3.5", "-0.5"]
    assert "inference time an example" in text
    assert "image" not in text
    assert (
        "Of the same 200 test examples trial 1 has the lower loss on 120, trial 0 on 80; mean difference of the losses "
        "-0.017 (95 % interval -0.0221 to -0.0119)."
    ) in text
    assert "Paired t-test: p = 5.7e-10, so the two networks differ by more than chance would explain." in text
    assert "`confirm` is for that" in text


def test_equal_losses_are_told_as_such(tmp_path: Path) -> None:
    regression(tmp_path, ([1, 2, 3], [1, 2, 3]))
    text = " ".join(compare(tmp_path, 0, 1).stdout.split())
    assert "trial 1 has the lower loss on 0, trial 0 on 0; mean difference of the losses +0 (" in text
    assert "Paired t-test: p = 1, so the two networks differ by no more than chance" in text


@pytest.mark.parametrize(
    ("losses", "says"),
    [
        (([1, 2, 3], [1, 2]), "must have the losses of the same test examples, two at least, but got 3 in "),
        (([1], [2]), "but got 1 in "),
        (([1, 2], [1, float("nan")]), "must hold the loss of each test example, a finite number"),
    ],
)
def test_losses_that_cannot_be_paired_are_one_sentence(tmp_path: Path, losses: Any, says: str) -> None:
    regression(tmp_path, losses)
    last = compare(tmp_path, 0, 1).stdout.splitlines()[-1]
    assert last.startswith("Not compared example by example: ")
    assert says in last


def test_labels_of_one_trial_and_losses_of_another_are_not_compared(tmp_path: Path) -> None:
    regression(tmp_path, ([1, 2, 3], [1, 2, 4]))
    (tmp_path / NAME / predictions_name(trial_stem(0))).write_bytes(pack(predicted(range(4))))
    last = compare(tmp_path, 0, 1).stdout.splitlines()[-1]
    assert "Not compared example by example: the losses in " in last
    assert "trial-0000.npz" in last


def test_python_has_the_paired_test_and_the_columns_that_differ(tmp_path: Path) -> None:
    regression(tmp_path, ([1, 2, 3], [1.5, 2, 4]))
    table, test = load(NAME, tmp_path).compare(0, 1)
    assert isinstance(test, PairedTest)
    assert (test.examples, test.lower_a, test.lower_b, test.difference) == (3, 2, 0, 0.5)
    assert table.loc["val_mae"].tolist() == [3.0, 2.5]
