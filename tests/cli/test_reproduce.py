"""`reproduce`: the same numbers again, to the last digit; and what is told when they are not, and why."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import program
import pytest
from builders import NAME as FAKE
from builders import measurement, mixed_study, opened, scored
from click.testing import Result
from trained import NAME, own, rewrite, trained
from typer.testing import CliRunner

from sweep.analysis.reproducibility import Yardstick
from sweep.analysis.seed_spread import SeedSpread
from sweep.cli.app import app
from sweep.cli.reproduce import _print_reproduction
from sweep.execution.reproduction import TrainedAgain
from sweep.report.console import console
from sweep.study.records import TrialRecord, read_study
from sweep.training.messages import Failure, Measurement
from sweep.training.worker import settle_devices

settle_devices(1)  # before any test's first operation
pytestmark = [
    pytest.mark.sweep,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # Keras's, when it saves
]


def reproduce(results: Path, number: int, *flags: object, name: str = NAME) -> Result:
    words = ["reproduce", name, number, "--results", results, *flags]
    return CliRunner().invoke(app, [str(word) for word in words])


def refusal(result: Result) -> str:
    assert result.exit_code == 2, (result.output, result.exception)
    (line,) = result.stderr.splitlines()
    assert result.stdout == ""
    return line


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of the built-in model: 0 and 2 COMPLETE, 1 PRUNED."""
    return trained(tmp_path_factory.mktemp("builtin"))


def test_a_completed_row_is_identical_and_its_file_is_not_needed(results: Path) -> None:
    (results.parent / f"{NAME}.py").rename(results.parent / "gone.py")
    result = reproduce(results, 2)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].startswith("trial 2 of study small (COMPLETE), trained again on digits with seed ")
    assert "1 thread, float32" in lines[0]
    assert [line.split()[0] for line in lines[1:3]] == ["50", "100"]
    assert all(line.endswith("as then") for line in lines[1:3])
    test = read_study(results, NAME).trials[2].test.get("accuracy")
    assert lines[3] == (
        f"identical: every rung's accuracy and loss, and the test accuracy of {100 * (test or 0):.2f} %, "
        "to the last digit"
    )
    assert lines[4].startswith("Nothing changed in between: same machine, data, code (")
    assert len(lines) == 5


def test_a_pruned_row_ends_where_it_was_pruned(results: Path) -> None:
    result = reproduce(results, 1)
    assert result.exit_code == 0, result.output
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["trial", "50", "identical:", "Nothing"]
    assert "test accuracy" not in result.stdout


@pytest.mark.parametrize("text", [own(), own("Twice()")])
def test_a_row_of_an_own_model_is_identical(tmp_path: Path, text: str) -> None:
    result = reproduce(trained(tmp_path, text), 0)
    assert result.exit_code == 0, result.output
    assert "identical: " in result.stdout
    assert "Nothing changed" in result.stdout


def test_a_row_in_bfloat16_is_identical(tmp_path: Path) -> None:
    result = reproduce(trained(tmp_path, precision="bfloat16", prune=0), 0)
    assert result.exit_code == 0, result.output
    assert "bfloat16:" in result.stdout
    assert "identical: " in result.stdout


def test_numbers_a_little_apart_are_noise_and_status_0(tmp_path: Path) -> None:
    results = trained(tmp_path)
    then = read_study(results, NAME).trials[0].test.get("accuracy")
    assert then is not None
    rewrite(results, {"test_accuracy": then}, {"test_accuracy": then - 1 / 297})
    result = reproduce(results, 0)
    assert result.exit_code == 0, result.output
    assert "within noise: val " in result.stdout
    assert "(+0.34 points, " in result.stdout
    assert "standard errors on 297 images" in result.stdout
    assert "up to 2.2 standard errors" in result.stdout


def test_numbers_far_apart_are_different_and_status_1_and_every_rung_is_shown_beside_the_old_one(
    tmp_path: Path,
) -> None:
    results = trained(tmp_path)
    last = read_study(results, NAME).trials[0].last
    rewrite(results, last, {**last, "val_accuracy": 0.123456})
    result = reproduce(results, 0)
    assert result.exit_code == 1, result.output
    lines = result.stdout.splitlines()
    assert lines[1].endswith("as then")
    assert "then 12.35 %" in lines[2]
    assert lines[3].startswith("different: val ")


def test_another_network_is_different_though_its_accuracy_is_within_the_noise(tmp_path: Path) -> None:
    results = trained(tmp_path, own())
    file = tmp_path / f"{NAME}.py"
    file.write_text(file.read_text().replace('params["units"], activation', 'params["units"] + 1, activation'))
    result = reproduce(results, 0)
    assert result.exit_code == 1, result.output
    assert "different: another model, of 10,345 parameters, then 9,550" in result.stdout


def test_what_changed_in_between_is_told(tmp_path: Path) -> None:
    results = trained(tmp_path, own(), recorded=lambda here: {**here, "keras": "3.11.0", "processor": "an older one"})
    file = tmp_path / f"{NAME}.py"
    file.write_text(file.read_text() + "# another line\n")
    result = reproduce(results, 0)
    assert result.exit_code == 0, result.output
    listed = result.stdout[result.stdout.index("Changed in between:") :]
    assert "keras was 3.11.0, now " in listed
    assert "processor was an older one, now " in listed
    assert "search-space file was " in listed
    assert len(listed.splitlines()) == 4


