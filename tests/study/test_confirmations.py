"""Confirming runs: which are lacking, what is kept of them, and what they say together."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import optuna
import pandas as pd
import pytest
from builders import NAME, hand_made_study, measurement, mixed_study, opened, trial_record
from observers import Quiet
from scipy import stats

from sweep.analysis.confirmation import confirmation_results, training_differences
from sweep.analysis.formats import as_csv
from sweep.analysis.leaderboard import board
from sweep.analysis.selection import candidates, to_confirm
from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError, SweepFailed
from sweep.execution.confirmation import ConfirmationDriver
from sweep.execution.driver import refuse_failed_outcome
from sweep.report.console import console
from sweep.report.findings import print_findings, print_verdicts, sentence
from sweep.report.format import described
from sweep.study.confirmations import Confirmations, missing, trial_spec
from sweep.study.events import StopReason
from sweep.study.opening import open_confirmations
from sweep.study.records import ConfirmingRun, StudyRecord, read_study
from sweep.study.seeds import confirming_seed, trial_seed
from sweep.training.messages import Failure, TrialSpec

OURS = [0.992, 0.9935, 0.9915, 0.993]
CURVE = {"step": 100, "epochs": 5.0, "val_loss": 0.5, "seconds": 10.0}
BASELINE = [0.989, 0.9905, 0.9895, 0.99]


def add(confirmations: Confirmations, number: int, scores: list[float]) -> None:
    """Write down successful runs of a trial."""
    there = len([run for run in confirmations.record().confirming if run.trial == number])
    for index, score in enumerate(scores, start=there):
        run = ConfirmingRun(number, index, confirming_seed(0, number, index), score, 1.5, "node-a", "float32")
        confirmations.add(run)


def with_runs(results: Path, **scores: list[float]) -> StudyRecord:
    """`mixed_study` with runs, given as t0=[...], t1=[...]."""
    mixed_study(results)
    with open_confirmations(results, NAME) as confirmations:
        for name, values in scores.items():
            add(confirmations, int(name[1:]), values)
    return read_study(results, NAME)


def test_the_best_besides_the_baseline_are_candidates(tmp_path: Path) -> None:
    study = mixed_study(tmp_path)
    assert candidates(Analysis(study), 1) == [1]
    assert candidates(Analysis(study), 9) == [1, 2]


def test_with_several_objectives_the_most_accurate_of_the_front_is_the_candidate() -> None:
    sizes = (500, 100, 400, 450)
    trials = [
        trial_record(
            number, params={"x": number}, value=None, parameters=size, curve=[{**CURVE, "val_accuracy": accuracy}]
        )
        for number, (size, accuracy) in enumerate(zip(sizes, (0.9, 0.5, 0.95, 0.8), strict=True))
    ]
    goals = {"objective": ["parameters", "val_accuracy"], "direction": ["minimize", "maximize"]}
    assert candidates(Analysis(hand_made_study(*trials, **goals)), 3) == [2, 1, 3]


def test_runs_take_turns_and_have_seeds_that_the_search_never_drew(tmp_path: Path) -> None:
    study = mixed_study(tmp_path)
    runs = to_confirm(Analysis(study), 2, 3)
    assert [(run.trial, run.index) for run in runs] == [(n, i) for i in range(3) for n in (0, 1, 2)]
    seeds = [run.seed for run in runs]
    assert len(set(seeds)) == 9
    assert not set(seeds) & {trial_seed(0, number) for number in range(10_000)}
    assert len({run.number for run in runs}) == 9


def test_what_is_there_is_not_made_again_and_more_seeds_add_to_it(tmp_path: Path) -> None:
    study = with_runs(tmp_path, t0=[0.9, 0.91], t1=[0.92])
    assert [(run.trial, run.index) for run in to_confirm(Analysis(study), 1, 2)] == [(1, 1)]
    assert [(run.trial, run.index) for run in to_confirm(Analysis(study), 1, 3)] == [(1, 1), (0, 2), (1, 2)]
    assert to_confirm(Analysis(study), 1, 1) == []


def test_a_failed_run_counts_as_made_and_leaves_no_verdict(tmp_path: Path) -> None:
    study = with_runs(tmp_path, t0=BASELINE, t1=OURS)
    with open_confirmations(tmp_path, NAME) as confirmations:
        confirmations.add(ConfirmingRun(1, 4, 5, error="ValueError: no luck"))
        study = confirmations.record()
        assert [run.index for run in missing(study, [1], 6)] == [5]
    one = confirmation_results(study)[1]
    assert (one.failed, one.made, one.verdict) == (1, 5, None)
    assert sentence(one) == "Trial 1 has no verdict: 1 of its 5 runs failed."
    assert board(Analysis(study)).set_index("trial").loc[1].verdict == ""


def test_a_baseline_that_failed_leaves_no_verdict_and_always_failing_ends_with_its_reason(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    with open_confirmations(tmp_path, NAME) as confirmations:
        add(confirmations, 1, OURS)
        confirmations.add(ConfirmingRun(0, 0, 5, error="ValueError: no luck"))
        study = confirmations.record()
        assert sentence(confirmation_results(study)[1]) == "Trial 1 has no verdict: 1 of the baseline's 1 runs failed."
        with pytest.raises(SweepFailed, match="no luck"):
            refuse_failed_outcome(study)
        add(confirmations, 0, [0.9])
        refuse_failed_outcome(confirmations.record())


def test_there_is_no_verdict_before_all_runs_are_there(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    with open_confirmations(tmp_path, NAME) as confirmations:
        confirmations.schedule(to_confirm(Analysis(confirmations.record()), 1, 5), 5)
        add(confirmations, 0, [*BASELINE, 0.989])
        add(confirmations, 1, OURS)
        assert sentence(confirmation_results(confirmations.record())[1]).endswith("only 4 of its 5 runs are there yet.")
        add(confirmations, 1, [0.992])
        verdict = confirmation_results(confirmations.record())[1].verdict
    assert verdict is not None
    assert verdict.outcome == "better"


def test_a_run_whose_worker_was_lost_is_made_again(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    heard = Quiet()
    with open_confirmations(tmp_path, NAME) as confirmations:
        driver = ConfirmationDriver(confirmations, to_confirm(Analysis(confirmations.record()), 1, 2)[:1], heard)
        given = driver.next_trial()
        assert given is not None
        driver.failed(given.number, Failure("the worker's node was lost", lost=True))
        assert confirmations.record().confirming == []
    assert heard.runs[0].error == "the worker's node was lost"


def test_the_same_params_as_the_baselines_or_anothers_are_no_candidate() -> None:
    same = {"filters_1": 16, "kernel_size": 3, "learning_rate": 1e-3, "batch_size": 32}
    other = {**same, "filters_1": 8}
    trials = [trial_record(n, value=1 - n / 10, params=params) for n, params in enumerate((same, same, other, other))]
    assert candidates(Analysis(hand_made_study(*trials)), 5) == [2]


def test_runs_that_were_not_trained_alike_are_told(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    with open_confirmations(tmp_path, NAME) as confirmations:
        for index, keras in enumerate(("3.14", "3.15")):
            told = json.dumps({"python": "3.11", "keras": keras, "machine": keras})
            confirmations.add(ConfirmingRun(1, index, index, 0.9), told)
        study = confirmations.record()
    assert list(map(described, training_differences(study))) == ["keras was 3.14, now 3.15"]
    out = console()
    with out.capture() as heard:
        print_verdicts(out, Analysis(study))
    assert "not all of these were trained alike: keras was 3.14, now 3.15" in heard.get()


def test_what_was_found_worse_is_no_cheaper_tie(tmp_path: Path) -> None:
    study = with_runs(tmp_path, t0=OURS, t1=BASELINE)
    study = replace(study, definition=replace(study.definition, validation_images=20))
    out = console()
    with out.capture() as heard:
        print_findings(out, Analysis(study))
    assert "Trial 1 is worse than the baseline on these test images, by -0.27 points." in heard.get()
    assert "best is trial 1" not in heard.get()
    assert "at most about" in heard.get()  # some were pruned


def test_a_run_left_in_the_middle_comes_again_with_the_same_seed_and_files(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    with open_confirmations(tmp_path, NAME) as confirmations:
        first, second = missing(confirmations.record(), [1], 2)
        confirmations.add(replace(second, test_accuracy=0.9))
    again = missing(read_study(tmp_path, NAME), [1], 2)
    assert again == [first]
    assert again[0].stem == "confirm-0001-00"


def test_nothing_to_confirm_without_a_completed_rival(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        ledger.next_trial()
    assert to_confirm(Analysis(read_study(tmp_path, NAME)), 1, 5) == []


def test_the_confirmation_driver_hands_out_each_run_and_writes_it_down(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    heard = Quiet()
    with open_confirmations(tmp_path, NAME) as confirmations:
        runs = to_confirm(Analysis(confirmations.record()), 1, 1)
        driver = ConfirmationDriver(confirmations, runs, heard)
        specs = [given for _ in range(2) if (given := driver.next_trial())]
        assert driver.next_trial() is None
        assert [given.stem for given in specs] == ["confirm-0000-00", "confirm-0001-00"]
        assert specs[1].params == confirmations.record().trials[1].params
        checkpoint = tmp_path / NAME / "checkpoints" / "confirm-0000-00.npz"
        checkpoint.parent.mkdir()
        checkpoint.write_bytes(b"saved")
        measured = measurement(100, val_accuracy=None, val_loss=None, test_accuracy=0.93)
        assert driver.measured(specs[0].number, measured) is False
        driver.failed(specs[1].number, Failure("ValueError: no luck"))
    assert not checkpoint.exists()
    kept = read_study(tmp_path, NAME).confirming
    assert [(run.trial, run.test_accuracy, run.error) for run in kept] == [
        (0, 0.93, ""),
        (1, None, "ValueError: no luck"),
    ]
    assert kept == heard.runs
    assert [run.seed for run in kept] == [given.seed for given in specs]


def test_confirming_stops_when_its_time_is_up(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    now = [0.0]
    with open_confirmations(tmp_path, NAME) as confirmations:
        driver = ConfirmationDriver(confirmations, [], Quiet(), timeout_seconds=5, clock=lambda: now[0])
    driver.tick()
    assert driver.stop_reason is None
    now[0] = 5.0
    driver.tick()
    assert driver.stop_reason == StopReason()


def test_a_spec_has_the_trials_params_and_the_runs_seed(tmp_path: Path) -> None:
    study = mixed_study(tmp_path)
    run = to_confirm(Analysis(study), 1, 1)[1]
    assert trial_spec(study, run) == TrialSpec(run.number, study.trials[1].params, run.seed, "confirm-0001-00")


def test_confirming_writes_alone(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    with (
        open_confirmations(tmp_path, NAME),
        pytest.raises(InputError, match="one driver at a time"),
        open_confirmations(tmp_path, NAME),
    ):
        pass
    with pytest.raises(InputError, match="there is no study 'other'"), open_confirmations(tmp_path, "other"):
        pass
    assert not (tmp_path / "other").exists()


def test_the_trials_of_a_study_are_as_before(tmp_path: Path) -> None:
    before = mixed_study(tmp_path).trials
    study = with_runs(tmp_path / "other", t0=BASELINE, t1=OURS)
    assert [trial.value for trial in study.trials] == [trial.value for trial in before]
    journal = tmp_path / "other" / NAME / "journal.log"
    storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(journal)))
    assert len(optuna.load_study(study_name=None, storage=storage).trials) == 6


def test_the_board_has_what_scipy_says_of_the_ledgers_values(tmp_path: Path) -> None:
    study = with_runs(tmp_path, t0=BASELINE, t1=OURS, t2=[0.9901])
    frame = pd.read_csv(io.StringIO(as_csv(board(Analysis(study))))).set_index("trial")
    interval = stats.ttest_ind(OURS, BASELINE, equal_var=False).confidence_interval(0.95)
    row = frame.loc[1]
    assert (row.diff_low, row.diff_high) == pytest.approx((interval.low, interval.high))
    assert row.confirmed_mean == pytest.approx(sum(OURS) / 4)
    assert row.confirmed_sd == pytest.approx(pd.Series(OURS).std())
    assert (row.confirmed_seeds, row.verdict) == (4, "better")
    assert frame.loc[0].confirmed_mean == pytest.approx(sum(BASELINE) / 4)
    assert pd.isna(frame.loc[0].verdict)
    assert pd.isna(frame.loc[2].verdict)
    assert frame.loc[2].confirmed_seeds == 1
    assert pd.isna(frame.loc[3].confirmed_mean)
    assert list(frame.columns[-8:-2]) == [
        *("confirmed_mean", "confirmed_sd", "confirmed_seeds", "diff_low", "diff_high", "verdict")
    ]


def test_without_runs_the_board_has_no_such_columns(tmp_path: Path) -> None:
    assert not [name for name in board(Analysis(mixed_study(tmp_path))) if "confirm" in name or name == "verdict"]


def test_several_questions_are_harder_to_answer(tmp_path: Path) -> None:
    alone = confirmation_results(with_runs(tmp_path / "one", t0=BASELINE, t1=OURS))[1]
    study = with_runs(tmp_path / "two", t0=BASELINE, t1=OURS, t2=BASELINE[::-1])
    among = confirmation_results(study)
    assert alone.verdict is not None
    assert among[1].verdict is not None
    assert among[1].verdict.p_holm == pytest.approx(2 * (alone.verdict.p_holm or 0))
    assert among[2].verdict is not None
    assert among[2].verdict.outcome == "tied"
    assert among[2].seeds_to_settle is None
    assert list(among) == [0, 1, 2]


def test_a_tie_says_how_many_runs_would_settle_it(tmp_path: Path) -> None:
    near = [score + 0.0004 for score in BASELINE]
    one = confirmation_results(with_runs(tmp_path, t0=BASELINE, t1=near))[1]
    assert one.verdict is not None
    assert one.verdict.outcome == "tied"
    assert 10 < (one.seeds_to_settle or 0) < 100


def test_runs_without_the_baselines_have_no_verdict(tmp_path: Path) -> None:
    found = confirmation_results(with_runs(tmp_path, t1=OURS))
    assert found[1].verdict is None
    assert sentence(found[1]) == "Trial 1 has no verdict: only 0 of the baseline's 2 runs are there yet."


def test_the_table_says_it_in_points(tmp_path: Path, capsys: Any) -> None:
    print_verdicts(console(), Analysis(with_runs(tmp_path, t0=BASELINE, t1=OURS)))
    text = capsys.readouterr().out
    assert "99.25" in text
    assert "+0.27" in text
    assert "better" in text
    assert "the baseline" in text


def test_a_board_without_runs_never_waits_for_scipy(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    code = (
        "import sys; from sweep.cli.app import app\n"
        f"app(['leaderboard', '--results', {str(tmp_path)!r}], standalone_mode=False)\n"
        "sys.exit('scipy.stats' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