def test_a_row_that_an_earlier_version_ran_is_told_to_lack_its_environment(tmp_path: Path) -> None:
    results = trained(tmp_path)
    rewrite(results, {"environments": [0]}, {"environments": []})
    result = reproduce(results, 0)
    assert result.exit_code == 0, result.output
    assert "What it was trained with was not recorded" in result.stdout


def test_a_failure_fails_again_in_the_same_way(tmp_path: Path) -> None:
    file = own(failing=12)
    results = trained(tmp_path, file)
    result = reproduce(results, 0)
    assert result.exit_code == 0, result.output
    assert "identical: it fails again: FileNotFoundError: no such layer" in result.stdout
    assert "What it was trained with was not recorded, as it failed before it was measured." in result.stdout


def test_a_failure_that_is_repaired_is_different(tmp_path: Path) -> None:
    results = trained(tmp_path, own(failing=12))
    (tmp_path / f"{NAME}.py").write_text(own())
    result = reproduce(results, 0)
    assert result.exit_code == 1, result.output
    assert "different: it trains to its end; it failed: FileNotFoundError: no such layer" in result.stdout


def test_a_row_that_fails_now_is_different(tmp_path: Path) -> None:
    results = trained(tmp_path, own())
    (tmp_path / f"{NAME}.py").write_text(own(failing=12))
    result = reproduce(results, 0)
    assert result.exit_code == 1, result.output
    assert "different: it fails: FileNotFoundError: no such layer; it was COMPLETE" in result.stdout


def test_other_data_is_refused(results: Path) -> None:
    message = refusal(reproduce(results, 0, "--data", os.environ.get("SWEEP_DATA", "/no/such.npz")))
    assert "must be trained on the data it began with" in message or "there is no file /no/such.npz" in message


@pytest.mark.parametrize("number", [9, -1])
def test_a_trial_that_is_not_there_is_refused(results: Path, number: int) -> None:
    result = CliRunner().invoke(app, ["reproduce", NAME, "--results", str(results), "--", str(number)])
    assert f"no trial {number}" in refusal(result)


def test_a_trial_that_has_not_ended_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        ledger.next_trial()
    message = refusal(reproduce(tmp_path, 0, name=FAKE))
    assert "trial 0 is RUNNING" in message


def test_a_failure_that_was_not_the_trainings_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        spec = ledger.next_trial()
        assert spec is not None
        ledger.fail(spec.number, Failure("the worker process died"))
    assert "failed otherwise: the worker process died" in refusal(reproduce(tmp_path, 0, name=FAKE))


def test_a_study_of_an_earlier_version_asks_for_its_file(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    assert "--space FILE" in refusal(reproduce(tmp_path, 0, name=FAKE))


@pytest.mark.sweep
def test_every_row_of_a_killed_and_continued_sweep_is_identical(tmp_path: Path) -> None:
    file = program.space_file(tmp_path, program.SPACE.replace("epochs=3", "epochs=12"))
    driver = program.start(["run", file, "--trials", "4"], tmp_path)
    program.wait_for(lambda: any(tmp_path.glob("results/tiny/checkpoints/*.npz")), driver)
    program.send(driver, signal.SIGKILL)
    program.finish(driver)
    status, out, err = program.sweep("run", file, "--trials", "4", cwd=tmp_path)
    assert (status, err) == (0, "")
    assert "unfinished" in out
    study = read_study(tmp_path / "results", "tiny")
    assert len(study.trials) == 4
    for trial in study.trials:
        result = reproduce(tmp_path / "results", trial.number, name="tiny")
        assert result.exit_code == 0, result.output
        assert "identical: " in result.stdout
        assert "Nothing changed" in result.stdout, result.stdout


def test_what_a_constraint_kept_from_being_trained_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        ledger.next_trial()
        ledger.next_trial()
        ledger.exclude(1, Failure("the model has 9 parameters, more than is allowed", parameters=9))
    line = refusal(reproduce(tmp_path, 1, name=FAKE))
    assert "trial 1 was not: the model has 9 parameters" in line


def line_of(then: TrialRecord, now: Measurement, yardstick: Yardstick) -> str:
    """What is printed of a trial of a regression that was trained again."""
    out = console()
    again = TrainedAgain(then, [now], "", {}, (100, 100), [], yardstick)
    with out.capture() as heard:
        assert again.reproduction is not None
        _print_reproduction(out, again, again.reproduction)
    return " ".join(heard.get().split())


def test_an_error_is_compared_in_its_own_unit_by_the_spread_from_seed_to_seed() -> None:
    def now(value: float, test: float) -> Measurement:
        return measurement(100, val_accuracy=None, test_accuracy=None, val_mae=value, val_loss=2.5, test_mae=test)

    then = scored(3, 2.0)
    known, unknown = Yardstick("mae", SeedSpread(0.1, 12)), Yardstick("mae")
    assert line_of(then, now(2.0, 3.0), unknown) == (
        "identical: every rung's mae and loss, and the test mae of 3, to the last digit"
    )
    assert line_of(then, now(2.1, 3.0), known) == (
        "within noise: val mae 2.1, then mae 2 (+0.1, 0.7 standard errors); test mae 3, then mae 3 (+0, 0.0 standard "
        "errors) Noise is up to 2.6 standard errors of a difference of two runs, by the spread of the confirming runs "
        "from seed to seed (sd 0.1, 12 degrees of freedom, 95 %)."
    )
    assert line_of(then, now(2.1, 3.0), unknown) == (
        "different: val mae 2.1, then mae 2 (+0.1); test mae 3, then mae 3 (+0, 0.0 standard errors) Whether this is "
        "noise is not known: `confirm` measures how much mae varies from seed to seed."
    )
